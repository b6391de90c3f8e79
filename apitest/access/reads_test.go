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
	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/graph/generated"
	"ensemble/internal/testsite"
)

// way leads from the root of a query to an object: what to write before and behind what is asked there.
type way struct {
	typ    string // of the object
	text   string // for who reads the table: the last field that was taken
	before string
	braces int
	marked bool // whether a field of it is marked @viewer
}

func (w way) ask(inside string) string { return w.before + inside + strings.Repeat(" }", w.braces) }

// follow goes on through a field to an object of a type.
func (w way) follow(f *ast.FieldDefinition, args, typ string) way {
	text := w.typ + "." + f.Name
	return way{typ, text, w.before + f.Name + args + " { ... on " + typ + " { ", w.braces + 2, w.marked || isMarked(f)}
}

func isMarked(f *ast.FieldDefinition) bool { return f.Directives.ForName("viewer") != nil }

// walk finds a way to every type of object in the schema, twice: as anybody may go, and through marked fields.
type walk struct {
	st     *story.Story
	schema *ast.Schema
	args   map[string][]string // of fields that need some: each way to ask them
	public map[string]way
	marked map[string]way
	order  []string // in which types were found
}

// onlyThrough says by which field a type is reached that could be by several: where there is most of it.
var onlyThrough = map[string]string{
	"ModerationCaseConnection": "Process.viewerModerationQueue",
	"ModerationCase":           "ModerationCaseConnection.nodes",
}

// unreached are types that no query answers with, and why.
var unreached = map[string]string{
	"DecisionOutcome":          "of decideReports",
	"Refusal":                  "of decideReports",
	"ModerationQueueChanged":   "of a subscription: its log is nobody's to page through",
	"Notified":                 "of a subscription: its log is nobody's to page through",
	"NotificationsRead":        "of a subscription: its log is nobody's to page through",
	"Reset":                    "of subscriptions: it is not in the log",
	"ProcessPulse":             "of a subscription",
	"OrganizationKindComments": "of ProcessPulse",
	"TerritoryComments":        "of ProcessPulse",
}

// unseen are fields that nobody sees anything in, anywhere, and why.
var unseen = map[string]string{
	"AmendmentHidden.actor":            inNobodysName,
	"AmendmentHidden.amendmentCount":   "what is hidden was the only one",
	"AmendmentMergeStateChanged.actor": inNobodysName,
	"AmendmentRestored.actor":          inNobodysName,
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
	"TextDiff.isEmpty":                 "amendments change something",
	"VersionPublished.supportCount":    "nobody supports a text before it is there",
	"VoteChanged.actor":                inNobodysName,
}

const inNobodysName = "recorded in nobody's name"

func newWalk(t *testing.T, st *story.Story) *walk {
	t.Helper()
	w := &walk{st: st, schema: generated.NewExecutableSchema(generated.Config{}).Schema(), public: map[string]way{}, marked: map[string]way{}}
	w.args = map[string][]string{
		"Query.node": {w.arg("id", st.Names["commitment"])}, "Query.commitment": {w.arg("id", st.Names["commitment"])},
		"Query.process": {w.arg("slug", "roadmap")}, "Query.territory": {w.arg("code", "34")}, "Query.search": {w.arg("query", testsite.Secret)},
		"Query.moderationLog": {w.arg("process", st.Names["moderated process"])},
	}
	byKind := map[string][]string{}
	for _, id := range st.Names {
		if kind, ok := change.KindOf(id); ok && !slices.Contains(byKind[kind], id) {
			byKind[kind] = append(byKind[kind], id)
		}
	}
	kinds := slices.Sorted(maps.Keys(byKind))
	for _, kind := range append([]string{"commitment"}, kinds...) { // what a line shows is the first
		ids := byKind[kind]
		slices.Sort(ids)
		w.args["Query.nodes"] = append(w.args["Query.nodes"], `(ids: ["`+strings.Join(ids, `", "`)+`"])`)
	}
	for _, topic := range []string{
		st.Names["commitment"], st.Names["process"], st.Names["moderated commitment"], st.Names["reviewed commitment"],
		moderation.ModerationLogTopic(st.Names["moderated process"]),
	} {
		w.args["Query.events"] = append(w.args["Query.events"], fmt.Sprintf("(topic: %q, first: 50)", topic))
	}
	w.find(t)
	return w
}

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

// calls are the ways to write the arguments of a field; none when it cannot be asked here.
func (w *walk) calls(typ string, f *ast.FieldDefinition) []string {
	if given := w.args[typ+"."+f.Name]; given != nil || needsArgument(f) {
		return given
	}
	return []string{""}
}

// take follows a field to those types that were not found yet, where it leads there for somebody.
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

// thereOf are the types that somebody gets to.
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

func (w *walk) possible(f *ast.FieldDefinition) []string {
	var names []string
	for _, def := range w.schema.GetPossibleTypes(w.schema.Types[f.Type.Name()]) {
		names = append(names, def.Name)
	}
	slices.Sort(names)
	return names
}

// view is what somebody sees of each field of a type, on a way: in all objects that they get to.
type view map[string]glimpse

type glimpse struct {
	code  string // of the error, "" when there is none
	count int    // of the values that are not empty
	raw   string
}

// look asks for all fields of a type; one by one where an error takes others with it.
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

// nothing is a line of the table where nobody sees anything.
var nothing = strings.Repeat("0", len(callers))

// marks are a line of the table: one for each caller.
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

// block are the lines of a type on the way to it.
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

// doors are ways through a mark to types of nodes to which there is another.
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

// isPage says whether a type only holds what there is a way to.
func isPage(typ string) bool {
	return strings.HasSuffix(typ, "Edge") || strings.HasSuffix(typ, "Connection")
}

// behind are the ways through a field, and through a connection to what is in it, but the first ways.
func (w *walk) behind(at way, f *ast.FieldDefinition) []way {
	var ways []way
	for _, typ := range w.possible(f) {
		next := at.follow(f, w.calls(at.typ, f)[0], typ)
		def := w.schema.Types[typ]
		if nodes := def.Fields.ForName("nodes"); nodes != nil {
			for _, way := range w.behind(next, nodes) {
				way.text = next.text
				ways = append(ways, way)
			}
			continue
		}
		if slices.Contains(def.Interfaces, "Node") && next.before != w.first(typ).before {
			ways = append(ways, next)
		}
	}
	return ways
}

func (w *walk) first(typ string) way {
	if at, public := w.public[typ]; public {
		return at
	}
	return w.marked[typ]
}

// table is the whole table.
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
		if at.typ == "" {
			continue
		}
		fmt.Fprintf(&table, "\n## %s, by %s\n", typ, at.text)
		lines := w.block(t, at)
		for _, field := range slices.Sorted(maps.Keys(lines)) {
			fmt.Fprintf(&table, "%s  %s.%s\n", lines[field], typ, field)
		}
		seen := map[string]bool{}
		for _, door := range doors[typ] {
			table.WriteString(w.aside(t, door, seen))
		}
		for field, line := range lines {
			name := typ + "." + field
			if reason, known := unseen[name]; known == (seen[field] || line != nothing) {
				t.Errorf("%s: somebody sees something: %v, want: %q", name, known, reason)
			}
		}
	}
	return table.String()
}

// types are those of objects that queries answer with.
func (w *walk) types() []string {
	var names []string
	for name, def := range w.schema.Types {
		if def.Kind == ast.Object && !def.BuiltIn && def != w.schema.Mutation && def != w.schema.Subscription && !strings.HasSuffix(name, "Payload") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// aside is what there is on another way to a type: a line for the fields that answer alike, none for those nobody sees. Those that
// somebody sees are noted.
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

func (w *walk) wantNothingOfOthers(t *testing.T) {
	t.Helper()
	for _, typ := range ofOne {
		of := map[string]string{}
		for _, c := range callers {
			if c.name == "token" {
				continue // is ADMIN
			}
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
