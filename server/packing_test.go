package server_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"ensemble/internal/testsite"
)

// unpackedBody reads the body of an answer, and reports whether it came compressed.
func unpackedBody(t *testing.T, a *http.Response) (body string, packed bool) {
	t.Helper()
	sent := testsite.Got(io.ReadAll(a.Body))(t)
	if a.Header.Get("Content-Encoding") != "gzip" {
		return string(sent), false
	}
	r := testsite.Got(gzip.NewReader(bytes.NewReader(sent)))(t)
	return string(testsite.Got(io.ReadAll(r))(t)), true
}

// An answer to a query is compressed when it is not small and the client accepts that, and says the same.
func TestAnswersArePacked(t *testing.T) {
	s := serve(t, nil)
	const (
		small  = `{__typename}`
		middle = `{__type(name: \"Query\") {fields {name description}}}`
		large  = `{__schema {types {name description fields {name description}}}}`
		broken = `{__typename, unknown` // its answer is short
	)

	for _, c := range []struct {
		query, accepts string
		packed         bool
	}{
		{middle, "gzip", true}, {middle, "br, gzip;q=0.5", true}, {large, "gzip", true}, {large, "*", true},
		{middle, "", false}, {middle, "br", false}, {middle, "gzip;q=0", false}, {large, "identity", false},
		{small, "gzip", false}, {broken, "gzip", false},
	} {
		ask := func(accepts string) (string, bool) {
			a := s.request(t, "POST", "/graphql", `{"query": "`+c.query+`"}`,
				append(asJSON, "Accept-Encoding", accepts)...)
			if v := a.Header.Get("Vary"); !strings.Contains(v, "Accept-Encoding") {
				t.Errorf("%s: Vary %s", c.query, v)
			}
			return unpackedBody(t, a)
		}

		body, packed := ask(c.accepts)
		if packed != c.packed {
			t.Errorf("%s, %q: packed %t, want %t", c.query, c.accepts, packed, c.packed)
		}
		if plain, _ := ask("identity"); plain != body || body == "" {
			t.Errorf("%s, %q: %d bytes, want the %d of the plain answer", c.query, c.accepts, len(body), len(plain))
		}
	}

	a := s.request(t, "GET", asked("query", strings.ReplaceAll(middle, `\`, "")), "", "Accept-Encoding", "gzip")
	if _, packed := unpackedBody(t, a); !packed {
		t.Error("the answer to a GET is not packed")
	}
}

// What tells somebody a secret is never compressed: the length of what is would tell of it.
func TestMutationsAreNotPacked(t *testing.T) {
	s := serve(t, nil)
	names := make([]string, 60)
	for i := range names {
		names[i] = fmt.Sprintf("%s%d: __typename", strings.Repeat("n", 50), i)
	}
	a := s.request(t, "POST", "/graphql", `{"query": "mutation {`+strings.Join(names, " ")+`}"}`,
		append(asJSON, "Accept-Encoding", "gzip")...)
	if body, packed := unpackedBody(t, a); packed || len(body) < 3_000 || !strings.Contains(body, `"data"`) {
		t.Errorf("packed %t: %.300s", packed, body)
	}
}

// The contract is served as one document, plain and compressed, and asked for again only when it has changed.
func TestContractIsServed(t *testing.T) {
	s := serve(t, nil)
	a := s.request(t, "GET", "/schema.graphql", "", "Accept-Encoding", "gzip")
	body, packed := unpackedBody(t, a)
	if !packed || a.StatusCode != 200 || a.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d, packed %t, %v", a.StatusCode, packed, a.Header)
	}
	for _, part := range []string{"schema {", "directive @cost", "type Query {", "viewer: Viewer @viewer"} {
		if !strings.Contains(body, part) {
			t.Errorf("%q is missing", part)
		}
	}

	plain, packed := unpackedBody(t, s.request(t, "GET", "/schema.graphql", "", "Accept-Encoding", "identity"))
	if packed || plain != body {
		t.Error("the plain document is another one")
	}
	if again := s.status(t, "GET", "/schema.graphql", "", "If-None-Match", a.Header.Get("ETag")); again != 304 {
		t.Errorf("asked for again: %d", again)
	}
	if got := s.status(t, "POST", "/schema.graphql", ""); got != 405 {
		t.Errorf("POST: %d", got)
	}
}
