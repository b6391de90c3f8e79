package server_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"ensemble/internal/testsite"
	"ensemble/server"
)

// listed reads a manifest, which Apollo's or Relay's tool has written of the same three operations. It returns the ids
// and the texts of these by their kinds: query, mutation, subscription.
func listed(t *testing.T, name string) (d *server.Documents, ids, texts map[string]string) {
	t.Helper()
	manifest := string(testsite.Got(os.ReadFile("testdata/" + name))(t))
	d = testsite.Got(server.ReadDocuments(strings.NewReader(manifest)))(t)

	ids, texts = map[string]string{}, map[string]string{}
	for id, text := range textsIn(t, manifest) {
		kind, _, _ := strings.Cut(text, " ")
		ids[kind], texts[kind] = id, text
	}
	return d, ids, texts
}

// textsIn returns the documents of either manifest by their ids.
func textsIn(t *testing.T, text string) map[string]string {
	t.Helper()
	var apollo struct{ Operations []struct{ ID, Body string } }
	if json.Unmarshal([]byte(text), &apollo) == nil && apollo.Operations != nil {
		all := map[string]string{}
		for _, o := range apollo.Operations {
			all[o.ID] = o.Body
		}
		return all
	}

	var relay map[string]string
	testsite.Must(t, json.Unmarshal([]byte(text), &relay))
	return relay
}

// hashed returns the SHA-256 of a document, as hexadecimal digits.
func hashed(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// trusting serves a site that runs only the documents of this manifest.
func trusting(t *testing.T, name string) (s *served, ids, texts map[string]string) {
	t.Helper()
	d, ids, texts := listed(t, name)
	return serve(t, func(api *server.Server) { api.Documents = d }), ids, texts
}

// documentCase is a request for a document, the code that it is refused with, if it is, and what its answer holds.
type documentCase struct{ name, method, path, body, code, holds string }

// documentCases lists requests for documents of a list, with these ids and texts, and for others.
func documentCases(t *testing.T, ids, texts map[string]string) []documentCase {
	page := texts["query"]
	const variables = `"variables": {"slug": "roadmap"}`
	roadmap := map[string]string{"slug": "roadmap"}
	byID := url.Values{"documentId": {ids["query"]}, "variables": {`{"slug": "roadmap"}`}}.Encode()
	persisted := func(hash string) string {
		return `"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "` + hash + `"}}`
	}

	return []documentCase{
		// Documents of the list.
		{"documentId", "POST", "/graphql",
			`{"documentId": "` + ids["query"] + `", ` + variables + `}`, "", `"title"`},
		{"with its algorithm", "POST", "/graphql",
			`{"documentId": "sha256:` + hashed(page) + `", ` + variables + `}`, "", `"title"`},
		{"as Apollo Client says it", "POST", "/graphql",
			`{"operationName": "PageQuery", ` + variables + `, ` + persisted(ids["query"]) + `}`, "", `"title"`},
		{"id and text", "POST", "/graphql", jsonOf(t, map[string]any{
			"documentId": ids["query"], "query": page, "variables": roadmap,
		}), "", `"title"`},
		{"text", "POST", "/graphql",
			jsonOf(t, map[string]any{"query": page, "variables": roadmap}), "", `"title"`},
		{"a mutation", "POST", "/graphql", `{"documentId": "` + ids["mutation"] + `"}`, "", `"endedSessions"`},
		{"GET", "GET", "/graphql?" + byID, "", "", `"title"`},
		{"a mutation by GET", "GET", "/graphql?documentId=" + ids["mutation"], "", "BAD_REQUEST", ""},

		// Other documents, and requests that do not say well which one to run.
		{"another text", "POST", "/graphql", `{"query": "{ __typename }"}`, untrusted, ""},
		{"another text by GET", "GET", "/graphql?query=%7B__typename%7D", "", untrusted, ""},
		{"introspection", "POST", "/graphql", `{"query": "{ __schema { types { name } } }"}`, untrusted, ""},
		{"an id of nothing", "POST", "/graphql", `{"documentId": "zibeline"}`, untrusted, ""},
		{"an empty id", "POST", "/graphql", `{"documentId": ""}`, "BAD_REQUEST", ""},
		{"an id that is no text", "POST", "/graphql", `{"documentId": 5}`, "BAD_REQUEST", ""},
		{"an id and another text", "POST", "/graphql",
			`{"documentId": "` + ids["query"] + `", "query": "{ __typename }"}`, untrusted, ""},
		{"a text and its own hash, for the server to learn", "POST", "/graphql",
			`{"query": "{ __typename }", ` + persisted(hashed("{ __typename }")) + `}`, untrusted, ""},
		{"a text with more", "POST", "/graphql", jsonOf(t, map[string]any{
			"query": page + " query B { __typename }", "operationName": "B",
		}), untrusted, ""},
		{"an extension of another kind", "POST", "/graphql",
			`{"extensions": {"persistedQuery": [1]}}`, untrusted, ""},

		// Streams.
		{"events of another text", "GET", "/graphql/stream?query=%7B__typename%7D", "", untrusted, ""},
		{"events by id", "GET", "/graphql/stream?" + byID, "", "", `"title"`},
	}
}

// The documents of the list run, by their ids and as text, by POST and by GET. No other document does.
func TestTrustedDocuments(t *testing.T) {
	for _, manifest := range []string{"apollo_manifest.json", "relay_manifest.json"} {
		t.Run(manifest, func(t *testing.T) {
			s, ids, texts := trusting(t, manifest)
			for _, c := range documentCases(t, ids, texts) {
				header := asJSON
				if strings.Contains(c.path, "stream") {
					header = []string{"Accept", accepted}
				}

				text := textOf(t, s.request(t, c.method, c.path, c.body, header...))
				failed := strings.Contains(text, `"errors"`)
				if !strings.Contains(text, c.holds) || (c.code == "") == failed || !strings.Contains(text, c.code) {
					t.Errorf("%s: %.300s", c.name, text)
				}
			}
		})
	}
}

// untrusted is the code of the refusal of a document that is not on the list.
const untrusted = "PERSISTED_QUERY_NOT_IN_LIST"

// Sockets and streams run only documents of the list, too. Each event executes the document again.
func TestTrustedSubscriptions(t *testing.T) {
	s, ids, _ := trusting(t, "relay_manifest.json")
	s.Site.URL = s.url
	k := testsite.Dial(t, s.Site, "")

	begin := func(id, payload string) {
		testsite.Must(t, k.Send(testsite.Frame{ID: id, Type: "subscribe", Payload: []byte(payload)}))
	}

	watch := map[string]any{"query": testsite.CommentEvents, "variables": map[string]any{"id": s.commitment.ID}}
	begin("no", jsonOf(t, watch))
	if f := k.Expect(t, "error"); !strings.Contains(string(f.Payload), untrusted) {
		t.Errorf("%s", f.Payload)
	}

	variables := fmt.Sprintf(`{"id": %q}`, s.commitment.ID)
	begin("yes", fmt.Sprintf(`{"documentId": %q, "variables": %s}`, ids["subscription"], variables))
	byID := url.Values{"documentId": {ids["subscription"]}, "variables": {variables}}.Encode()
	e := s.streamed(t, "GET", "/graphql/stream?"+byID, "")
	e.take(t, "")

	testsite.Eventually(t, "both run", func() bool { return s.Hub.Subscriptions() == 2 })
	for n := range 2 {
		s.Comment(t, s.Bob, s.commitment.ID, fmt.Sprint("Pour ", n))
		if f := k.Expect(t, "next"); !strings.Contains(string(f.Payload), "CommentPosted") {
			t.Errorf("%s", f.Payload)
		}
		if got := e.take(t, "next").data; !strings.Contains(got, "CommentPosted") {
			t.Error(got)
		}
	}
}

// A list that cannot be read, or is empty, is an error when the server starts.
func TestReadDocuments(t *testing.T) {
	for _, text := range []string{
		"", "[]", "5", "{}", `{"a": 5}`, `{"": "{ a }"}`, `{"a": ""}`,
		`{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}`,
		`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": []}`,
		`{"format": "zibeline", "version": 1}`,
	} {
		if _, err := server.ReadDocuments(strings.NewReader(text)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

// FuzzReadDocuments reads any text at all: the result is a list or an error, never both and never neither.
func FuzzReadDocuments(f *testing.F) {
	for _, name := range []string{"apollo_manifest.json", "relay_manifest.json"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(`{"format": 1}`)

	f.Fuzz(func(t *testing.T, text string) {
		if d, err := server.ReadDocuments(strings.NewReader(text)); (d == nil) == (err == nil) {
			t.Errorf("%v, %v", d, err)
		}
	})
}

// On a server without a list, the parameter documentId means nothing.
func TestNoTrustedDocuments(t *testing.T) {
	s := serve(t, nil)
	body := `{"documentId": "zibeline", "query": "{ __typename }"}`
	text := textOf(t, s.request(t, "POST", "/graphql", body, asJSON...))
	if !strings.Contains(text, `"__typename":"Query"`) {
		t.Error(text)
	}

	text = textOf(t, s.request(t, "POST", "/graphql", `{"documentId": "zibeline"}`, asJSON...))
	if !strings.Contains(text, "errors") || strings.Contains(text, "INTERNAL") {
		t.Error(text)
	}
}
