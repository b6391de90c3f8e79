package server_test

import (
	"bufio"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/limit"
	"ensemble/server"
)

// Whatever somebody sends, it is taken from a budget of their address: each route, and paths and methods that lead
// nowhere, to a redirect, or to net/http's own answer.
func TestNothingIsFree(t *testing.T) {
	s := serve(t, func(api *server.Server) {
		api.Limits = hourly(map[string]int{limit.AddressRequests: 1, limit.AddressPages: 1, limit.AddressHealth: 1})
		api.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	})
	h := httptest.NewUnstartedServer(nil)
	h.Config = s.api.HTTP("")
	h.Start()
	t.Cleanup(h.Close)

	for i, asks := range []string{
		"GET /", "HEAD /", "POST /", "DELETE /", "TRACE /", "ODD /", "GET /nothing", "GET /explorer",
		"GET /favicon.svg", "GET //", "GET //x", "GET ///graphql", "GET /./x", "GET /../x", "GET /x/../graphql",
		"GET /graphql/..", "GET /%2F", "GET /%2e%2e/x", "GET /x//y?z", "POST //graphql", "OPTIONS //graphql",
		"GET //healthz", "OPTIONS *", "GET *", "POST *", "OPTIONS /", "OPTIONS /graphql",
		"OPTIONS /graphql/stream", "CONNECT example.org:80", "CONNECT /graphql", "CONNECT //x",
		"GET http://example.org/x", "GET http://example.org//x", "GET http://example.org/healthz",
		"GET http://example.org", "GET /healthz", "HEAD /healthz", "POST /healthz", "GET /healthz/",
		"GET /healthz?x", "GET /readyz", "PUT /readyz", "GET /graphql", "POST /graphql", "PUT /graphql",
		"GET /graphql/", "GET /graphql/stream", "PUT /graphql/stream", "GET /account/export",
		"POST /account/export", "GET /account/export/", "GET /account", "GET /mail/unsubscribe",
		"POST /mail/unsubscribe", "PUT /mail/unsubscribe", "GET /auth/oidc/nobody/start",
		"GET /auth/oidc/nobody/callback", "GET /auth/oidc/nobody/logout", "GET /auth/oidc/nobody/signed-out",
		"POST /auth/oidc/nobody/start", "GET /auth/oidc//start",
	} {
		for _, refused := range []bool{false, true} {
			c := connected(t, h.Listener.Addr().String())
			testsite.Got(fmt.Fprintf(c,
				"%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 192.0.2.%d\r\n\r\n", asks, i))(t)
			answer := testsite.Got(http.ReadResponse(bufio.NewReader(c), nil))(t)
			if (answer.StatusCode == http.StatusTooManyRequests) != refused {
				t.Errorf("%s: %d; the second of two is to be refused", asks, answer.StatusCode)
			}
			_ = answer.Body.Close()
			_ = c.Close()
		}
	}
}

// Health has a budget of its own: whoever uses it up may still see pages, and the other way round. What is well is not
// logged, nor are refusals beyond those of which connections stay open.
func TestHealthIsCounted(t *testing.T) {
	log := testsite.NewKeptLog()
	s := serve(t, func(api *server.Server) {
		api.Limits = hourly(map[string]int{limit.AddressHealth: 2})
		api.Logger = slog.New(slog.NewJSONHandler(log, nil))
	})
	for i, want := range []int{200, 200, 429} {
		if status := s.status(t, "GET", []string{"/healthz", "/readyz", "/healthz"}[i], ""); status != want {
			t.Errorf("%d: %d, want %d", i, status, want)
		}
	}
	if status := s.status(t, "GET", "/nothing", ""); status != 404 {
		t.Errorf("a page: %d", status)
	}

	began := time.Now()
	for range 1_000 {
		if status := s.status(t, "GET", "/readyz", ""); status != 429 {
			t.Fatal(status)
		}
	}
	if n := s.api.Metrics.Refused(limit.AddressHealth); n != 1_001 {
		t.Errorf("%d refusals are counted", n)
	}

	refused := 0
	for _, line := range log.Requests(t) {
		switch {
		case line["status"] == 429.:
			refused++
		case line["path"] != "/nothing":
			t.Errorf("logged: %v", line)
		}
	}
	if most := 50 * (int(time.Since(began).Seconds()) + 3); refused == 0 || refused > most {
		t.Errorf("%d refusals are logged, of %d at most", refused, most)
	}
}

// Requests with large headers, or with many, count as several.
func TestHeadersArePaidBySize(t *testing.T) {
	var many []string
	for i := range 1_000 {
		many = append(many, fmt.Sprint("X-", i), "")
	}
	for path, budget := range map[string]string{
		"/nothing": limit.AddressPages, "/healthz": limit.AddressHealth,
		asked("query", "{ __typename }"): limit.AddressRequests,
	} {
		s := limited(t, map[string]int{budget: 20})
		for i, want := range []bool{true, true, false} { // each counts as nine
			if status := s.status(t, "GET", path, "", many...); (status != 429) != want {
				t.Errorf("%s, %d: %d", path, i, status)
			}
		}
	}

	s := limited(t, map[string]int{limit.PersonRequests: 20})
	mine := append(s.bearer(s.Bob), many...)
	for i, want := range []int{200, 200, 429} {
		if status := s.status(t, "GET", asked("query", "{ __typename }"), "", mine...); status != want {
			t.Errorf("of a person, %d: %d", i, status)
		}
	}
}
