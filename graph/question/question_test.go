package question

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"ensemble/auth"
	"ensemble/graph/generated"
)

// meaning returns as a tree what a selection asks for, which Key writes as a string.
func meaning(set ast.SelectionSet, variables map[string]any, root bool) (all []any) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			args := s.ArgumentMap(variables)
			if root {
				delete(args, "after")
			}
			all = append(all, []any{s.Alias, s.Name, fmt.Sprintf("%#v", args), conditions(s.Directives, variables), meaning(s.SelectionSet, variables, false)})
		case *ast.InlineFragment:
			all = append(all, meaningOf(s.ObjectDefinition, s.TypeCondition, s.Directives, s.SelectionSet, variables, root)...)
		case *ast.FragmentSpread:
			all = append(all, meaningOf(s.ObjectDefinition, s.Definition.TypeCondition, s.Directives, s.Definition.SelectionSet, variables, root)...)
		}
	}
	return all
}

// meaningOf returns as a tree what a fragment asks for.
func meaningOf(in *ast.Definition, on string, directives ast.DirectiveList, set ast.SelectionSet, variables map[string]any, root bool) []any {
	inside := meaning(set, variables, root)
	if len(directives) == 0 && (on == "" || on == in.Name) {
		return inside
	}
	return []any{[]any{"on", on, conditions(directives, variables), inside}}
}

// conditions returns directives with the values of their arguments.
func conditions(list ast.DirectiveList, variables map[string]any) (all []string) {
	for _, d := range list {
		all = append(all, fmt.Sprint(d.Name, d.ArgumentMap(variables)))
	}
	return all
}

// contract returns the schema that questions are asked of.
var contract = sync.OnceValue(func() *ast.Schema { return generated.NewExecutableSchema(generated.Config{}).Schema() })

// parsed reads a document with variables, as a transport does. It is false when that is no single subscription.
func parsed(query string, variables map[string]any) (*graphql.OperationContext, bool) {
	doc, errs := gqlparser.LoadQueryWithRules(contract(), query, nil)
	if len(errs) > 0 || len(doc.Operations) != 1 || doc.Operations[0].Operation != ast.Subscription {
		return nil, false
	}

	coerced, err := validator.VariableValues(contract(), doc.Operations[0], variables)
	if err != nil {
		return nil, false
	}
	return &graphql.OperationContext{Operation: doc.Operations[0], Variables: coerced}, true
}

// choices makes documents out of bytes: each byte chooses what comes next.
type choices struct {
	bytes []byte
	depth int
}

// of returns a number below n; 0 when there are no bytes left.
func (c *choices) of(n int) int {
	if len(c.bytes) == 0 {
		return 0
	}
	b := c.bytes[0]
	c.bytes = c.bytes[1:]
	return int(b) % n
}

func (c *choices) pick(from ...string) string { return from[c.of(len(from))] }

func (c *choices) condition() string {
	return c.pick("", "", "", " @include(if: $on)", " @skip(if: $on)", " @include(if: true)", " @skip(if: false)")
}

func (c *choices) alias() string { return c.pick("", "", "", "a: ", "b: ") }

// event returns a selection of an event's fields.
func (c *choices) event() string {
	var all []string
	for range 1 + c.of(4) {
		c.depth++

		switch n := c.of(8); {
		case n < 3 || c.depth > 8:
			all = append(all, c.alias()+c.pick("id", "cursor", "at", "__typename")+c.condition())
		case n == 3:
			all = append(all, "..."+c.pick("", " on CommentEvent", " on CommentPosted", " on Event")+c.condition()+" { "+c.event()+" }")
		case n == 4:
			all = append(all, "..."+c.pick("E", "F")+c.condition())
		default:
			all = append(all, "... on "+c.pick("CommentPosted", "CommentEdited")+c.condition()+" { "+c.alias()+"comment"+c.condition()+" { "+c.comment()+" } }")
		}
	}

	return strings.Join(all, c.pick(" ", "\n", ", "))
}

// comment returns a selection of a comment's fields.
func (c *choices) comment() string {
	var all []string
	for range 1 + c.of(3) {
		all = append(all, c.alias()+c.pick("id", "body", "bodyHtml", "viewerVote", "edits(first: 1) { totalCount }", "edits(first: $n) { totalCount }", "edits { totalCount }")+c.condition())
	}
	return strings.Join(all, " ")
}

// document returns a subscription and its variables.
func (c *choices) document() (string, map[string]any) {
	variables := map[string]any{"on": c.of(2) == 0, "n": 1 + c.of(2), "id": c.pick("commitment_a", "commitment_b")}
	subject := c.pick("$id", `"commitment_a"`, `"commitment_b"`)
	return "subscription($id: ID!, $on: Boolean!, $n: Int!) { " + c.alias() + "comments(subject: " + subject + c.pick("", `, after: "x"`, `, after: "y"`) + ") { " + c.event() +
		" } } fragment E on CommentEvent { " + c.pick("id", "cursor id") + " } fragment F on CommentPosted { " + c.pick("id", "commentId") + " }", variables
}

// FuzzQuestionKey compares two questions: they have the same key if, and only if, they ask the same.
func FuzzQuestionKey(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add([]byte{0, 0, 0, 1, 0, 0, 1, 4, 0, 0}, []byte{0, 0, 0, 0, 0, 0, 1, 4, 0, 0})
	f.Add([]byte("some document of many"), []byte("some document of more"))

	f.Fuzz(func(t *testing.T, a, b []byte) {
		one, vars := (&choices{bytes: a}).document()
		other, otherVars := (&choices{bytes: b}).document()
		x, good := parsed(one, vars)
		y, alsoGood := parsed(other, otherVars)
		if !good || !alsoGood {
			return
		}

		xKey, xPersonal := Key(x, auth.Viewer{UserID: "user_a"})
		yKey, yPersonal := Key(y, auth.Viewer{UserID: "user_a"})
		same := reflect.DeepEqual(meaning(x.Operation.SelectionSet, x.Variables, true), meaning(y.Operation.SelectionSet, y.Variables, true))
		if (xKey == yKey) != same {
			t.Errorf("the keys are\n%s\n%s\nof\n%s %v\n%s %v", xKey, yKey, one, vars, other, otherVars)
		}

		if xPersonal != strings.Contains(xKey, "viewerVote") || yPersonal != strings.Contains(yKey, "viewerVote") {
			t.Errorf("personal: %v %s, %v %s", xPersonal, xKey, yPersonal, yKey)
		}
	})
}

// TestQuestionOfPerson checks that a question with a personal field has a key for each person, and others have one for
// all.
func TestQuestionOfPerson(t *testing.T) {
	for selection, personal := range map[string]bool{"body": false, "viewerVote": true, "viewerVote @skip(if: true)": true, "body mine: viewerCanEdit": true} {
		op, good := parsed(`subscription { comments(subject: "commitment_a") { ... on CommentPosted { comment { `+selection+` } } } }`, nil)
		if !good {
			t.Fatalf("no document: %s", selection)
		}
		a, got := Key(op, auth.Viewer{UserID: "user_a"})
		b, _ := Key(op, auth.Viewer{UserID: "user_b"})
		if got != personal || (a != b) != personal {
			t.Errorf("%s: personal is %v, keys %s, %s", selection, got, a, b)
		}
	}
}
