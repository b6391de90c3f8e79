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

// listed reads a manifest that Apollo's or Relay's tool has written, of the same three operations. Their ids and texts
// come along by the kind of operation.
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

// textsIn are the documents of either manifest, by their ids.
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

// hashed is the SHA-256 of a document.
func hashed(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// trusting serves with a list.
func trusting(t *testing.T, name string) (s *served, ids, texts map[string]string) {
	t.Helper()
	d, ids, texts := listed(t, name)
	return serve(t, func(api *server.Server) { api.Documents = d }), ids, texts
}

// Documents of the list run, by their ids and as text, by POST and GET; nothing else does.
func TestTrustedDocuments(t *testing.T) {
	for _, manifest := range []string{"apollo_manifest.json", "relay_manifest.json"} {
		t.Run(manifest, func(t *testing.T) {
			s, ids, texts := trusting(t, manifest)
			page := texts["query"]
			const variables = `"variables": {"slug": "roadmap"}`
			for _, c := range []struct{ name, method, path, body, code, holds string }{
				{"documentId", "POST", "/graphql", `{"documentId": "` + ids["query"] + `", ` + variables + `}`, "", `"title"`},
				{"with its algorithm", "POST", "/graphql", `{"documentId": "sha256:` + hashed(page) + `", ` + variables + `}`, "", `"title"`},
				{"as Apollo Client says it", "POST", "/graphql", `{"operationName": "PageQuery", ` + variables + `, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "` + ids["query"] + `"}}}`, "", `"title"`},
				{"id and text", "POST", "/graphql", jsonOf(t, map[string]any{"documentId": ids["query"], "query": page, "variables": map[string]string{"slug": "roadmap"}}), "", `"title"`},
				{"text", "POST", "/graphql", jsonOf(t, map[string]any{"query": page, "variables": map[string]string{"slug": "roadmap"}}), "", `"title"`},
				{"a mutation", "POST", "/graphql", `{"documentId": "` + ids["mutation"] + `"}`, "", `"endedSessions"`},
				{"GET", "GET", "/graphql?" + url.Values{"documentId": {ids["query"]}, "variables": {`{"slug": "roadmap"}`}}.Encode(), "", "", `"title"`},
				{"a mutation by GET", "GET", "/graphql?documentId=" + ids["mutation"], "", "BAD_REQUEST", ""},
				{"another text", "POST", "/graphql", `{"query": "{ __typename }"}`, untrusted, ""},
				{"another text by GET", "GET", "/graphql?query=%7B__typename%7D", "", untrusted, ""},
				{"introspection", "POST", "/graphql", `{"query": "{ __schema { types { name } } }"}`, untrusted, ""},
				{"an id of nothing", "POST", "/graphql", `{"documentId": "zibeline"}`, untrusted, ""},
				{"an empty id", "POST", "/graphql", `{"documentId": ""}`, "BAD_REQUEST", ""},
				{"an id that is no text", "POST", "/graphql", `{"documentId": 5}`, "BAD_REQUEST", ""},
				{"an id and another text", "POST", "/graphql", `{"documentId": "` + ids["query"] + `", "query": "{ __typename }"}`, untrusted, ""},
				{"a text and its own hash, for the server to learn", "POST", "/graphql", `{"query": "{ __typename }", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "` + hashed("{ __typename }") + `"}}}`, untrusted, ""},
				{"a text with more", "POST", "/graphql", jsonOf(t, map[string]any{"query": page + " query B { __typename }", "operationName": "B"}), untrusted, ""},
				{"an extension of another kind", "POST", "/graphql", `{"extensions": {"persistedQuery": [1]}}`, untrusted, ""},
				{"events of another text", "GET", "/graphql/stream?query=%7B__typename%7D", "", untrusted, ""},
				{"events by id", "GET", "/graphql/stream?" + url.Values{"documentId": {ids["query"]}, "variables": {`{"slug": "roadmap"}`}}.Encode(), "", "", `"title"`},
			} {
				header := asJSON
				if strings.Contains(c.path, "stream") {
					header = []string{"Accept", accepted}
				}
				text := textOf(t, s.request(t, c.method, c.path, c.body, header...))
				if !strings.Contains(text, c.holds) || (c.code == "") == strings.Contains(text, `"errors"`) || !strings.Contains(text, c.code) {
					t.Errorf("%s: %.300s", c.name, text)
				}
			}
		})
	}
}

const untrusted = "PERSISTED_QUERY_NOT_IN_LIST"

// Sockets and streams know the list, too, and events go on coming: each executes the document again.
func TestTrustedSubscriptions(t *testing.T) {
	s, ids, _ := trusting(t, "relay_manifest.json")
	s.Site.URL = s.url
	k := testsite.Dial(t, s.Site, "")
	begin := func(id, payload string) {
		testsite.Must(t, k.Send(testsite.Frame{ID: id, Type: "subscribe", Payload: []byte(payload)}))
	}
	begin("no", jsonOf(t, map[string]any{"query": testsite.CommentEvents, "variables": map[string]any{"id": s.commitment.ID}}))
	if f := k.Expect(t, "error"); !strings.Contains(string(f.Payload), untrusted) {
		t.Errorf("%s", f.Payload)
	}
	variables := fmt.Sprintf(`{"id": %q}`, s.commitment.ID)
	begin("yes", fmt.Sprintf(`{"documentId": %q, "variables": %s}`, ids["subscription"], variables))
	e := s.streamed(t, "GET", "/graphql/stream?"+url.Values{"documentId": {ids["subscription"]}, "variables": {variables}}.Encode(), "")
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

// A list that cannot be read, or holds nothing, is a mistake to be told at the start.
func TestReadDocuments(t *testing.T) {
	for _, text := range []string{
		"", "[]", "5", "{}", `{"a": 5}`, `{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}`,
		`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": []}`, `{"format": "zibeline", "version": 1}`, `{"": "{ a }"}`, `{"a": ""}`,
	} {
		if _, err := server.ReadDocuments(strings.NewReader(text)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

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

// Where there is no list, the parameter means nothing.
func TestNoTrustedDocuments(t *testing.T) {
	s := serve(t, nil)
	text := textOf(t, s.request(t, "POST", "/graphql", `{"documentId": "zibeline", "query": "{ __typename }"}`, asJSON...))
	if !strings.Contains(text, `"__typename":"Query"`) {
		t.Error(text)
	}
	text = textOf(t, s.request(t, "POST", "/graphql", `{"documentId": "zibeline"}`, asJSON...))
	if !strings.Contains(text, "errors") || strings.Contains(text, "INTERNAL") {
		t.Error(text)
	}
}
