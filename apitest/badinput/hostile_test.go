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

// hostile are values that strangers send for each type, most of them of another.
func hostile(st *story.Story, t *ast.Type, schema *ast.Schema) []any {
	if t.Elem != nil {
		return append([]any{"zibeline", 5, []any{nil}, slices.Repeat([]any{"zibeline"}, 300)}, hostile(st, t.Elem, schema)...)
	}
	text := []any{"", "a\x00b", "a\x07b", "a\u202eb", "\ufffe", "%_\\'\"`;--", long(300), long(20_001), 5, map[string]any{"a": 1}}
	switch {
	case t.NamedType == "ID":
		for _, name := range []string{"alice", "process", "draft commitment", "draft amendment", "comment", "version 1"} {
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

// spoilt visits the golden's variables with one value replaced by a hostile one, everywhere in turn, also where the
// golden leaves a value out.
func spoilt(t *testing.T, st *story.Story, g story.Operation, visit func(at string, variables map[string]any)) {
	t.Helper()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	doc, errs := gqlparser.LoadQueryWithRules(schema, g.Query, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	var variables map[string]any
	testsite.Must(t, json.Unmarshal([]byte(st.Resolve(g.Variables)), &variables))
	for _, d := range doc.Operations[0].VariableDefinitions {
		spoil(st, schema, d.Type, variables[d.Variable], d.Variable, func(at string, v any) {
			spoilt := maps.Clone(variables)
			spoilt[d.Variable] = v
			visit(at, spoilt)
		})
	}
}

func spoil(st *story.Story, schema *ast.Schema, t *ast.Type, good any, at string, visit func(at string, v any)) {
	for _, bad := range hostile(st, t, schema) {
		visit(at, bad)
	}
	if list, ok := good.([]any); ok && len(list) > 0 {
		spoil(st, schema, t.Elem, list[0], at+".0", func(at string, v any) { visit(at, append([]any{v}, list[1:]...)) })
	}
	fields, ok := good.(map[string]any)
	if !ok || t.Elem != nil {
		return
	}
	for _, f := range schema.Types[t.NamedType].Fields {
		spoil(st, schema, f.Type, fields[f.Name], at+"."+f.Name, func(at string, v any) {
			spoilt := maps.Clone(fields)
			spoilt[f.Name] = v
			visit(at, spoilt)
		})
	}
}

// Whatever strangers write where a golden operation has a value: it is answered, the fault is never ours, nothing of
// our inside shows, and what is refused changes nothing.
func TestHostileValues(t *testing.T) {
	for _, g := range story.Operations(t) {
		answer := string(testsite.Got(os.ReadFile(g.Answer()))(t))
		if strings.Contains(answer, `"errors"`) || g.Variables == "{}" || strings.Contains(g.Name(), "/for_") || strings.Contains(g.Variables, testsite.Password) {
			continue // already a mistake, nothing to spoil, like another, or too slow: accountMistakes has the sign-ins
		}
		t.Run(g.Name(), func(t *testing.T) {
			story.Each(t, func(t *testing.T, st *story.Story) {
				state := ""
				spoilt(t, st, g, func(at string, variables map[string]any) { state = survives(t, st, g, at, variables, state) })
				whole(t, st)
			})
		})
	}
}

// survives sends an operation that may be refused or not. before is the state of the rows that it finds, "" when nobody has
// looked since they changed; the state that it leaves is returned alike, so that what is refused again and again is
// compared with one look each.
func survives(t *testing.T, st *story.Story, g story.Operation, at string, variables map[string]any, before string) (after string) {
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

// whole asks that what hostile values left behind can still be read by everybody.
func whole(t *testing.T, st *story.Story) {
	t.Helper()
	for _, g := range story.Operations(t) {
		switch g.Name() {
		case "process/page", "commitment/page", "comment/thread", "amendment/list", "event/of_commitment", "event/of_process":
			if a := g.Ask(t, st); len(a.Errors) > 0 {
				t.Errorf("%s can no longer be read: %.500s", g.Name(), a.Raw)
			}
		}
	}
}
