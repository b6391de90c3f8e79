package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ensemble/limit"
	"ensemble/server"
)

// signInAs signs in with an address and a password.
const signInAs = `mutation { signIn(input: {email: %q, password: %q}) { viewer { email } } }`

// tryPassword signs in with a wrong password, as a client with this IP address, and returns the answer.
func tryPassword(ctx context.Context, s *served, email, address string) (string, error) {
	body := fmt.Sprintf(`{"query": %q}`, fmt.Sprintf(signInAs, email, "not the password"))
	r, err := http.NewRequestWithContext(ctx, "POST", s.url+"/graphql", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", address)

	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()

	text, err := io.ReadAll(response.Body)
	return string(text), err
}

// Ten thousand passwords are tried on one account from many addresses, and on many accounts from one. Few are hashed:
// the budgets refuse the others before that.
func TestTenThousandSignIns(t *testing.T) {
	l := hourly(map[string]int{limit.AccountSignIns: 5, limit.AddressSignIns: 8})
	s := serve(t, func(api *server.Server) {
		api.Limits, api.Consultation.Limits, api.Proxies = l, l, loopback
	})

	before := s.Passwords.Derived()
	var refused atomic.Int64
	var all sync.WaitGroup

	for worker := range 8 {
		all.Go(func() {
			for n := range 1250 {
				email, address := "victim@example.org", fmt.Sprintf("2001:db8:%x:%x::1", worker, n)
				if n%2 == 1 {
					email, address = fmt.Sprintf("v%d.%d@example.org", worker, n), "192.0.2.7"
				}

				text, err := tryPassword(t.Context(), s, email, address)
				if err != nil || !strings.Contains(text, "errors") {
					t.Errorf("%s, %v", text, err)
				}
				if strings.Contains(text, "RATE_LIMITED") {
					refused.Add(1)
				}
			}
		})
	}

	all.Wait()
	// The account and the address each allow so many attempts.
	if hashed := s.Passwords.Derived() - before; hashed != 5+8 || refused.Load() != 10_000-hashed {
		t.Errorf("%d passwords were hashed, %d attempts refused", hashed, refused.Load())
	}
}

// Attempts are counted for each e-mail address, however it is written and whether or not it has an account. So are the
// mails that a sign-up sends.
func TestSignInRefusal(t *testing.T) {
	s := limited(t, map[string]int{limit.AccountSignIns: 1, limit.AccountMails: 1})

	for _, email := range []string{
		"alice@example.org", "ALICE@example.org", "nobody@example.org", "nobody@example.org",
	} {
		s.ask(t, fmt.Sprintf(signInAs, email, "wrong"))
	}
	if n := s.api.Metrics.Refused(limit.AccountSignIns); n != 2 {
		t.Errorf("%d were refused", n)
	}

	const signUp = `mutation {
		signUp(input: {email: "new@example.org", name: "N", nickname: "ab", password: "x"}) { viewer { email } }
	}`
	s.ask(t, signUp)
	status, code, which, _ := s.ask(t, signUp, "Accept-Language", "fr")
	if status != 200 || code != "RATE_LIMITED" || which != limit.AccountMails {
		t.Errorf("%d %s %s", status, code, which)
	}
}
