package server_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// A fragment that two operations share has the variables of the one that runs: neither the default of the other, nor its
// price.
func TestVariablesOfTheOperationThatRuns(t *testing.T) {
	s := serve(t, nil)
	ask := func(query, operation, variables string) string {
		body := jsonOf(t, map[string]any{"query": query, "operationName": operation, "variables": json.RawMessage(variables)})
		return textOf(t, s.request(t, "POST", "/graphql", body, asJSON...))
	}

	for _, c := range []struct{ name, a, b, fragment, variables string }{
		{"the size of a page", "query A($n: Int $m: Int) { ...F }", "query B($n: Int = 1 $m: Int) { ...F }",
			"fragment F on Query { processes(first: $n last: $m) { nodes { id } } }", `{"m": 50}`},
		{"a condition", "query A($t: String) { ...F }", `query B($t: String = "zzz") { ...F }`,
			"fragment F on Query { territories(first: 1 filter: {text: $t}) { totalCount } }", `{}`},
		{"a condition that leaves out", "query A($b: Boolean!) { ...F }", "query B($b: Boolean! = true) { ...F }",
			"fragment F on Query { __typename processes(first: 1) @skip(if: $b) { totalCount } }", `{"b": false}`},
		{"a variable in a list", "query A($i: ID!) { ...F }", `query B($i: ID! = "y") { ...F }`,
			`fragment F on Query { nodes(ids: ["x" $i]) { id } }`, `{"i": "z"}`},
		{"null", "query A($t: String) { ...F }", `query B($t: String = "zzz") { ...F }`,
			"fragment F on Query { territories(first: 1 filter: {text: $t}) { totalCount } }", `{"t": null}`},
		{"a default of its own", "query A($n: Int = 2) { ...F }", "query B($n: Int = 50) { ...F }",
			"fragment F on Query { processes(first: $n) { nodes { id } } }", `{}`},
	} {
		want := ask(c.a+" "+c.fragment, "A", c.variables)
		if !strings.Contains(want, `"cost":`) {
			t.Errorf("%s: %s", c.name, want)
		}
		for _, query := range []string{c.a + c.b + c.fragment, c.b + c.a + c.fragment, c.fragment + c.a + c.b} {
			for range 3 { // it is remembered from the second time
				if got := ask(query, "A", c.variables); got != want {
					t.Errorf("%s: %s, with the other operation %s", c.name, want, got)
				}
			}
		}
	}
}
