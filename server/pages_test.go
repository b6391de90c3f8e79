package server_test

import (
	"io"
	"strings"
	"testing"

	"ensemble/internal/testsite"
	"ensemble/limit"
)

// Pages, files and addresses that lead nowhere have a budget per network address; health has its own. Beyond it, a page
// says which limit is met and when to come back, in the reader's language.
func TestPagesAreCounted(t *testing.T) {
	s := limited(t, map[string]int{limit.AddressPages: 24})
	packed := []string{"Accept-Encoding", "gzip", "Accept-Language", "fr"}

	// Each of these counts as one, whatever is accepted: nothing is unpacked.
	paths := []string{"/", "/explorer", "/assets/none.js", "/nowhere"}
	built := s.status(t, "GET", paths[0], "", packed...) == 200
	for i, method := range []string{"HEAD", "GET", "GET"} {
		if status := s.status(t, method, paths[i+1], "", "Accept-Encoding", "identity"); status == 429 {
			t.Errorf("%s: too many at once", paths[i+1])
		}
	}

	// A page that is unpacked counts as twenty; where none is built, ask twenty times to be told so.
	for range map[bool]int{true: 1, false: 20}[built] {
		if status := s.status(t, "GET", "/", "", "Accept-Encoding", "identity"); status == 429 {
			t.Error("the last twenty are not there")
		}
	}

	for _, path := range paths {
		a := s.request(t, "GET", path, "", packed...)
		body := string(testsite.Got(io.ReadAll(a.Body))(t))
		if a.StatusCode != 429 || a.Header.Get("Retry-After") != "150" || a.Header.Get("Cache-Control") != "no-store" ||
			!strings.Contains(body, "addressPages") || !strings.Contains(body, "revenez dans 150 secondes") {
			t.Errorf("%s: %d %v %s", path, a.StatusCode, a.Header, body)
		}
	}
	if n := s.api.Metrics.Refused(limit.AddressPages); n != int64(len(paths)) {
		t.Errorf("%d refusals are counted", n)
	}

	if status := s.status(t, "OPTIONS", "/graphql", "", packed...); status != 429 {
		t.Errorf("a browser that asks first: %d", status)
	}

	for _, path := range []string{"/healthz", "/readyz", asked("query", "{ __typename }")} {
		if status := s.status(t, "GET", path, "", packed...); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// Whoever begins too many sign-ins with a provider is told when to come back. Nothing is wrong on our side then: the
// log has no error.
func TestOpenIDStartsAreCounted(t *testing.T) {
	e := open(t, nil)
	e.Limits = hourly(map[string]int{limit.AddressSignIns: 2})
	b := e.browser()

	for i, want := range []int{303, 303, 429} {
		a := b.get(startPath, fromHere...)
		if a.status != want {
			t.Errorf("%d: %d %s", i, a.status, a.body)
		}
		if want == 429 && (a.header.Get("Retry-After") != "1800" || !strings.Contains(a.body, "addressSignIns") ||
			!strings.Contains(a.body, "come back in 1,800 seconds")) {
			t.Errorf("%v %s", a.header, a.body)
		}
	}
	if log := e.logs.String(); strings.Contains(log, `"level":"ERROR"`) || strings.Contains(log, `"level":"WARN"`) {
		t.Error(log)
	}
}
