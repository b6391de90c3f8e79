package variables_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/consultation/refusal"
	"ensemble/graph/variables"
)

var schema = gqlparser.MustLoadSchema(&ast.Source{Input: `
	enum Kind { ONE TWO }
	input Filter { kinds: [Kind!], since: String, must: Boolean!, not: Filter, limit: Int! = 3 }
	input One @oneOf { a: String, b: Int }
	type Query {
		f(filter: Filter, input: Filter, one: One, many: [String!], text: String!, limit: Int! = 3): Int
	}`})

// isText reads strings, and anyValue what there is.
func isText(given any) (any, error) {
	if s, ok := given.(string); ok {
		return s, nil
	}
	return nil, refusal.BadInput("", "This is not a string.")
}
func anyValue(given any) (any, error) { return given, nil }

var reader = variables.Reader{Schema: schema, MaxItems: 3, Scalars: variables.Scalars{
	"String": isText, "Int": anyValue, "Boolean": anyValue,
}}

// read reads variables, a text of JSON, for an operation: declared are its variables, used the arguments of its field.
// It returns the values as JSON, and the refused fields with their messages.
func read(t *testing.T, declared, used, given string) (values, wrong string) {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(schema, "query("+declared+") { f("+used+") }", nil)
	if errs != nil {
		t.Fatal(errs)
	}
	var raw map[string]any
	if err := json.Unmarshal([]byte(given), &raw); err != nil {
		t.Fatal(err)
	}

	read, refused := reader.Read(doc.Operations[0], raw)
	var all []string
	for _, r := range refused {
		all = append(all, r.Field+": "+fmt.Sprintf(r.Message, r.Args...))
	}
	text, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), strings.Join(all, " ")
}

// A refusal names the argument that the variable is for, and the place in it; all that is wrong is told at once.
func TestRead(t *testing.T) {
	const text = `, text: "x"`
	for _, c := range []struct{ declared, used, given, values, wrong string }{
		{"$v: Filter", "filter: $v" + text, `{"v": {"must": true, "kinds": "ONE"}, "more": 1}`,
			`{"v":{"kinds":["ONE"],"limit":3,"must":true}}`, ""},
		{"$v: Filter", "filter: $v" + text, `{"v": {"kinds": ["ONE", "one"], "since": 5, "odd": 1}}`, "",
			"filter.odd: Filter has no such field. filter.kinds.1: This is not a value of Kind. " +
				"filter.since: This is not a string. filter.must: This is missing."},
		{"$v: Filter", "input: $v" + text, `{"v": {"must": true, "not": {"must": null}}}`, "",
			"not.must: This must not be null."},
		{"$v: Filter", "input: $v" + text, `{"v": []}`, `{"v":null}`, "input: This is not an object of the kind Filter."},
		{"$k: [Kind!]", "filter: {must: true, not: {must: true, kinds: $k}}" + text, `{"k": ["ONE", 2]}`, "",
			"filter.not.kinds.1: This is not a value of Kind."},
		{"$t: String!, $m: [String!]", "text: $t, many: $m", `{"m": [null]}`, "",
			"text: This is missing. many.0: This must not be null."},
		{"$t: String!", "text: $t", `{"t": null}`, "", "text: This must not be null."},

		// Null where a default would stand in for what is not given.
		{"$l: Int", "limit: $l" + text, `{}`, `{}`, ""},
		{"$l: Int", "limit: $l" + text, `{"l": null}`, "", "limit: This must not be null."},
		{"$l: Int", "filter: {must: true, limit: $l}" + text, `{"l": null}`, "", "filter.limit: This must not be null."},

		// Lists have a bound, wherever they are.
		{"$m: [String!]", "many: $m" + text, `{"m": ["a", "b", "c"]}`, `{"m":["a","b","c"]}`, ""},
		{"$m: [String!]", "many: $m" + text, `{"m": ["a", "b", "c", "d"]}`, "", "many: Give at most 3 values."},
		{"$v: Filter", "filter: $v" + text, `{"v": {"must": true, "kinds": [1, 2, 3, 4]}}`, "",
			"filter.kinds: Give at most 3 values."},

		// One of several.
		{"$o: One", "one: $o" + text, `{"o": {"a": "x"}}`, `{"o":{"a":"x"}}`, ""},
		{"$o: One", "one: $o" + text, `{"o": {"a": null}}`, "", "one: Give exactly one of the fields of One, not null."},
		{"$o: One", "one: $o" + text, `{"o": {"a": "x", "b": 1}}`, "", "one: Give exactly one of the fields of One, not null."},
		{"$o: One", "one: $o" + text, `{"o": {}}`, "", "one: Give exactly one of the fields of One, not null."},
	} {
		values, wrong := read(t, c.declared, c.used, c.given)
		if wrong != c.wrong || c.values != "" && values != c.values {
			t.Errorf("%s in f(%s): %s\ngot  %s %s\nwant %s %s", c.given, c.used, c.declared, values, wrong, c.values, c.wrong)
		}
	}
}

// Thousands of wrong values are not thousands of refusals.
func TestFewRefusals(t *testing.T) {
	odd := make([]string, 1_000)
	for i := range odd {
		odd[i] = fmt.Sprintf(`"odd%d": 1`, i)
	}
	_, wrong := read(t, "$v: Filter", `filter: $v, text: ""`, `{"v": {`+strings.Join(odd, ", ")+`}}`)
	if n := strings.Count(wrong, "no such field"); n != 20 {
		t.Errorf("%d refusals, want 20", n)
	}
}
