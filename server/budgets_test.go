package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/limit"
	"ensemble/server"
)

// hourly returns budgets that are as good as endless, except those named in of, which allow so much within an hour.
func hourly(of map[string]int) *limit.Limits {
	budgets := limit.UsualBudgets()

	for name := range budgets {
		budgets[name] = limit.Budget{Tokens: 1_000_000, Per: time.Hour}
	}

	for name, tokens := range of {
		budgets[name] = limit.Budget{Tokens: tokens, Per: time.Hour}
	}

	return limit.New(budgets)
}

// limited serves a site whose budgets are those of hourly.
func limited(t *testing.T, of map[string]int) *served {
	return serve(t, func(api *server.Server) {
		l := hourly(of)
		api.Limits, api.Consultation.Limits = l, l
	})
}

// bearer returns the header with which p signs a request.
func (s *served) bearer(p *testsite.Person) []string {
	return []string{"Authorization", "Bearer " + p.Token}
}

// ask sends an operation and returns its status, and the code and the limit of its first error.
func (s *served) ask(
	t *testing.T, query string, header ...string,
) (status int, code, which string, all *http.Response) {
	t.Helper()
	response := s.request(t, "POST", "/graphql", jsonOf(t, map[string]any{"query": query}),
		append(header, asJSON...)...)

	var a struct {
		Errors []struct {
			Message    string
			Extensions map[string]any
		}
	}
	testsite.Must(t, json.Unmarshal([]byte(textOf(t, response)), &a))

	if len(a.Errors) == 0 {
		return response.StatusCode, "", "", response
	}

	first := a.Errors[0].Extensions
	code, _ = first["code"].(string)
	which, _ = first["limit"].(string)
	if after, _ := first["retryAfter"].(float64); code == "RATE_LIMITED" && (after < 1 || a.Errors[0].Message == "") {
		t.Errorf("when to come back? %+v", a.Errors[0])
	}
	return response.StatusCode, code, which, response
}

// until sends an operation until it is refused. It returns how often it was answered before that, and the limit and the
// response of the refusal.
func (s *served) until(t *testing.T, query string, header ...string) (answered int, which string, last *http.Response) {
	t.Helper()
	for answered = 0; ; answered++ {
		_, code, which, last := s.ask(t, query, header...)
		switch {
		case code == "RATE_LIMITED":
			return answered, which, last
		case answered > 500:
			t.Fatal("it never ends")
		}
	}
}

// signOut is an operation that writes and may be sent again and again, also by somebody who is not signed in.
const signOut = `mutation { signOut { endedSessions } }`

// Each budget ends by itself and is named by the refusal. When a whole request is refused, it says so with 429 and
// Retry-After.
func TestBudgets(t *testing.T) {
	for _, c := range []struct {
		budget   string
		holds    int
		signedIn bool
		query    string
		answered int
	}{
		{limit.AddressRequests, 7, false, "{ __typename }", 7},
		{limit.AddressRequests, 7, true, "{ __typename }", 7},
		{limit.AddressRequests, 7, false, "{ not GraphQL", 7},
		{limit.PersonRequests, 5, true, "{ __typename }", 5},
		{limit.AddressCost, 30, false, "{ viewer { email language } }", 10},
		{limit.PersonCost, 30, true, "{ a: viewer { email } b: viewer { email } }", 7},
		{limit.AddressWrites, 4, false, signOut, 4},
		{limit.PersonWrites, 4, true, `mutation { a: __typename ...m } fragment m on Mutation { b: __typename }`, 2},
	} {

		t.Run(fmt.Sprint(c.budget, " ", c.signedIn), func(t *testing.T) {
			s := limited(t, map[string]int{c.budget: c.holds})
			var header []string
			if c.signedIn {
				header = s.bearer(s.Alice)
			}

			answered, which, last := s.until(t, c.query, header...)
			if answered != c.answered || which != c.budget {
				t.Errorf("%d were answered, then %s refused; want %d and %s", answered, which, c.answered, c.budget)
			}

			after, err := strconv.Atoi(last.Header.Get("Retry-After"))
			if last.StatusCode != 429 || err != nil || after < 1 || after > 3600 {
				t.Errorf("status %d, Retry-After %q", last.StatusCode, last.Header.Get("Retry-After"))
			}

			if s.api.Metrics.Refused(c.budget) != 1 {
				t.Errorf("%d refusals are counted", s.api.Metrics.Refused(c.budget))
			}

			if c.signedIn && strings.HasPrefix(c.budget, "person") {
				if _, code, _, _ := s.ask(t, c.query, s.bearer(s.Bob)...); code == "RATE_LIMITED" {
					t.Error("somebody else pays for it")
				}
				if _, code, _, _ := s.ask(t, c.query); code == "RATE_LIMITED" {
					t.Error("nobody pays for somebody")
				}
			}
		})
	}
}

// A refused operation has not begun: it writes nothing.
func TestRefusedWritesNothing(t *testing.T) {
	s := limited(t, map[string]int{limit.PersonWrites: 2})
	post := func(n int) string {
		return fmt.Sprintf(`mutation { postComment(input: {subject: %q, body: "Numéro %d"}) { comment { id } } }`,
			s.commitment.ID, n)
	}

	for n := range 4 {
		s.ask(t, post(n), s.bearer(s.Alice)...)
	}

	if n := testsite.Got(s.Read.Comment.Query().Count(t.Context()))(t); n != 2 {
		t.Errorf("%d comments are there", n)
	}

	aliased := strings.Replace(post(4), "postComment", "a: postComment", 1)

	_, code, which, _ := s.ask(t, aliased, s.bearer(s.Alice)...)
	if code != "RATE_LIMITED" || which != limit.PersonWrites {
		t.Errorf("%s by %s", code, which)
	}
}

// Headers say what is left: to a person who is signed in, of their own budgets; to others, of those of their address.
func TestBudgetHeaders(t *testing.T) {
	s := limited(t, map[string]int{
		limit.PersonRequests: 10, limit.PersonCost: 100, limit.AddressRequests: 20, limit.AddressCost: 200,
	})

	for _, c := range []struct {
		header        []string
		policy, after string
	}{
		{nil, `"addressRequests";q=20;w=3600, "addressCost";q=200;w=3600`,
			`"addressRequests";r=19;t=180, "addressCost";r=198;t=36`},
		{s.bearer(s.Alice), `"personRequests";q=10;w=3600, "personCost";q=100;w=3600`,
			`"personRequests";r=9;t=360, "personCost";r=98;t=72`},
	} {
		_, _, _, last := s.ask(t, "{ viewer { email } }", c.header...)
		if last.Header.Get("RateLimit-Policy") != c.policy || last.Header.Get("RateLimit") != c.after {
			t.Errorf("%q and %q", last.Header.Get("RateLimit-Policy"), last.Header.Get("RateLimit"))
		}
	}

	free := serve(t, nil)
	if _, _, _, last := free.ask(t, "{ __typename }"); last.Header.Get("RateLimit") != "" {
		t.Error("there are no limits, and something is left")
	}
}

// Operations on sockets are paid from the same budgets as requests. A refusal does not end the socket.
func TestBudgetsOverSockets(t *testing.T) {
	for _, c := range []struct {
		budget, query string
		signedIn      bool
	}{
		{limit.AddressRequests, "{ __typename }", false},
		{limit.PersonRequests, "{ __typename }", true},
		{limit.AddressCost, "{ a: viewer { email } }", false},
		{limit.PersonCost, "{ a: viewer { email } }", true},
		{limit.PersonWrites, "mutation { __typename }", true},
		{limit.AddressCost, `subscription { commentEvents(subject: "x") { id cursor } }`, false},
	} {
		t.Run(c.budget, func(t *testing.T) {
			s := limited(t, map[string]int{c.budget: 6})
			s.Site.URL = s.url
			token := ""
			if c.signedIn {
				token = s.Alice.Token
			}

			k := testsite.Dial(t, s.Site, token)
			var got string
			for n := 0; n < 10 && !strings.Contains(got, "RATE_LIMITED"); n++ {
				k.Subscribe(t, fmt.Sprint(n), c.query, nil)
				f := k.Take(t)
				got = string(f.Payload)
				if f.Type == "next" {
					k.Expect(t, "complete")
				}
			}

			if !strings.Contains(got, `"limit":"`+c.budget+`"`) || !strings.Contains(got, `"retryAfter":`) {
				t.Errorf("the last was %s", got)
			}

			// The budget that is spent on the socket is spent over HTTP, too. Subscriptions are refused there anyway.
			if c.budget == limit.AddressRequests {
				return
			}
			_, _, which, _ := s.ask(t, c.query, bearerOf(token)...)
			if which != c.budget && !strings.HasPrefix(c.query, "subscription") {
				t.Errorf("over HTTP it is refused by %q", which)
			}
		})
	}
}

// bearerOf returns the header that sends this token, or none for "".
func bearerOf(token string) []string {
	if token == "" {
		return nil
	}
	return []string{"Authorization", "Bearer " + token}
}

// Streams of server-sent events pay from the same budgets: once for each operation, and only for what it asks.
func TestBudgetsOverStreams(t *testing.T) {
	s := limited(t, map[string]int{limit.AddressCost: 50})
	cost3 := "/graphql/stream?" + url.Values{"query": {"{ viewer { email language } }"}}.Encode()
	left := func(response *http.Response) int {
		var n int
		_, after, _ := strings.Cut(response.Header.Get("RateLimit"), `"addressCost";r=`)
		testsite.Got(fmt.Sscanf(after, "%d", &n))(t)
		return n
	}

	// A subscription is paid when it begins.
	e := s.streamed(t, "GET", s.watching(""), "")
	e.take(t, "")
	at := left(e.response)
	if at >= 50 {
		t.Error("a subscription is for nothing")
	}

	// On a single connection each operation is paid; its reservation costs nothing.
	token := textOf(t, s.request(t, "PUT", "/graphql/stream", ""))
	single := []string{"X-GraphQL-Event-Stream-Token", token, "Content-Type", "application/json"}
	for n := range 2 {
		body := fmt.Sprintf(`{"query": "{ viewer { email language } }", "extensions": {"operationId": "%d"}}`, n)
		response := s.request(t, "POST", "/graphql/stream", body, single...)
		if at -= 3; response.StatusCode != 202 || left(response) != at {
			t.Errorf("%d: status %d, %d are left, want %d", n, response.StatusCode, left(response), at)
		}
	}

	// The rest is spent by requests, and then both ways are refused.
	for ; at >= 3; at -= 3 {
		if response := s.request(t, "GET", cost3, ""); response.StatusCode != 200 || left(response) != at-3 {
			t.Fatalf("status %d, %d are left, want %d", response.StatusCode, left(response), at-3)
		}
	}

	for _, response := range []*http.Response{
		s.request(t, "GET", cost3, ""),
		s.request(t, "POST", "/graphql/stream",
			`{"query": "{ viewer { email language } }", "extensions": {"operationId": "x"}}`, single...),
	} {
		if response.StatusCode != 429 || response.Header.Get("Retry-After") == "" ||
			!strings.Contains(response.Header.Get("Content-Type"), "json") {
			t.Errorf("%d %v", response.StatusCode, response.Header)
		}
	}
}

// All addresses of one IPv6 network pay from one budget. Behind a proxy each client has a budget of its own.
func TestAddresses(t *testing.T) {
	l := hourly(map[string]int{limit.AddressRequests: 3})
	s := serve(t, func(api *server.Server) { api.Limits, api.Proxies = l, loopback })
	from := func(address string) int {
		return s.status(t, "GET", "/graphql?query=%7B__typename%7D", "", "X-Forwarded-For", address)
	}

	for n, address := range []string{"2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"} {
		if status := from(address); status != 200 {
			t.Errorf("%d: %d", n, status)
		}
	}

	for address, want := range map[string]int{"2001:db8::4": 429, "2001:db8:0:1::1": 200, "192.0.2.1": 200} {
		if status := from(address); status != want {
			t.Errorf("%s: %d, want %d", address, status, want)
		}
	}
}

// loopback is the network from which tests come. A server that takes it for its proxies believes whom they speak for.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// textOf returns the body of a response, and closes it.
func textOf(t testing.TB, response *http.Response) string {
	t.Helper()
	defer func() { _ = response.Body.Close() }()
	return string(testsite.Got(io.ReadAll(response.Body))(t))
}
