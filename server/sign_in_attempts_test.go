package server_test

import (
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

const signInAs = `mutation { signIn(input: {email: %q, password: %q}) { viewer { email } } }`

// Ten thousand passwords are tried on one account from many addresses, and on many accounts from one: a few are hashed.
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
				body := fmt.Sprintf(`{"query": %q}`, fmt.Sprintf(signInAs, email, "not the password"))
				r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/graphql", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("X-Forwarded-For", address)
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				text, err := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if err != nil || !strings.Contains(string(text), "errors") {
					t.Errorf("%s, %v", text, err)
				}
				if strings.Contains(string(text), "RATE_LIMITED") {
					refused.Add(1)
				}
			}
		})
	}
	all.Wait()
	if hashed := s.Passwords.Derived() - before; hashed != 5+8 || refused.Load() != 10_000-hashed {
		t.Errorf("%d passwords were hashed, %d attempts refused", hashed, refused.Load())
	}
}

// A refused sign-in tells nothing about the account, in either language, and the log has no address of anybody.
func TestSignInRefusal(t *testing.T) {
	s := limited(t, map[string]int{limit.AccountSignIns: 1, limit.AccountMails: 1})
	for _, email := range []string{"alice@example.org", "ALICE@example.org", "nobody@example.org", "nobody@example.org"} {
		s.ask(t, fmt.Sprintf(signInAs, email, "wrong"))
	}
	if n := s.api.Metrics.Refused(limit.AccountSignIns); n != 2 {
		t.Errorf("%d were refused", n)
	}
	signUp := `mutation { signUp(input: {email: "new@example.org", name: "N", nickname: "ab", password: "x"}) { viewer { email } } }`
	s.ask(t, signUp)
	status, code, which, _ := s.ask(t, signUp, "Accept-Language", "fr")
	if status != 200 || code != "RATE_LIMITED" || which != limit.AccountMails {
		t.Errorf("%d %s %s", status, code, which)
	}
}
