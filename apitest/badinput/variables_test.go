package badinput_test

import (
	"slices"
	"testing"

	"ensemble/internal/testsite"
)

// twoComments is a document whose second mutation has a variable, too.
const twoComments = `mutation($a: PostCommentInput!, $b: String!) {
	a: postComment(input: $a) { __typename }
	b: postComment(input: {subject: "x", body: $b}) { __typename }
}`

// variableMistakes are values that GraphQL refuses before anything runs: what comes earlier in the same document did not
// happen either.
var variableMistakes = []mistake{
	{"a number for the text of the second mutation", "alice", twoComments,
		`{"a": {"subject": "<commitment>", "body": "x"}, "b": 5}`, badUserInput, "body"},
	{"nothing for the text of the second mutation", "alice", twoComments,
		`{"a": {"subject": "<commitment>", "body": "x"}}`, badUserInput, "body"},
	{"NUL in the second mutation", "alice", twoComments,
		`{"a": {"subject": "<commitment>", "body": "x"}, "b": "\u0000"}`, badUserInput, "body"},
	{"no moment in the second mutation", "admin",
		`mutation($c: ID!, $t: DateTime!) {
			a: addSupport(input: {commitment: $c}) { __typename }
			b: createPhase(input: {process: "x", name: [], opensAt: $t}) { __typename }
		}`, `{"c": "<commitment>", "t": "hier"}`, badUserInput, "opensAt"},
	{"no moment as a literal in the second mutation", "admin",
		`mutation($c: ID!) {
			a: addSupport(input: {commitment: $c}) { __typename }
			b: updatePhase(input: {phase: "x", opensAt: "2026-02-30T00:00:00Z"}) { __typename }
		}`, `{"c": "<commitment>"}`, invalid, ""},
	{"null where a default stands for what is not given", "alice",
		"mutation($h: Boolean) { signOut(input: {everywhere: $h}) { __typename } }", `{"h": null}`,
		badUserInput, "everywhere"},
	{"null for an input with a default", "alice",
		"mutation($i: SignOutInput) { signOut(input: $i) { __typename } }", `{"i": null}`, badUserInput, "input"},
	{"null for an order", "",
		`query($o: CommentOrder, $id: ID!) {
			__typename node(id: $id) { ... on Commitment { comments(orderBy: $o) { totalCount } } }
		}`, `{"id": "<commitment>", "o": null}`, badUserInput, "orderBy"},
	{"a fraction for an id", "", "query($id: ID!) { node(id: $id) { id } }", `{"id": 5.5}`, badUserInput, "id"},
	{"a truth for an id", "", "query($id: ID!) { node(id: $id) { id } }", `{"id": true}`, badUserInput, "id"},
	{"null in a list of ids", "", "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", `{"ids": ["x", null]}`,
		badUserInput, "ids.1"},
	{"null for a condition", "", "query($b: Boolean = true) { __typename @include(if: $b) }", `{"b": null}`,
		badUserInput, "if"},
	{"null for a condition of a fragment", "",
		"query($b: Boolean = true) { ...F } fragment F on Query { ... @skip(if: $b) { __typename } }", `{"b": null}`,
		badUserInput, "if"},
	{"a word for a condition", "", "query($b: Boolean!) { __typename @include(if: $b) }", `{"b": "true"}`,
		badUserInput, "if"},
	{"another field in an input", "alice", "mutation($i: AddSupportInput!) { addSupport(input: $i) { __typename } }",
		`{"i": {"commitment": "<commitment>", "Commitment": "<commitment>"}}`, badUserInput, "Commitment"},
}

// All that is wrong with an input is told at once, each with its field.
func TestAllWrongFields(t *testing.T) {
	s := testsite.SQLite(t)
	a := s.Post(t, "", []byte(`{
		"query": "mutation($input: PostCommentInput!) { postComment(input: $input) { __typename } }",
		"variables": {"input": {"subject": 5.5, "alignment": "for", "language": 3, "odd": true}}
	}`))

	var fields []any
	for _, e := range a.Errors {
		if e.Extensions["code"] != badUserInput {
			t.Errorf("%v on %v", e.Extensions["code"], e.Extensions["field"])
		}
		fields = append(fields, e.Extensions["field"])
	}
	if want := []any{"odd", "subject", "body", "alignment", "language"}; !slices.Equal(fields, want) {
		t.Errorf("%v, want %v", fields, want)
	}
}
