package access_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/apitest/story"
	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/graph/generated"
	"ensemble/internal/testsite"
)

// way leads from the root of a query to an object: what to write before and behind what is asked there.
type way struct {
	typ    string // of the object
	text   string // for whoever reads the table: the last field on the way
	before string
	braces int
	marked bool // whether a field on it is marked @viewer
}

// ask is a query that asks inside of the object at the end of the way.
func (w way) ask(inside string) string { return w.before + inside + strings.Repeat(" }", w.braces) }

// follow goes on through a field to an object of a type.
func (w way) follow(f *ast.FieldDefinition, args, typ string) way {
	text := w.typ + "." + f.Name
	return way{typ, text, w.before + f.Name + args + " { ... on " + typ + " { ", w.braces + 2, w.marked || isMarked(f)}
}

// isMarked reports whether a field is marked @viewer.
func isMarked(f *ast.FieldDefinition) bool { return f.Directives.ForName("viewer") != nil }

// walk finds a way to every type of object in the schema, twice: as anybody may go, and through marked fields.
type walk struct {
	st     *story.Story
	schema *ast.Schema
	args   map[string][]string // of fields that need some, by type and name: each way to write them
	public map[string]way
	marked map[string]way
	order  []string // in which types were found
}

// onlyThrough has the field by which a type is reached that could be reached by several: where there is most of it.
var onlyThrough = map[string]string{
	"ModerationCaseConnection": "Process.viewerModerationQueue",
	"ModerationCase":           "ModerationCaseConnection.nodes",
}

// newWalk finds the ways through the story.
func newWalk(t *testing.T, st *story.Story) *walk {
	t.Helper()
	w := &walk{
		st: st, schema: generated.NewExecutableSchema(generated.Config{}).Schema(),
		public: map[string]way{}, marked: map[string]way{},
	}

	w.args = map[string][]string{
		"Query.node":          {w.arg("id", st.Names["commitment"])},
		"Query.commitment":    {w.arg("id", st.Names["commitment"])},
		"Query.process":       {w.arg("slug", "roadmap")},
		"Query.organization":  {w.arg("id", st.Names["organization"])},
		"Query.user":          {w.arg("nickname", "alice")},
		"Process.commitment":  {"(number: 1)"},
		"Query.territory":     {w.arg("code", "34")},
		"Query.search":        {w.arg("query", testsite.Secret)},
		"Query.moderationLog": {w.arg("process", st.Names["moderated process"])},
	}
	w.args["Query.nodes"] = nodesOf(st)
	for _, topic := range []string{
		st.Names["commitment"], st.Names["process"], st.Names["moderated commitment"], st.Names["reviewed commitment"],
		moderation.ModerationLogTopic(st.Names["moderated process"]),
	} {
		w.args["Query.events"] = append(w.args["Query.events"], fmt.Sprintf("(topic: %q, first: 50)", topic))
	}

	w.find(t)
	return w
}

// nodesOf are the arguments of nodes: one for the ids of each kind in the story.
func nodesOf(st *story.Story) []string {
	byKind := map[string][]string{}
	for _, id := range st.Names {
		if kind, ok := change.KindOf(id); ok && !slices.Contains(byKind[kind], id) {
			byKind[kind] = append(byKind[kind], id)
		}
	}

	var args []string
	kinds := slices.Sorted(maps.Keys(byKind))
	for _, kind := range append([]string{"commitment"}, kinds...) { // what a line of the table says is the first
		ids := byKind[kind]
		slices.Sort(ids)
		args = append(args, `(ids: ["`+strings.Join(ids, `", "`)+`"])`)
	}
	return args
}

// arg is one argument in parentheses.
func (w *walk) arg(name, value string) string { return fmt.Sprintf("(%s: %q)", name, value) }

// find looks for the shortest ways: first without marks, as nobody; then through a mark, as everybody.
func (w *walk) find(t *testing.T) {
	t.Helper()
	root := way{typ: "Query", text: "query", before: "{ ", braces: 1}
	w.public["Query"] = root
	w.order = append(w.order, "Query")

	for queue := []way{root}; len(queue) > 0; queue = queue[1:] {
		for _, f := range w.objects(queue[0].typ) {
			if !isMarked(f) {
				queue = append(queue, w.take(t, queue[0], f, w.public, callers[:1])...)
			}
		}
	}

	var queue []way
	for _, typ := range w.order {
		for _, f := range w.objects(typ) {
			if isMarked(f) {
				queue = append(queue, w.take(t, w.public[typ], f, w.marked, callers)...)
			}
		}
	}

	for ; len(queue) > 0; queue = queue[1:] {
		for _, f := range w.objects(queue[0].typ) {
			queue = append(queue, w.take(t, queue[0], f, w.marked, callers)...)
		}
	}
}

// objects are the fields of a type that lead to objects.
func (w *walk) objects(typ string) []*ast.FieldDefinition {
	var fields []*ast.FieldDefinition
	for _, f := range w.schema.Types[typ].Fields {
		if !strings.HasPrefix(f.Name, "__") && !w.schema.Types[f.Type.Name()].IsLeafType() {
			fields = append(fields, f)
		}
	}
	return fields
}

// calls are the ways to write the arguments of a field, or none if it cannot be asked here.
func (w *walk) calls(typ string, f *ast.FieldDefinition) []string {
	if given := w.args[typ+"."+f.Name]; given != nil || needsArgument(f) {
		return given
	}
	return []string{""}
}

// take follows a field to those types that were not found yet, if it leads somebody of asking there.
func (w *walk) take(t *testing.T, from way, f *ast.FieldDefinition, found map[string]way, asking []caller) []way {
	t.Helper()
	var wanted []string
	for _, typ := range w.possible(f) {
		if _, known := found[typ]; !known && (onlyThrough[typ] == "" || onlyThrough[typ] == from.typ+"."+f.Name) {
			wanted = append(wanted, typ)
		}
	}
	if len(wanted) == 0 {
		return nil
	}

	var ways []way
	for _, args := range w.calls(from.typ, f) {
		for _, typ := range w.thereOf(t, from.ask(f.Name+args+" { there: __typename }"), wanted, asking) {
			next := from.follow(f, args, typ)
			ways = append(ways, next)
			if _, known := found[typ]; !known {
				found[typ] = next
				if !slices.Contains(w.order, typ) {
					w.order = append(w.order, typ)
				}
			}
		}
	}
	return ways
}

// thereOf are the wanted types that the answers to somebody of asking have.
func (w *walk) thereOf(t *testing.T, query string, wanted []string, asking []caller) []string {
	t.Helper()
	var there []string
	for _, c := range asking {
		a := w.st.Send(t, query, nil, w.st.Bearer(c.name)...)
		for _, typ := range wanted {
			if strings.Contains(a.Raw, `"there":"`+typ+`"`) && !slices.Contains(there, typ) {
				there = append(there, typ)
			}
		}
	}
	return there
}

// possible are the types of objects that a field can lead to.
func (w *walk) possible(f *ast.FieldDefinition) []string {
	var names []string
	for _, def := range w.schema.GetPossibleTypes(w.schema.Types[f.Type.Name()]) {
		names = append(names, def.Name)
	}
	slices.Sort(names)
	return names
}
