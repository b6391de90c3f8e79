package access_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/apitest/story"
	"ensemble/internal/testsite"
)

// unreached are types that no query answers with, and why.
var unreached = map[string]string{
	"DecisionOutcome":          "of decideReports",
	"Refusal":                  "of decideReports",
	"Current":                  "of decideReports",
	"ModerationQueueChanged":   "of a subscription: its log is nobody's to page through",
	"Notified":                 "of a subscription: its log is nobody's to page through",
	"NotificationsRead":        "of a subscription: its log is nobody's to page through",
	"Reset":                    "of subscriptions: it is not in the log",
	"ProcessPulse":             "of a subscription",
	"OrganizationKindComments": "of ProcessPulse",
	"TerritoryComments":        "of ProcessPulse",
}

// unseen are fields in which nobody sees anything, anywhere, and why.
var unseen = map[string]string{
	"AmendmentHidden.actor":            inNobodysName,
	"AmendmentHidden.amendmentCount":   "what is hidden was the only one",
	"AmendmentMergeStateChanged.actor": inNobodysName,
	"AmendmentRestored.actor":          inNobodysName,
	"CommentRemoved.actor":             inNobodysName,
	"CommentRemoved.alignmentCounts":   "nobody is told the side of a comment while it is removed",
	"CommentRestored.actor":            inNobodysName,
	"CommitmentMoved.actor":            inNobodysName,
	"CommitmentPublished.actor":        inNobodysName,
	"CommitmentStatusChanged.actor":    inNobodysName,
	"CommitmentWithdrawn.actor":        inNobodysName,
	"EventPage.hasNextPage":            "the first page holds all",
	"MergeConflict.isInTitle":          "only bodies are in conflict",
	"ModerationLogged.actor":           inNobodysName,
	"Query.invitation":                 "the token is in a mail alone",
	"PageInfo.hasNextPage":             "the first page holds all",
	"PageInfo.hasPreviousPage":         "it is the first page",
	"PhaseClosed.actor":                inNobodysName,
	"PhaseOpened.actor":                inNobodysName,
	"ProcessPublished.actor":           inNobodysName,
	"ProcessUpdated.actor":             inNobodysName,
	"SearchSpan.isMatch":               "no title is found, only what is below it",
	"SupportRemoved.actor":             inNobodysName,
	"SupportRemoved.supporter":         inNobodysName,
	"TextDiff.isEmpty":                 "amendments change something",
	"VersionPublished.supportCount":    "nobody supports a text before it is there",
	"VoteChanged.actor":                inNobodysName,
}

const inNobodysName = "recorded in nobody's name"

// view is what somebody sees of each field of a type, on a way: in all objects of that type that they get to.
type view map[string]glimpse

// glimpse is what somebody sees of one field.
type glimpse struct {
	code  string // of the error, or "" if there is none
	count int    // of the values that are not empty
	raw   string
}

// look asks for all fields of a type together, and one by one if an error takes others with it.
func (w *walk) look(t *testing.T, at way, c caller) view {
	t.Helper()
	var fields []*ast.FieldDefinition
	for _, f := range w.schema.Types[at.typ].Fields {
		if !strings.HasPrefix(f.Name, "__") && len(w.calls(at.typ, f)) > 0 {
			fields = append(fields, f)
		}
	}

	saw, code := w.lookAt(t, at, c, fields)
	if code == "" {
		return saw
	}

	for _, f := range fields {
		one, code := w.lookAt(t, at, c, []*ast.FieldDefinition{f})
		saw[f.Name] = one[f.Name]
		if code != "" {
			saw[f.Name] = glimpse{code: code}
		}
	}
	return saw
}

// lookAt asks for some fields of a type. code is of the first error, or "" if there is none.
func (w *walk) lookAt(t *testing.T, at way, c caller, fields []*ast.FieldDefinition) (saw view, code string) {
	t.Helper()
	var inside strings.Builder
	inside.WriteString("here: __typename")
	for _, f := range fields {
		inside.WriteString(" " + f.Name + w.calls(at.typ, f)[0] + w.shallow(f))
	}

	a := w.st.Send(t, at.ask(inside.String()), nil, w.st.Bearer(c.name)...)
	testsite.WantSoundErrors(t, a)
	var data any
	testsite.Must(t, json.Unmarshal([]byte(a.Raw), &data))

	saw = view{}
	visit(data, func(object map[string]any) {
		for _, f := range fields {
			one := saw[f.Name]
			one.count += values(object[f.Name])
			one.raw += string(testsite.Got(json.Marshal(object[f.Name]))(t)) + "\n"
			saw[f.Name] = one
		}
	})
	return saw, a.Code()
}

// shallow is what to ask of an object to know whether it is there, and which it is.
func (w *walk) shallow(f *ast.FieldDefinition) string {
	of := w.schema.Types[f.Type.Name()]
	switch {
	case of.IsLeafType():
		return ""
	case of.Fields.ForName("nodes") != nil:
		return " { nodes" + w.shallow(of.Fields.ForName("nodes")) + " }"
	case of.Fields.ForName("id") != nil:
		return " { id }"
	}
	return " { __typename }"
}

// visit calls there for each object that was asked for its fields.
func visit(v any, there func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		if _, asked := v["here"]; asked {
			there(v)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			visit(v[key], there)
		}
	case []any:
		for _, one := range v {
			visit(one, there)
		}
	}
}

// values counts what is not empty, null, zero or false.
func values(v any) int {
	switch v := v.(type) {
	case nil:
		return 0
	case []any:
		n := 0
		for _, one := range v {
			n += values(one)
		}
		return n
	case map[string]any:
		if nodes, list := v["nodes"]; list {
			return values(nodes)
		}
		return 1
	}

	if v == false || v == "" || v == 0.0 {
		return 0
	}
	return 1
}

// readsLegend heads the table of reads. Its verb is for the letters of errors.
const readsLegend = `# Who reads what: each field of each type, as each kind of caller.
#
#   =  sees what nobody sees
#   +  sees more or other than nobody, and no other caller sees more
#   ~  the same, but another caller sees more
#   -  sees less than nobody
#   0  sees nothing: null, empty, zero or false, or does not get there
#   %s
#
# A head names the field by which one comes to the type; fields under a marked one (@viewer) know who asks. Behind the
# first way to a type come others that lead through a mark: there fields that answer alike stand in one line.
#
`

// nothing is a line of the table for a field in which nobody sees anything.
var nothing = strings.Repeat("0", len(callers))

// marks is a line of the table for a field: one sign for each caller.
func marks(saw []view, field string) string {
	most := 0
	for _, s := range saw {
		most = max(most, s[field].count)
	}

	var line strings.Builder
	for _, s := range saw {
		one, nobody := s[field], saw[0][field]
		switch {
		case one.code != "":
			line.WriteString(codeLetter(one.code))
		case one.count == 0:
			line.WriteString("0")
		case one.raw == nobody.raw:
			line.WriteString("=")
		case one.count < nobody.count:
			line.WriteString("-")
		case one.count < most:
			line.WriteString("~")
		default:
			line.WriteString("+")
		}
	}
	return line.String()
}

// block returns the lines of a type, by field, as callers see it on a way.
func (w *walk) block(t *testing.T, at way) map[string]string {
	t.Helper()
	var saw []view
	for _, c := range callers {
		saw = append(saw, w.look(t, at, c))
	}

	lines := map[string]string{}
	for _, f := range w.schema.Types[at.typ].Fields {
		if !strings.HasPrefix(f.Name, "__") {
			lines[f.Name] = marks(saw, f.Name)
		}
	}
	return lines
}

// doors are the ways through a mark to types of nodes that are also reached by another way.
func (w *walk) doors() []way {
	var doors []way
	for _, typ := range w.order {
		at, public := w.public[typ]
		if !public {
			at = w.marked[typ]
		}
		for _, f := range w.objects(typ) {
			if (!public && !isPage(typ) || isMarked(f)) && len(w.calls(typ, f)) > 0 {
				doors = append(doors, w.behind(at, f)...)
			}
		}
	}
	return doors
}

// isPage reports whether a type has only what there is another way to.
func isPage(typ string) bool {
	return strings.HasSuffix(typ, "Edge") || strings.HasSuffix(typ, "Connection")
}

// behind are the ways through a field, and through a connection to what is in it, except for the first ways.
func (w *walk) behind(at way, f *ast.FieldDefinition) []way {
	var ways []way
	for _, typ := range w.possible(f) {
		next := at.follow(f, w.calls(at.typ, f)[0], typ)
		def := w.schema.Types[typ]
		if nodes := def.Fields.ForName("nodes"); nodes != nil {
			for _, further := range w.behind(next, nodes) {
				further.text = next.text
				ways = append(ways, further)
			}
			continue
		}
		if slices.Contains(def.Interfaces, "Node") && next.before != w.first(typ).before {
			ways = append(ways, next)
		}
	}
	return ways
}

// first is the way by which a type is read first: the public one, if there is one.
func (w *walk) first(typ string) way {
	if at, public := w.public[typ]; public {
		return at
	}
	return w.marked[typ]
}

// table is the whole table of reads. Each type must be reached, or be in unreached.
func (w *walk) table(t *testing.T) string {
	t.Helper()
	var table strings.Builder
	fmt.Fprintf(&table, readsLegend, codeLegend)
	table.WriteString(legend())

	doors := map[string][]way{}
	for _, at := range w.doors() {
		doors[at.typ] = append(doors[at.typ], at)
	}

	for _, typ := range w.types() {
		at := w.first(typ)
		if reason, known := unreached[typ]; known != (at.typ == "") {
			t.Errorf("%s: a way leads there: %v, want: %q", typ, !known, reason)
		}
		if at.typ != "" {
			table.WriteString(w.chapter(t, at, doors[typ]))
		}
	}
	return table.String()
}

// chapter is the part of the table about one type: its fields on the first way to it, and what is behind the doors to
// it. In each field somebody must see something, or it must be in unseen.
func (w *walk) chapter(t *testing.T, at way, doors []way) string {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "\n## %s, by %s\n", at.typ, at.text)
	lines := w.block(t, at)
	for _, field := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&text, "%s  %s.%s\n", lines[field], at.typ, field)
	}

	seen := map[string]bool{}
	for _, door := range doors {
		text.WriteString(w.aside(t, door, seen))
	}

	for field, line := range lines {
		name := at.typ + "." + field
		if reason, known := unseen[name]; known == (seen[field] || line != nothing) {
			t.Errorf("%s: somebody sees something: %v, want: %q", name, known, reason)
		}
	}
	return text.String()
}

// types are the types of objects that queries answer with.
func (w *walk) types() []string {
	var names []string
	for name, def := range w.schema.Types {
		isRoot := def == w.schema.Mutation || def == w.schema.Subscription
		if def.Kind == ast.Object && !def.BuiltIn && !isRoot && !strings.HasSuffix(name, "Payload") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// aside is what there is on another way to a type: a line for the fields that answer alike, and none for fields in
// which nobody sees anything. It adds the fields in which somebody does to seen.
func (w *walk) aside(t *testing.T, door way, seen map[string]bool) string {
	t.Helper()
	alike := map[string][]string{}
	lines := w.block(t, door)
	for _, field := range slices.Sorted(maps.Keys(lines)) {
		if lines[field] != nothing {
			seen[field] = true
			alike[lines[field]] = append(alike[lines[field]], field)
		}
	}

	if len(alike) == 0 {
		return ""
	}

	var text strings.Builder
	fmt.Fprintf(&text, "# %s, by %s\n", door.typ, door.text)
	for _, line := range slices.Sorted(maps.Keys(alike)) {
		fmt.Fprintf(&text, "%s  %s\n", line, strings.Join(alike[line], " "))
	}
	return text.String()
}

// What each caller sees of each field is as the golden table says.
func TestReadsOfEachCaller(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		testsite.Unlimited(t, st.Site)
		gather(t, st)
		goOnTelling(t, st)
		st.SQL(t, "UPDATE users SET terms_version = '2025-01' WHERE nickname = 'unconfirmed'")

		w := newWalk(t, st)
		comparePermissions(t, "reads", w.table(t))
		w.wantNothingOfOthers(t)
	})
}

// ofOne are types that belong to one person: nobody else sees the same.
var ofOne = []string{"AccessToken", "Follow", "Identity", "Notification", "Session"}

// wantNothingOfOthers asks that no two callers see the same object of a type in ofOne.
func (w *walk) wantNothingOfOthers(t *testing.T) {
	t.Helper()

	for _, typ := range ofOne {
		of := map[string]string{}
		for _, c := range callers {
			if c.name == "token" {
				continue // is ADMIN
			}

			// What another caller saw before is shared.
			for id := range strings.Lines(w.look(t, w.first(typ), c)["id"].raw) {
				if of[id] != "" {
					t.Errorf("%s and %s both see the %s %s", of[id], c.name, typ, id)
				}
				of[id] = c.name
			}
		}

		if len(of) == 0 {
			t.Errorf("nobody has a %s", typ)
		}
	}
}
