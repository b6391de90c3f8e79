package document_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"ensemble/graph"
	"ensemble/graph/document"
)

var schema = gqlparser.MustLoadSchema(&ast.Source{Input: `
	directive @tagged(as: String) on VARIABLE_DEFINITION | QUERY
	interface Node { id: ID }
	type Named implements Node { id: ID name: String }
	type Numbered implements Node { id: ID number: Int }
	union Any = Named | Numbered
	enum Kind { ONE TWO }
	input One @oneOf { a: String b: Int }
	input Deep { n: Int! deep: Deep list: [Int!] }
	type Query {
		f(s: String i: Int fl: Float id: ID kind: Kind b: Boolean list: [Int] texts: [String] one: One deep: Deep): String
		node: Node any: Any
	}
	type Mutation { f: String }
	type Subscription { f: String g: String }`})

// judged says of a document whether it is "unparsed", "invalid" or "valid", and why.
func judged(text string) (verdict string, why error) {
	readable, err := document.Readable(text, graph.UsualTokens)
	if err != nil {
		return "unparsed", err
	}
	doc, err := document.Parse(readable, graph.UsualTokens)
	if err != nil {
		return "unparsed", err
	}
	if errs := validator.ValidateWithRules(schema, doc, graph.Rules()); len(errs) > 0 {
		return "invalid", errs
	}
	return "valid", nil
}

// Documents are read as the edition of September 2025 says, section by section. Each line is what is asked and what
// becomes of it.
// Source: https://spec.graphql.org/September2025/
func TestEdition(t *testing.T) {
	for section, cases := range map[string]map[string]string{
		"2.1.1 Characters": {
			"{ f } # é😀\u0085": "valid", `{ f(s: "é😀` + "\u007f\u2028\t" + `") }`: "valid",
			"{ f(s: \"\"\"a\n\tb\r\nc\"\"\") }": "valid", "{ f\u00a0}": "unparsed", "{ f\u2028}": "unparsed", "{ é }": "unparsed",
		},
		"2.1.2-5 White space, lines, comments and commas": {
			"{,,f\t(s:,\"\"),}": "valid", "{f#}\n}": "valid", "{f#\r}": "valid", "#": "unparsed", "": "unparsed", "\ufeff{f}": "valid",
			"{f\ufeff}": "valid",
		},
		"2.1.7 Descriptions": {
			`"Asks." query { f }`: "valid", `"""Asks.""" query Q("How many." $i: Int) { f(i: $i) }`: "valid",
			`query Q($s: String = "x" $i: Int) { f(s: $s i: $i) }`:                                           "valid",
			`query Q($s: String = "x" "How many." $i: Int = 5 """b""" $b: Boolean) { f(s: $s i: $i b: $b) }`: "valid",
			`query Q($s: String @tagged(as: "x") "y" $i: Int) { f(s: $s i: $i) }`:                            "valid",
			"{ ...F } \"Part.\" # of it\n fragment F on Query { f }":                                         "valid",
			`"Changes." mutation { f }`:                                                                      "valid",
			`"For the short form." { f }`:                                                                    "unparsed",
			`"Twice." "Twice." query { f }`:                                                                  "unparsed",
			`query Q($i: "Here." Int) { f(i: $i) }`:                                                          "unparsed",
			`{ "A field." f }`:                                                                               "unparsed",
			`{ f("An argument." i: 1) }`:                                                                     "unparsed",
			`"A type." type T { a: Int }`:                                                                    "unparsed",
		},
		"2.3-5 Operations, selections, fields": {
			"query A { f } query B { f }": "valid", "query A { f } query A { f }": "invalid", "query A { f } { f }": "invalid",
			"{}": "unparsed", "query() { f }": "unparsed", "{ f { f } }": "invalid", "{ node }": "invalid", "{ zib }": "invalid",
			"mutation { f } subscription S { f }": "invalid", "{ f() }": "unparsed", "{ on: f true: f }": "valid",
			"extend type Query { a: Int }": "unparsed",
		},
		"2.6 Arguments": {`{ f(s: "a" s: "b") }`: "invalid", "{ f(zib: 1) }": "invalid", "{ f(i: 1, s: null) }": "valid"},
		"2.8 Fragments": {
			"{ ...F } fragment F on Query { f }": "valid", "{ ...F }": "invalid", "fragment F on Query { f } { f }": "invalid",
			"{ ...F } fragment F on Query { ...F }": "invalid", "fragment on on Query { f }": "unparsed",
			"{ ... on Named { name } }": "invalid", "{ ... @include(if: true) { f } }": "valid",
			"{ node { ... on Any { __typename } } }": "valid", "{ any { id } }": "invalid",
			"{ node { ... on Named { a: name } ... on Numbered { a: number } } }": "invalid",
		},
		"2.9.1-2 Numbers": {
			"{ f(i: -0) }": "valid", "{ f(fl: -1.5E+3) }": "valid", "{ f(fl: 1) }": "valid", "{ f(i: 1.0) }": "invalid",
			"{ f(i: 01) }": "unparsed", "{ f(i: 1.) }": "unparsed", "{ f(i: .5) }": "unparsed", "{ f(i: +1) }": "unparsed",
			"{ f(i: 1s: null) }": "unparsed", "{ f(i: 0xF) }": "unparsed", "{ f(fl: 1.5s: null) }": "unparsed",
			"{ f(fl: 1e) }": "unparsed", "{ f(fl: 1.2.3) }": "unparsed", "{ f(i: 2147483648) }": "invalid",
			"{ f(i: 99999999999999999999) }": "invalid", "{ f(id: 99999999999999999999) }": "valid",
		},
		"2.9.4 Texts": {
			`{ f(s: "\u{1F600}\uD83D\uDE00\b\/") }`: "valid", `{ f(s: "\uD83D") }`: "unparsed", `{ f(s: "\x") }`: "unparsed",
			`{ f(s: """\u{D83D} \x""") }`: "valid", `{ f(texts: ["""a""""b"]) }`: "valid", `{ f(s: """a"""") }`: "unparsed",
			`{ f(s: """""") }`: "valid", `{ f(s: """\"""""") }`: "valid", "{ f(s: \"a\nb\") }": "unparsed", "{ f(s: 'a') }": "unparsed",
		},
		"2.9.5-8 Null, enums, lists, objects": {
			"{ f(kind: ONE) }": "valid", `{ f(kind: "ONE") }`: "invalid", "{ f(kind: one) }": "invalid", "{ f(kind: null) }": "valid",
			"{ f(list: 1) }": "valid", "{ f(list: [1 null]) }": "valid", "{ f(list: [1 [2]]) }": "invalid",
			"{ f(deep: {n: 1 n: 1}) }": "invalid", "{ f(deep: {n: 1 zib: 1}) }": "invalid", "{ f(deep: {}) }": "invalid",
			"{ f(deep: {n: 1 list: [null]}) }": "invalid", "{ f(deep: {n: 1 deep: {n: null}}) }": "invalid",
			`{ f(b: "true") }`: "invalid", "{ f(s: 1) }": "invalid", "{ f(id: 1.5) }": "invalid", "{ f(id: 1.0) }": "invalid", "{ f(id: 1) }": "valid",
		},
		"2.10 Variables": {
			"query($i: Int) { f(i: $i) }": "valid", "query($i: Int) { f }": "invalid", "{ f(i: $i) }": "invalid",
			"query($i: Int $i: Int) { f(i: $i) }": "invalid", "query($i: Named) { f(i: $i) }": "invalid",
			"query($i: [Int]) { f(i: $i) }": "invalid", `query($i: Int = "1") { f(i: $i) }`: "invalid",
			"query($i: Int = $j $j: Int) { f(i: $i) }": "unparsed", "query($i: Int! = 1) { f(i: $i) }": "valid",
			"query($i: Int @tagged) { f(i: $i) }": "valid", "query($i: Int @skip(if: true)) { f(i: $i) }": "invalid",
		},
		"2.12 Directives": {
			"{ f @skip(if: false) @include(if: true) }": "valid", "{ f @skip(if: true) @skip(if: true) }": "invalid",
			"{ f @zib }": "invalid", "{ f @tagged }": "invalid", "query @tagged { f }": "valid", "{ f @skip }": "invalid",
		},
		"3.10.1 Input objects of which one field is given": {
			`{ f(one: {a: "x"}) }`: "valid", `{ f(one: {a: "x" b: 1}) }`: "invalid", "{ f(one: {}) }": "invalid",
			"{ f(one: {a: null}) }": "invalid", "query($a: String) { f(one: {a: $a}) }": "invalid",
			"query($a: String!) { f(one: {a: $a}) }": "valid", `query($a: String = "x") { f(one: {a: $a}) }`: "invalid",
		},
		"5.2.4 One root field of a subscription": {
			"subscription { f }": "valid", "subscription { f g }": "invalid", "subscription { __typename }": "invalid",
			"subscription { ...F } fragment F on Subscription { f g }": "invalid", "subscription { f a: f }": "invalid",
			"subscription { f @skip(if: true) }": "invalid", "subscription { ... @include(if: true) { f } }": "invalid",
		},
	} {
		for text, want := range cases {
			if got, why := judged(text); got != want {
				t.Errorf("%s: %s is %s (%v), want %s", section, text, got, why, want)
			}
		}
	}
}

// Blanks stand where descriptions were, so that errors are found where the author wrote them.
func TestDescriptionsKeepPlaces(t *testing.T) {
	_, err := judged("\"\"\"é\nTwo lines.\"\"\" query Q(\"é\" $i: Int) { f(i: $i) zib }")
	if err == nil || !strings.HasPrefix(err.Error(), "input:2:") {
		t.Errorf("%v", err)
	}
}
