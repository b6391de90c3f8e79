package graph_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"

	"ensemble/graph"
	"ensemble/graph/generated"
)

// The rules of documents refuse literals of the wrong kind for a scalar, and subscriptions that ask for no field, for
// several, or for one that may be left out.
func TestRules(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	update := func(languages string) string {
		return `mutation($l: Language!) {
			updateProcess(input: {process: "x", languages: ` + languages + `, title: [{language: $l, text: "y"}]}) {
				process { id }
			}
		}`
	}

	for _, c := range []struct {
		name, query string
		passes      bool
	}{
		// One value for a language.
		{"a string", `{ process(slug: "x") { title(language: "fr") } }`, true},
		{"a block", `{ process(slug: "x") { title(language: """fr""") } }`, true},
		{"null", `{ process(slug: "x") { title(language: null) } }`, true},
		{"a number", `{ process(slug: "x") { title(language: 99999999999999999999) } }`, false},
		{"an enum", `{ process(slug: "x") { title(language: fr) } }`, false},
		{"a list for one", `{ process(slug: "x") { title(language: ["fr"]) } }`, false},

		// A list of them.
		{"a list", update(`["fr", """en""", $l]`), true},
		{"an empty list", update(`[]`), true},
		{"one for a list", update(`"fr"`), true},
		{"no list", update(`null`), true},
		{"a list with a number", update(`["fr", 5]`), false},
		{"a list with a large number", update(`[99999999999999999999]`), false},
		{"a list with null, where none may be", update(`["fr", null]`), false},
		{"a list in a list", update(`[["fr"]]`), false},

		{"a list as long as it may be", update(`["fr"` + strings.Repeat(` "fr"`, 499) + `]`), true},
		{"a list that is too long", update(`["fr"` + strings.Repeat(` "fr"`, 500) + `]`), false},

		// Subscriptions.
		{"one subscription", `subscription { a: commentEvents(subject: "x") { id } ...F }
			fragment F on Subscription { a: commentEvents(subject: "x") { cursor } }`, true},
		{"two subscriptions", `subscription { a: commentEvents(subject: "x") { id } b: commentEvents(subject: "x") { id } }`, false},
		{"two, in a fragment", `subscription { a: commentEvents(subject: "x") { id } ...F }
			fragment F on Subscription { b: commentEvents(subject: "x") { id } }`, false},
		{"a subscription below which something is left out",
			`subscription { commentEvents(subject: "x") { id cursor @skip(if: true) } }`, true},
		{"a subscription that is left out", `subscription { commentEvents(subject: "x") @skip(if: true) { id } }`, false},
		{"one that may be, in a fragment", `subscription($on: Boolean!) {
			... @include(if: $on) { commentEvents(subject: "x") { id } }
		}`, false},
		{"one that may be, further in", `subscription($on: Boolean!) { ...F }
			fragment F on Subscription { commentEvents(subject: "x") @include(if: $on) { id } }`, false},
	} {
		_, errs := gqlparser.LoadQueryWithRules(schema, c.query, graph.Rules())
		if (len(errs) == 0) != c.passes {
			t.Errorf("%s: %v", c.name, errs)
		}
	}
}
