package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ensemble/internal/testsite"
)

// What is made to be expensive is refused at once, by POST and over a socket, with an error that says by what; the
// server goes on.
func TestHostileDocuments(t *testing.T) {
	s := serve(t, nil)
	s.Site.URL = s.url
	deepList := strings.Repeat("[", 2_000) + strings.Repeat("]", 2_000)
	deepObject := strings.Repeat("{a: ", 400) + "1" + strings.Repeat("}", 400)
	var many strings.Builder
	for n := range 60 {
		fmt.Fprintf(&many, " a%d: processes(first: 50) { nodes { id } }", n)
	}
	k := testsite.Dial(t, s.Site, "")
	for n, c := range []struct{ name, query, code, says string }{
		{"a hundred thousand fields", "{" + strings.Repeat(" id", 100_000) + "}", "TOO_COMPLEX", `"repeats":`},
		{"a hundred thousand tokens", strings.Repeat("{", 100_000), "TOO_COMPLEX", `"tokens":5001`},
		{"deeply nested", "{ node(id: \"x\") { ... on Comment" + strings.Repeat(" { parent", 100) + " { id }" + strings.Repeat(" }", 101) + " }", "TOO_COMPLEX", `"depth":`},
		{"aliases", "{" + many.String() + "}", "TOO_COMPLEX", `"cost":`},
		{"fragments in a circle", "{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }", "GRAPHQL_VALIDATION_FAILED", "Cannot spread"},
		{"fragments that double", "{ ...f0 }" + doubling(60), "TOO_COMPLEX", `"cost":`},
		{"a list in a list in a list", "{ process(slug: " + deepList + ") { id } }", "GRAPHQL_VALIDATION_FAILED", ""},
		{"an object in an object", "{ processes(first: " + deepObject + ") { totalCount } }", "GRAPHQL_VALIDATION_FAILED", ""},
		{"a default in a default", "query($a: [ID!]! = " + deepList + ") { nodes(ids: $a) { id } }", "GRAPHQL_VALIDATION_FAILED", ""},
		{"a type of lists", "query($a: " + strings.Repeat("[", 2_000) + "ID" + strings.Repeat("]", 2_000) + ") { nodes(ids: $a) { id } }", "GRAPHQL_VALIDATION_FAILED", ""},
		{"a directive again and again", "{ __typename" + strings.Repeat(" @skip(if: false)", 150) + " }", "GRAPHQL_VALIDATION_FAILED", ""},
		{"names of nothing", "{" + numbered(400) + "}", "GRAPHQL_VALIDATION_FAILED", ""},
	} {
		text := textOf(t, s.request(t, "POST", "/graphql", jsonOf(t, map[string]any{"query": c.query}), asJSON...))
		if !strings.Contains(text, c.code) || !strings.Contains(text, c.says) || strings.Contains(text, "INTERNAL") {
			t.Errorf("%s: %.300s", c.name, text)
		}
		if len(c.query) > 1<<19 {
			continue
		}
		k.Subscribe(t, fmt.Sprint(n), c.query, nil)
		if f := k.Take(t); c.code != "" && (f.Type != "error" || !strings.Contains(string(f.Payload), c.code)) {
			t.Errorf("%s, over a socket: %s %.300s", c.name, f.Type, f.Payload)
		} else if f.Type == "next" {
			k.Expect(t, "complete")
		}
	}
	if text := textOf(t, s.request(t, "POST", "/graphql", jsonOf(t, map[string]any{"query": "{" + numbered(4_900) + "}"}), asJSON...)); len(text) > 10_000 {
		t.Errorf("a small document of mistakes is answered with %d bytes", len(text))
	}
	if n := s.api.Metrics.Refused("repeats") + s.api.Metrics.Refused("tokens") + s.api.Metrics.Refused("cost"); n < 6 {
		t.Errorf("%d refusals are counted", n)
	}
	if text := textOf(t, s.request(t, "POST", "/graphql", `{"query": "{ __typename __type(name: \"Query\") { name } }"}`, asJSON...)); !strings.Contains(text, `"name":"Query"`) {
		t.Errorf("the server does not go on: %s", text)
	}
}

// doubling are fragments that each spread the next one twice.
func doubling(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " fragment f%d on Query { ...f%d a%d: viewer { email } ...f%[2]d }", i, i+1, i)
	}
	fmt.Fprintf(&b, " fragment f%d on Query { viewer { email } }", n)
	return b.String()
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " zib%d", i)
	}
	return b.String()
}

// Variables are as deep as JSON may be, and never a fault of ours.
func TestHostileVariables(t *testing.T) {
	s := serve(t, nil)
	nested := func(open, leaf, closed string, n int) json.RawMessage {
		return json.RawMessage(strings.Repeat(open, n) + leaf + strings.Repeat(closed, n))
	}
	for _, c := range []struct {
		name, query, variable string
		value                 json.RawMessage
	}{
		{"lists for an id", "query($v: ID!) { node(id: $v) { id } }", "v", nested("[", "1", "]", 9_000)},
		{"lists for ids", "query($v: [ID!]!) { nodes(ids: $v) { id } }", "v", nested("[", `"x"`, "]", 9_000)},
		{"objects for a text", "query($v: String!) { process(slug: $v) { id } }", "v", nested(`{"a":`, "1", "}", 9_000)},
		{"objects for an input", "mutation($v: AddSupportInput!) { addSupport(input: $v) { __typename } }", "v", nested(`{"commitment":`, "1", "}", 9_000)},
		{"deeper than JSON is read", "query($v: ID!) { node(id: $v) { id } }", "v", nested("[", "1", "]", 100_000)},
		{"a hundred thousand ids", "query($v: [ID!]!) { nodes(ids: $v) { id } }", "v", json.RawMessage("[" + strings.Repeat(`"x",`, 99_999) + `"x"]`)},
		{"a number without end", "query($v: Int) { processes(first: $v) { totalCount } }", "v", json.RawMessage(strings.Repeat("9", 500_000))},
		{"a variable that nobody asked for", "{ __typename }", "v", nested(`{"a":`, "1", "}", 9_000)},
	} {
		body := fmt.Sprintf(`{"query": %q, "variables": {%q: %s}}`, c.query, c.variable, c.value)
		response := s.request(t, "POST", "/graphql", body, asJSON...)
		if text := textOf(t, response); response.StatusCode >= 500 || strings.Contains(text, "INTERNAL") || len(text) > 2_000 ||
			!strings.Contains(text, "errors") && c.query != "{ __typename }" {
			t.Errorf("%s: %d, %d bytes: %.300s", c.name, response.StatusCode, len(text), text)
		}
	}
}

// Several operations in one request are one request for the price of many: they are refused, and told so.
func TestNoBatches(t *testing.T) {
	s := serve(t, nil)
	for _, body := range []string{`[{"query": "{ __typename }"}]`, " \n[]", `[{"query": "{ __typename }"}, {"query": "{ __typename }"}]`} {
		response := s.request(t, "POST", "/graphql", body, asJSON...)
		if text := textOf(t, response); response.StatusCode != 400 || !strings.Contains(text, "one by one") {
			t.Errorf("%d %s", response.StatusCode, text)
		}
	}
}
