package badinput_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/apitest/story"
	"ensemble/graph/generated"
	"ensemble/internal/testsite"
)

// hostile returns values that strangers may send where a t is asked for; most of them are of another type.
func hostile(st *story.Story, t *ast.Type, schema *ast.Schema) []any {
	if t.Elem != nil {
		lists := []any{"zibeline", 5, []any{nil}, slices.Repeat([]any{"zibeline"}, 300)}
		return append(lists, hostile(st, t.Elem, schema)...)
	}

	text := []any{
		"", "a\x00b", "a\x07b", "a\u202eb", "\ufffe", "%_\\'\"`;--", long(300), long(20_001),
		5, map[string]any{"a": 1},
	}

	switch {
	case t.NamedType == "ID":
		for _, name := range []string{
			"alice", "process", "draft commitment", "draft amendment", "comment", "version 1",
		} {
			text = append(text, st.Names[name])
		}
		return append(text, "commitment_"+strings.Repeat("\u00e9", 26))
	case t.NamedType == "Int":
		return []any{-1, 0, 99, int64(1 << 31), int64(-1<<31 - 1), 1e300, 1.5, "1", true, nil}
	case t.NamedType == "Boolean":
		return []any{"true", 1, nil}
	case schema.Types[t.NamedType].Kind == ast.Enum:
		first := schema.Types[t.NamedType].EnumValues[0].Name
		return []any{"", "NOTHING", strings.ToLower(first), 0, true, []any{first, first}}
	case schema.Types[t.NamedType].Kind == ast.InputObject:
		return []any{"zibeline", map[string]any{}, map[string]any{"zibeline": 1}, []any{}}
	}

	return append(text, "0000-12-31T23:59:59Z", "9999-12-31T23:59:59-00:01", "2026-13-01T00:00:00Z")
}

// eachHostile visits the variables of g with one value replaced by a hostile one, everywhere in turn, also where g
// leaves a value out. at says where: the path of the value from the variable, with dots.
func eachHostile(t *testing.T, st *story.Story, g story.Operation, visit func(at string, variables map[string]any)) {
	t.Helper()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	doc, errs := gqlparser.LoadQueryWithRules(schema, g.Query, nil)
	if errs != nil {
		t.Fatal(errs)
	}

	var variables map[string]any
	testsite.Must(t, json.Unmarshal([]byte(st.Resolve(g.Variables)), &variables))

	for _, d := range doc.Operations[0].VariableDefinitions {
		replaceEach(st, schema, d.Type, variables[d.Variable], d.Variable, func(at string, v any) {
			replaced := maps.Clone(variables)
			replaced[d.Variable] = v
			visit(at, replaced)
		})
	}
}

// replaceEach visits what may stand in the place of good, a value of type t at the path at: a hostile value, or a copy
// of good in which one value inside it is a hostile one.
func replaceEach(
	st *story.Story, schema *ast.Schema, t *ast.Type, good any, at string, visit func(at string, v any),
) {
	for _, bad := range hostile(st, t, schema) {
		visit(at, bad)
	}

	// Of a list, the first element is replaced.
	if list, ok := good.([]any); ok && len(list) > 0 {
		replaceEach(st, schema, t.Elem, list[0], at+".0", func(at string, v any) {
			visit(at, append([]any{v}, list[1:]...))
		})
	}

	// Of an input object, every field of its type, also those that good has not.
	fields, ok := good.(map[string]any)
	if !ok || t.Elem != nil {
		return
	}
	for _, f := range schema.Types[t.NamedType].Fields {
		replaceEach(st, schema, f.Type, fields[f.Name], at+"."+f.Name, func(at string, v any) {
			replaced := maps.Clone(fields)
			replaced[f.Name] = v
			visit(at, replaced)
		})
	}
}

// Whatever strangers write where a golden operation has a value, they get an answer: the fault is never ours, the
// answer shows nothing of our inside, and what is refused changes nothing.
func TestHostileValues(t *testing.T) {
	for _, g := range story.Operations(t) {
		answer := string(testsite.Got(os.ReadFile(g.Answer()))(t))
		if strings.Contains(answer, `"errors"`) || // already a mistake
			g.Variables == "{}" || // nothing to replace
			strings.Contains(g.Name(), "/for_") || // like another
			strings.Contains(g.Variables, testsite.Password) { // too slow: accountMistakes has the sign-ins
			continue
		}

		t.Run(g.Name(), func(t *testing.T) {
			story.Each(t, func(t *testing.T, st *story.Story) {
				state := ""
				eachHostile(t, st, g, func(at string, variables map[string]any) {
					state = survives(t, st, g, at, variables, state)
				})

				mustStillAnswer(t, st)
			})
		})
	}
}

// survives sends an operation, which may be refused or not. before is the state of the rows, or "" if unknown. It
// returns the state afterwards, or "" if it may have changed, so that repeated refusals need one look each.
func survives(
	t *testing.T, st *story.Story, g story.Operation, at string, variables map[string]any, before string,
) (after string) {
	t.Helper()
	if g.Writes() && before == "" {
		before = st.State(t)
	}

	a := st.Send(t, g.Query, variables, append(st.Bearer(g.As), "Accept-Language", "en")...)
	for _, e := range a.Errors {
		code := e.Extensions["code"]
		if code == "INTERNAL_SERVER_ERROR" || code == nil || e.Message == "" {
			t.Errorf("%s, %s = %.100q: code %v: %.300s", g.Name(), at, fmt.Sprint(variables), code, a.Raw)
		}
		if code == badUserInput && e.Extensions["field"] == nil {
			t.Errorf("%s, %s: which input is bad? %.300s", g.Name(), at, a.Raw)
		}
		if leak := testsite.Leaks.FindString(e.Message); leak != "" {
			t.Errorf("%s, %s: the message says %q: %s", g.Name(), at, leak, e.Message)
		}
	}

	if len(a.Errors) == 0 || !g.Writes() {
		return ""
	}
	if after = st.State(t); after != before {
		t.Errorf("%s, %s: refused, and yet something changed: %.300s", g.Name(), at, a.Raw)
	}
	return after
}

// mustStillAnswer asks some golden queries again: whatever hostile values have left behind, everybody can read it.
func mustStillAnswer(t *testing.T, st *story.Story) {
	t.Helper()
	for _, g := range story.Operations(t) {
		switch g.Name() {
		case "process/page", "commitment/page", "comment/thread", "amendment/list",
			"event/of_commitment", "event/of_process":
			if a := g.Ask(t, st); len(a.Errors) > 0 {
				t.Errorf("%s can no longer be read: %.500s", g.Name(), a.Raw)
			}
		}
	}
}
