package server_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"testing"

	"ensemble/internal/testsite"
	"ensemble/server"
)

// People download their archive over HTTP. Nobody else can.
func TestExport(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		for name, c := range map[string]struct {
			token  string
			status int
		}{
			"alice":             {w.Alice.Token, http.StatusOK},
			"nobody":            {"", http.StatusUnauthorized},
			"a token of nobody": {"x", http.StatusUnauthorized},
		} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/account/export", nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.token != "" {
				r.Header.Set("Authorization", "Bearer "+c.token)
			}

			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			_ = answer.Body.Close()

			cache := answer.Header.Get("Cache-Control")
			if err != nil || answer.StatusCode != c.status || cache != "private, no-store" {
				t.Errorf("%s: %s, %v, %v", name, answer.Status, answer.Header, err)
			}
			if c.status != http.StatusOK {
				continue
			}

			archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
			if err != nil || len(archive.File) < 10 || answer.Header.Get("Content-Type") != "application/zip" {
				t.Errorf("%s: %v, %v", name, answer.Header, err)
			}
		}
	})
}

// A person has one export at a time: it is in memory for as long as it is read.
func TestExportsOneByOne(t *testing.T) {
	s := serve(t, func(*server.Server) {})
	over := s.api.Exports(s.Alice.ID)
	if status := s.status(t, "GET", "/account/export", "", s.bearer(s.Alice)...); status != http.StatusTooManyRequests {
		t.Errorf("a second one: %d", status)
	}
	if status := s.status(t, "GET", "/account/export", "", s.bearer(s.Bob)...); status != http.StatusOK {
		t.Errorf("somebody else's: %d", status)
	}
	over()
	for range 2 {
		answer := s.request(t, "GET", "/account/export", "", s.bearer(s.Alice)...)
		if textOf(t, answer); answer.StatusCode != http.StatusOK { // it is over when it was read to its end
			t.Errorf("when it is over: %d", answer.StatusCode)
		}
	}
}
