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

			all = append(all, []any{
				s.Alias, s.Name, fmt.Sprintf("%#v", args), conditions(s.Directives, variables),
				meaning(s.SelectionSet, variables, false),
			})

		case *ast.InlineFragment:
			f := fragment{s.ObjectDefinition, s.TypeCondition, s.Directives, s.SelectionSet}
			all = append(all, f.meaning(variables, root)...)

		case *ast.FragmentSpread:
			f := fragment{s.ObjectDefinition, s.Definition.TypeCondition, s.Directives, s.Definition.SelectionSet}
			all = append(all, f.meaning(variables, root)...)
		}
	}

	return all
}

// fragment is an inline fragment, or the spread of a named one.
type fragment struct {
	in         *ast.Definition // the type around it
	on         string          // its own type, or "" if it has none
	directives ast.DirectiveList
	set        ast.SelectionSet
}

// meaning is what the fragment asks for: without a directive or another type it is as if its fields were not in one.
func (f fragment) meaning(variables map[string]any, root bool) []any {
	inside := meaning(f.set, variables, root)
	if len(f.directives) == 0 && (f.on == "" || f.on == f.in.Name) {
		return inside
	}
	return []any{[]any{"on", f.on, conditions(f.directives, variables), inside}}
}

// conditions are directives with their arguments.
func conditions(list ast.DirectiveList, variables map[string]any) (all []string) {
	for _, d := range list {
		all = append(all, fmt.Sprint(d.Name, d.ArgumentMap(variables)))
	}
	return all
}

// contract returns the schema that questions are asked of.
var contract = sync.OnceValue(func() *ast.Schema { return generated.NewExecutableSchema(generated.Config{}).Schema() })

// parsed reads a subscription with variables, as a transport does. It reports whether the document is one.
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

// of chooses a number below n, which is 0 when there are no more bytes.
func (c *choices) of(n int) int {
	if len(c.bytes) == 0 {
		return 0
	}
	b := c.bytes[0]
	c.bytes = c.bytes[1:]
	return int(b) % n
}

// pick chooses one of the texts.
func (c *choices) pick(from ...string) string { return from[c.of(len(from))] }

// condition chooses a directive, or none.
func (c *choices) condition() string {
	return c.pick("", "", "", " @include(if: $on)", " @skip(if: $on)", " @include(if: true)", " @skip(if: false)")
}

// alias chooses an alias, or none.
func (c *choices) alias() string { return c.pick("", "", "", "a: ", "b: ") }

// event selects fields of an event.
func (c *choices) event() string {
	var all []string
	for range 1 + c.of(4) {
		c.depth++

		switch n := c.of(8); {
		case n < 3 || c.depth > 8:
			all = append(all, c.alias()+c.pick("id", "cursor", "at", "__typename")+c.condition())
		case n == 3:
			on := c.pick("", " on CommentEvent", " on CommentPosted", " on Event")
			all = append(all, "..."+on+c.condition()+" { "+c.event()+" }")
		case n == 4:
			all = append(all, "..."+c.pick("E", "F")+c.condition())
		default:
			on := c.pick("CommentPosted", "CommentEdited") + c.condition()
			field := c.alias() + "comment" + c.condition()
			all = append(all, "... on "+on+" { "+field+" { "+c.comment()+" } }")
		}
	}

	return strings.Join(all, c.pick(" ", "\n", ", "))
}

// comment selects fields of a comment.
func (c *choices) comment() string {
	var all []string
	for range 1 + c.of(3) {
		field := c.alias() + c.pick(
			"id", "body", "bodyHtml", "viewerVote",
			"edits(first: 1) { totalCount }", "edits(first: $n) { totalCount }", "edits { totalCount }")
		all = append(all, field+c.condition())
	}
	return strings.Join(all, " ")
}

// document makes a subscription to the comments of a commitment, and its variables.
func (c *choices) document() (string, map[string]any) {
	variables := map[string]any{"on": c.of(2) == 0, "n": 1 + c.of(2), "id": c.pick("commitment_a", "commitment_b")}
	subject := c.pick("$id", `"commitment_a"`, `"commitment_b"`)
	field := c.alias() + "commentEvents(subject: " + subject + c.pick("", `, after: "x"`, `, after: "y"`) + ")"
	return "subscription($id: ID!, $on: Boolean!, $n: Int!) { " + field + " { " + c.event() + " } }" +
		" fragment E on CommentEvent { " + c.pick("id", "cursor id") + " }" +
		" fragment F on CommentPosted { " + c.pick("id", "nodeId") + " }", variables
}

// FuzzQuestionKey compares two questions: they have the same key if they ask the same, and only then.
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
		same := reflect.DeepEqual(
			meaning(x.Operation.SelectionSet, x.Variables, true), meaning(y.Operation.SelectionSet, y.Variables, true))
		if (xKey == yKey) != same {
			t.Errorf("the keys are\n%s\n%s\nof\n%s %v\n%s %v", xKey, yKey, one, vars, other, otherVars)
		}

		if xPersonal != strings.Contains(xKey, "viewerVote") || yPersonal != strings.Contains(yKey, "viewerVote") {
			t.Errorf("personal: %v %s, %v %s", xPersonal, xKey, yPersonal, yKey)
		}
	})
}

// Defaults that are written out, the order of arguments, and variables in place of values make no difference; another
// alias or order of fields does.
func TestSameQuestion(t *testing.T) {
	const asked = `subscription { commentEvents(subject: "commitment_a") { ... on CommentPosted { comment {
		subject { ... on Commitment { comments(first: 2) { totalCount } } } body } } } }`
	plain, good := parsed(asked, nil)
	if !good {
		t.Fatal("no document")
	}
	want, _ := Key(plain, auth.Viewer{})

	for _, c := range []struct {
		old, new string
		same     bool
	}{
		{"(first: 2)", "(orderBy: OLDEST, first: 2)", true},
		{"(first: 2)", "(first: 2 orderBy: OLDEST)", true},
		{"(first: 2)", "(first: 2, orderBy: NEWEST)", false},
		{"(first: 2)", "(first: 3)", false},
		{"body", "... { body }", true},
		{"body", "text: body", false},
		{"comments(first", "all: comments(first", false},
		{"comment {", "comment { body", false},
	} {
		other, good := parsed(strings.Replace(asked, c.old, c.new, 1), nil)
		if !good {
			t.Fatalf("no document with %s", c.new)
		}
		if key, _ := Key(other, auth.Viewer{}); (key == want) != c.same {
			t.Errorf("%s instead of %s: %s", c.new, c.old, key)
		}
	}

	variables := strings.NewReplacer("subscription", "subscription($n: Int = 2, $by: CommentOrder! = OLDEST)",
		"first: 2", "orderBy: $by, first: $n").Replace(asked)
	op, good := parsed(variables, nil)
	if key, _ := Key(op, auth.Viewer{}); !good || key != want {
		t.Errorf("with variables: %s, want %s", key, want)
	}
}

// Two people who ask for something personal have different keys; otherwise they have the same key.
func TestQuestionOfPerson(t *testing.T) {
	for selection, personal := range map[string]bool{
		"body":                       false,
		"viewerVote":                 true,
		"viewerVote @skip(if: true)": true,
		"body mine: viewerCanEdit":   true,
	} {
		op, good := parsed(`subscription {
			commentEvents(subject: "commitment_a") { ... on CommentPosted { comment { `+selection+` } } }
		}`, nil)
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

// Fragments within fragments, for two types each or twice in one place, are read once, not twice for each level.
func TestKeyOfNestedFragments(t *testing.T) {
	for name, level := range map[string]string{
		"by type": `fragment F%d on CommitmentEvent { ...on CommentPosted { ...F%[2]d } ...on CommentEdited { ...F%[2]d } }`,
		"twice":   `fragment F%d on CommitmentEvent { ...F%[2]d ...F%[2]d ...@skip(if: false) { ...F%[2]d } }`,
	} {
		doc := `subscription { commitmentEvents(commitment: "x") { ...F1 } }`
		for i := range 60 {
			doc += fmt.Sprintf(level, i+1, i+2)
		}
		op, ok := parsed(doc+` fragment F61 on CommitmentEvent { cursor }`, nil)
		if !ok {
			t.Fatalf("%s: no subscription", name)
		}
		if key, personal := Key(op, auth.Viewer{}); key == "" || personal {
			t.Errorf("%s: %q %t", name, key, personal)
		}
	}
}
