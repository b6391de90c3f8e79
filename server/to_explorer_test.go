package server_test

import "testing"

// A browser that opens the API's address is led to the explorer; whoever asks for something, or takes JSON, is answered.
func TestBrowsersAreLedToTheExplorer(t *testing.T) {
	s := serve(t, nil)
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct {
		method, path, accept string
		status               int
	}{
		{"GET", "/graphql", browser, 303},
		{"GET", "/graphql", "text/html", 303},
		{"GET", asked("query", "{__typename}"), browser, 200},
		{"GET", "/graphql?", browser, 303},
		{"GET", "/graphql?query=", browser, 400},
		{"GET", "/graphql", "*/*", 400},
		{"GET", "/graphql", "application/json", 400},
		{"GET", "/graphql", "text/html;q=0.5, application/json", 400},
		{"POST", "/graphql", browser, 415},
	} {
		a := s.request(t, c.method, c.path, "", "Accept", c.accept)
		if a.StatusCode != c.status {
			t.Errorf("%s %s, %s: %d, want %d", c.method, c.path, c.accept, a.StatusCode, c.status)
		}
		if led := a.Header.Get("Location") == "/explorer"; led != (c.status == 303) {
			t.Errorf("%s %s, %s: led to %q", c.method, c.path, c.accept, a.Header.Get("Location"))
		}
	}
}
