package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ensemble/internal/testsite"
)

// hostile is a document that is made to be expensive, the code of its refusal, and what else the answer says.
type hostile struct{ name, query, code, says string }

// hostileDocuments lists documents that are large, deep, repeated or refer to themselves.
func hostileDocuments() []hostile {
	const invalid = "GRAPHQL_VALIDATION_FAILED"
	deepList := strings.Repeat("[", 2_000) + strings.Repeat("]", 2_000)
	deepObject := strings.Repeat("{a: ", 400) + "1" + strings.Repeat("}", 400)
	deepType := strings.Repeat("[", 2_000) + "ID" + strings.Repeat("]", 2_000)
	deepFields := "{ node(id: \"x\") { ... on Comment" + strings.Repeat(" { parent", 100) + " { id }" +
		strings.Repeat(" }", 101) + " }"
	circle := "{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }"
	var many strings.Builder
	for n := range 60 {
		fmt.Fprintf(&many, " a%d: processes(first: 50) { nodes { id } }", n)
	}

	return []hostile{
		{"a hundred thousand fields", "{" + strings.Repeat(" id", 100_000) + "}", "TOO_COMPLEX", `"repeats":`},
		{"a hundred thousand tokens", strings.Repeat("{", 100_000), "TOO_COMPLEX", `"tokens":5001`},
		{"deeply nested", deepFields, "TOO_COMPLEX", `"depth":`},
		{"aliases", "{" + many.String() + "}", "TOO_COMPLEX", `"cost":`},
		{"fragments in a circle", circle, invalid, "Cannot spread"},
		{"fragments that double", "{ ...f0 }" + doubling(60), "TOO_COMPLEX", `"cost":`},
		{"a list in a list in a list", "{ process(slug: " + deepList + ") { id } }", "TOO_COMPLEX", `"nesting"`},
		{"an object in an object", "{ processes(first: " + deepObject + ") { totalCount } }", "TOO_COMPLEX", `"nesting"`},
		{"a default in a default", "query($a: [ID!]! = " + deepList + ") { nodes(ids: $a) { id } }", "TOO_COMPLEX",
			`"nesting"`},
		{"a type of lists", "query($a: " + deepType + ") { nodes(ids: $a) { id } }", "TOO_COMPLEX", `"nesting"`},
		{"a directive again and again", "{ __typename" + strings.Repeat(" @skip(if: false)", 150) + " }", invalid, ""},
		{"operations of which one would run", strings.Repeat("query A { __typename } ", 26), "TOO_COMPLEX",
			`"operations":26`},
		{"names of nothing", "{" + numbered(400) + "}", invalid, ""},
		{"fragments forty times in each other, at the root of a subscription", "subscription { ...F0 }" +
			multiplied(10, 40) + ` fragment F10 on Subscription { processEvents(process: "x") { cursor } }`,
			"TOO_COMPLEX", `"cost"`},
		{"two of them", "subscription { ...F0 }" + multiplied(20, 2) +
			` fragment F20 on Subscription { a: processEvents(process: "x") { cursor } b: processEvents(process: "x") { id } }`,
			invalid, "only one"},
		{"a large text in lists in each other", `{ processes(after: ` + strings.Repeat("[", 2_480) + `"` +
			strings.Repeat("\u007f", 1<<17) + `"` + strings.Repeat("]", 2_480) + ") { totalCount } }",
			"TOO_COMPLEX", `"nesting"`},
		{"a value that is quoted", `{ processes(after: ["` + strings.Repeat("\u007f", 200_000) + `"]) { totalCount } }`,
			invalid, "…"},
		{"a word that is nearly one", `{ viewer { notifications(filter: {kinds: ["` + strings.Repeat("MENTION", 30_000) +
			`"]}) { totalCount } } }`, invalid, ""},
	}
}

// A document that is made to be expensive is refused at once, over HTTP and over a socket, with an error that says why.
// The server goes on.
func TestHostileDocuments(t *testing.T) {
	s := serve(t, nil)
	s.Site.URL = s.url
	over := func(query string) string {
		return textOf(t, s.request(t, "POST", "/graphql", jsonOf(t, map[string]any{"query": query}), asJSON...))
	}

	k := testsite.Dial(t, s.Site, "")
	for n, c := range hostileDocuments() {
		text := over(c.query)
		if !strings.Contains(text, c.code) || !strings.Contains(text, c.says) || strings.Contains(text, "INTERNAL") {
			t.Errorf("%s: %.300s", c.name, text)
		}
		if len(c.query) > 1<<19 {
			continue // more than a message of a socket may have
		}

		k.Subscribe(t, fmt.Sprint(n), c.query, nil)
		if f := k.Take(t); c.code != "" && (f.Type != "error" || !strings.Contains(string(f.Payload), c.code)) {
			t.Errorf("%s, over a socket: %s %.300s", c.name, f.Type, f.Payload)
		} else if f.Type == "next" {
			k.Expect(t, "complete")
		}
	}

	if text := over("{" + numbered(4_900) + "}"); len(text) > 10_000 {
		t.Errorf("a small document of mistakes is answered with %d bytes", len(text))
	}

	refused := s.api.Metrics.Refused
	if n := refused("repeats") + refused("tokens") + refused("cost"); n < 6 {
		t.Errorf("%d refusals are counted", n)
	}

	if text := over(`{ __typename __type(name: "Query") { name } }`); !strings.Contains(text, `"name":"Query"`) {
		t.Errorf("the server does not go on: %s", text)
	}
}

// doubling returns n fragments that each spread the next one twice.
func doubling(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " fragment f%d on Query { ...f%d a%d: viewer { email } ...f%[2]d }", i, i+1, i)
	}
	fmt.Fprintf(&b, " fragment f%d on Query { viewer { email } }", n)
	return b.String()
}

// multiplied returns n fragments that each spread the next one so many times.
func multiplied(n, times int) string {
	var b strings.Builder
	for i := range n {
		next := fmt.Sprintf(" ...F%d", i+1)
		fmt.Fprintf(&b, " fragment F%d on Subscription {%s }", i, strings.Repeat(next, times))
	}
	return b.String()
}

// numbered returns n fields that do not exist.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " zib%d", i)
	}
	return b.String()
}

// Variables that are deep or large are refused, or mean nothing, and never fail inside.
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
		{"objects for a text", "query($v: String!) { process(slug: $v) { id } }", "v",
			nested(`{"a":`, "1", "}", 9_000)},
		{"objects for an input", "mutation($v: AddSupportInput!) { addSupport(input: $v) { __typename } }", "v",
			nested(`{"commitment":`, "1", "}", 9_000)},

		{"deeper than JSON is read", "query($v: ID!) { node(id: $v) { id } }", "v", nested("[", "1", "]", 100_000)},
		{"a hundred thousand ids", "query($v: [ID!]!) { nodes(ids: $v) { id } }", "v",
			json.RawMessage("[" + strings.Repeat(`"x",`, 99_999) + `"x"]`)},
		{"a number without end", "query($v: Int) { processes(first: $v) { totalCount } }", "v",
			json.RawMessage(strings.Repeat("9", 500_000))},
		{"lists under a long name, for a cursor", "query($v: Cursor) { processes(after: $v) { totalCount } }", "v",
			json.RawMessage(`{"` + strings.Repeat("k", 500_000) + `": [` + strings.Repeat("[1,1,1,1,1,1],", 20_000) + `1]}`)},
		{"a cursor of a thousand values", "query($v: Cursor) { processes(after: $v) { totalCount } }", "v",
			json.RawMessage(`"` + strings.Repeat("A", 4_001) + `"`)},
		{"a language of a megabyte", `query($v: Language) { processes { nodes { title(language: $v) } } }`, "v",
			json.RawMessage(`"` + strings.Repeat("é", 400_000) + `"`)},
		{"ids of kilobytes", "query($v: [ID!]!) { nodes(ids: $v) { id } }", "v",
			json.RawMessage(`["x", "` + strings.Repeat("x", 201) + `"]`)},
		{"a text in two hundred fields", "query($v: String!) {" + aliases(200, "process(slug: $v) { id }") + "}", "v",
			json.RawMessage(`"` + strings.Repeat("x", 500_000) + `"`)},
		{"as many values as fit in a megabyte", "{ __typename }", "v",
			json.RawMessage("[" + strings.Repeat(`{"":0},`, 140_000) + "0]")},
		{"a variable that nobody asked for", "{ __typename }", "v", nested(`{"a":`, "1", "}", 9_000)},
	} {
		body := fmt.Sprintf(`{"query": %q, "variables": {%q: %s}}`, c.query, c.variable, c.value)
		response := s.request(t, "POST", "/graphql", body, asJSON...)
		text := textOf(t, response)

		if response.StatusCode >= 500 || strings.Contains(text, "INTERNAL") || len(text) > 2_000 ||
			!strings.Contains(text, "errors") && c.query != "{ __typename }" {
			t.Errorf("%s: %d, %d bytes: %.300s", c.name, response.StatusCode, len(text), text)
		}
	}
}

// aliases returns a field so many times, under other names.
func aliases(n int, field string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d: %s", i, field)
	}
	return b.String()
}

// Several operations in one request would have the price of one. They are refused, and the answer says why.
func TestNoBatches(t *testing.T) {
	s := serve(t, nil)
	for _, body := range []string{
		`[{"query": "{ __typename }"}]`, " \n[]", `[{"query": "{ __typename }"}, {"query": "{ __typename }"}]`,
	} {
		response := s.request(t, "POST", "/graphql", body, asJSON...)
		if text := textOf(t, response); response.StatusCode != 400 || !strings.Contains(text, "one by one") {
			t.Errorf("%d %s", response.StatusCode, text)
		}
	}
}
