package server_test

import (
	"net/http"
	"strings"
	"testing"

	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// served is a small consultation on SQLite behind a server of the test's own: how requests are answered does not depend
// on the database.
type served struct {
	*testsite.World
	api        *server.Server
	commitment *ent.Commitment
	url        string
}

// serve opens a server with these settings for a new consultation with one commitment.
func serve(t *testing.T, set func(*server.Server)) *served {
	t.Helper()
	s := testsite.SQLite(t)
	w := testsite.NewWorld(t, s)
	own, api := s.Beside(t, set)
	return &served{World: w, api: api, commitment: w.Commitment(t, "Un comité", "Texte."), url: own.URL}
}

// request sends a request that may not be GraphQL at all. The body is closed after the test.
func (s *served) request(t *testing.T, method, path, body string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	testsite.Must(t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}

	response, err := http.DefaultTransport.RoundTrip(r)
	testsite.Must(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// status sends a request and returns only the status of its answer.
func (s *served) status(t *testing.T, method, path, body string, header ...string) int {
	t.Helper()
	response := s.request(t, method, path, body, header...)
	_ = response.Body.Close()
	return response.StatusCode
}

// asJSON is the header of a request whose body is JSON.
var asJSON = []string{"Content-Type", "application/json"}

// Statuses are those of the specification as clients know it, or of its newer draft, as the setting says.
func TestHTTPStatuses(t *testing.T) {
	audit, draft := serve(t, nil), serve(t, func(s *server.Server) { s.DraftStatuses = true })
	const unknownHash = `{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "ab"}}}`

	for _, c := range []struct {
		name, body           string
		plain, modern, newer int // application/json, application/graphql-response+json; either by the draft
	}{
		// Operations that are carried out.
		{"data", `{"query": "{ __typename }"}`, 200, 200, 200},
		{"no data but null", `{"query": "{ node(id: \"x\") { id } }"}`, 200, 200, 200},
		{"data and errors", `{"query": "{ process(slug: \"roadmap\") { commitments(first: 1000) { totalCount } } }"}`,
			200, 200, 294},

		// Requests that hold no operation.
		{"nothing", ``, 400, 400, 400},
		{"no JSON", `{"query": `, 400, 400, 400},
		{"no UTF-8", "{\"query\": \"\xff\"}", 400, 400, 400},
		{"another name", `{"qeury": "{ __typename }"}`, 400, 400, 422},
		{"no text", `{"query": 1}`, 400, 400, 422},
		{"no map", `{"query": "{ __typename }", "variables": [7]}`, 400, 400, 422},

		// Operations that cannot be carried out.
		{"no GraphQL", `{"query": "{"}`, 200, 400, 400},
		{"unknown field", `{"query": "{ zib }"}`, 200, 400, 422},
		{"unknown operation", `{"query": "query A { __typename }", "operationName": "B"}`, 200, 400, 422},
		{"missing variable", `{"query": "query($id: ID!) { node(id: $id) { id } }"}`, 200, 400, 422},
		{"unknown hash", unknownHash, 200, 400, 422},
		{"subscription", `{"query": "subscription { commitmentEvents(commitment: \"x\") { cursor } }"}`,
			400, 400, 422},
		{"much", strings.Repeat(" ", 2<<20), 413, 413, 413},
	} {
		for media, want := range map[string][2]int{
			"application/json": {c.plain, c.newer}, "application/graphql-response+json": {c.modern, c.newer},
		} {
			for i, s := range []*served{audit, draft} {
				response := s.request(t, "POST", "/graphql", c.body, append(asJSON, "Accept", media)...)
				got := response.Header.Get("Content-Type")
				if response.StatusCode != want[i] || !strings.HasPrefix(got, media) {
					t.Errorf("%s, %s, draft %v: %d %s, want %d", c.name, media, i == 1,
						response.StatusCode, got, want[i])
				}
				_ = response.Body.Close()
			}
		}
	}
}

// Caches store no answer, and the header Vary says what an answer depends on.
func TestHTTPCaching(t *testing.T) {
	s := serve(t, nil)
	for _, header := range [][]string{
		asJSON, append(asJSON, "Authorization", "Bearer x"), append(asJSON, "Accept", "text/html"),
	} {
		h := s.request(t, "POST", "/graphql", `{"query": "{ __typename }"}`, header...).Header
		if h.Get("Cache-Control") != "private, no-store" ||
			h.Get("Vary") != "Cookie, Authorization, Accept-Language, Accept, Accept-Encoding, Origin" {
			t.Errorf("%v: %v", header, h)
		}
	}
}
