package server_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/graph/generated"
	"ensemble/internal/testsite"
)

// list says how to reach one connection of the schema, and what its rows are in the database.
type list struct {
	field  string                      // Type.field
	parent func(*lists) string         // adds a parent; nil for a list that has none
	add    func(*lists, string) string // adds a row under a parent
	as     string                      // who may see it; "" is everybody
	filter string                      // a condition, to leave out what is there already
	table  string
	column string            // of the parent
	where  string            // what makes a row public
	counts string            // what to do when a row is deleted: an UPDATE, $1 is the parent
	shown  string            // the field that identifies a row; id when empty
	keys   map[string]string // order → column, "-" before it when downward; "" is the default order
	frozen bool              // rows are never deleted
}

// allLists are the connections of the schema.
var allLists = []list{
	{
		field: "Query.processes", add: func(w *lists, _ string) string { return w.process(true) },
		table: "processes", where: "published_at IS NOT NULL", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Query.territories", add: (*lists).territoryIn, filter: "filter: {text: \"x\", within: null}",
		table: "territories", where: "search_name LIKE '%x%'", keys: map[string]string{"": "code"},
	},
	{
		field: "Query.organizations", add: (*lists).organization, filter: "filter: {kind: OTHER}",
		table: "organizations", where: "kind = 'OTHER'",
		keys: map[string]string{
			"NAME": "search_name", "CREATED_AT": "created_at",
			"": "search_name", "NAME ASC": "search_name", "NAME DESC": "-search_name", "CREATED_AT ASC": "created_at", "CREATED_AT DESC": "-created_at",
		},
	},
	{
		field: "Query.search", add: (*lists).hit, filter: `query: "licorne"`, table: "search_entries",
		where: "id IN (SELECT id FROM organizations WHERE name = 'Licorne' UNION SELECT id FROM comments WHERE body = 'Une licorne.')",
		shown: "itemId",
		keys:  map[string]string{"": "-CASE kind WHEN 'ORGANIZATION' THEN 'b' ELSE 'a' END || published_at"},
	},
	{
		field: "Process.commitments", parent: (*lists).publicProcess, add: (*lists).publicCommitmentIn,
		table: "commitments", column: "process_id", where: "status <> 'DRAFT'",
		counts: "UPDATE processes SET commitment_count = commitment_count - 1 WHERE id = $1",
		keys: map[string]string{
			"NUMBER": "number", "ACTIVITY": "-active_at", "SUPPORTS": "-support_count", "COMMENTS": "-comment_count",
			"": "number", "NUMBER ASC": "number", "NUMBER DESC": "-number", "ACTIVITY ASC": "active_at", "ACTIVITY DESC": "-active_at",
			"SUPPORTS ASC": "support_count", "SUPPORTS DESC": "-support_count", "COMMENTS ASC": "comment_count", "COMMENTS DESC": "-comment_count",
		},
	},
	{
		field: "Process.viewerDraftCommitments", as: "steering", parent: (*lists).publicProcess, add: (*lists).draftCommitmentIn,
		table: "commitments", column: "process_id", where: "status = 'DRAFT'", keys: map[string]string{"": "number"},
	},
	{
		field: "Commitment.versions", parent: (*lists).publicCommitment, add: (*lists).nextVersionOf, frozen: true,
		table: "versions", column: "commitment_id", keys: map[string]string{"": "-number", "ASC": "number", "DESC": "-number"},
	},
	{
		field: "Commitment.amendments", parent: (*lists).publicCommitment, add: (*lists).submittedOn,
		table: "amendments", column: "commitment_id", where: "state <> 'DRAFT'",
		counts: "UPDATE commitments SET amendment_count = amendment_count - 1 WHERE id = $1",
		keys: map[string]string{
			"SUBMITTED_AT": "submitted_at", "COMMENTS": "-comment_count",
			"": "submitted_at", "SUBMITTED_AT ASC": "submitted_at", "SUBMITTED_AT DESC": "-submitted_at",
			"COMMENTS ASC": "comment_count", "COMMENTS DESC": "-comment_count",
		},
	},
	{
		field: "Commitment.comments", parent: (*lists).publicCommitment, add: (*lists).commentOn,
		table: "comments", column: "subject_id", keys: threadKeys,
		counts: "UPDATE commitments SET comment_count = (SELECT count(*) FROM comments WHERE subject_id = $1) WHERE id = $1",
	},
	{
		field: "CommentSubject.comments", parent: (*lists).publicAmendment, add: (*lists).commentOn,
		table: "comments", column: "subject_id", keys: threadKeys,
		counts: "UPDATE amendments SET comment_count = (SELECT count(*) FROM comments WHERE subject_id = $1) WHERE id = $1",
	},
	{
		field: "Amendment.comments", parent: (*lists).publicAmendment, add: (*lists).commentOn,
		table: "comments", column: "subject_id", keys: threadKeys,
		counts: "UPDATE amendments SET comment_count = (SELECT count(*) FROM comments WHERE subject_id = $1) WHERE id = $1",
	},
	{
		field: "Commitment.supports", parent: (*lists).publicCommitment, add: (*lists).supportOf,
		table: "supports", column: "commitment_id", keys: map[string]string{"": "-created_at"},
		counts: "UPDATE commitments SET support_count = support_count - 1 WHERE id = $1",
	},
	{
		field: "Comment.replies", parent: (*lists).rootComment, add: (*lists).answerTo,
		table: "comments", column: "parent_id", keys: map[string]string{"": "created_at"},
	},
	{
		field: "Comment.edits", parent: (*lists).rootComment, add: (*lists).editOf, shown: "body",
		table: "comment_edits", column: "comment_id", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Territory.children", parent: func(w *lists) string { return w.territoryIn("") }, add: (*lists).territoryIn,
		table: "territories", column: "parent_id", keys: map[string]string{"": "code"},
	},
	{
		field: "Organization.viewerMembers", as: "alice", parent: func(w *lists) string { return w.organization("") }, add: (*lists).membershipIn,
		table: "memberships", column: "organization_id", keys: map[string]string{"": "created_at"},
	},
	{
		field: "Organization.comments", parent: (*lists).verifiedOrganization, add: (*lists).commentOf,
		table: "comments", column: "organization_id", where: "deleted_at IS NULL AND hidden_at IS NULL", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Organization.amendments", parent: (*lists).verifiedOrganization, add: (*lists).amendmentOf,
		table: "amendments", column: "organization_id", where: "state <> 'DRAFT'", keys: map[string]string{"": "-submitted_at"},
	},
	{
		field: "Organization.supports", parent: (*lists).verifiedOrganization, add: (*lists).supportBy,
		table: "supports", column: "organization_id", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Organization.viewerInvitations", as: "alice", parent: (*lists).organizationOfAlice, add: (*lists).invitationTo,
		table: "invitations", column: "organization_id", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.invitations", as: "alice", add: (*lists).invitationOfAlice,
		table: "invitations", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.auditEntries", as: "admin", add: (*lists).auditEntry, filter: `filter: {act: "test"}`, frozen: true,
		table: "audit_entries", where: "act = 'test'", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.amendmentDrafts", as: "alice", add: (*lists).draftOfAlice,
		table: "amendments", where: "state = 'DRAFT'", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.draftProcesses", as: "admin", add: func(w *lists, _ string) string { return w.process(false) },
		table: "processes", where: "published_at IS NULL", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.sessions", as: "alice", add: (*lists).sessionOfAlice, frozen: true,
		table: "sessions", where: ofAlice, keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.accessTokens", as: "alice", add: (*lists).accessTokenOfAlice,
		table: "access_tokens", where: ofAlice, keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.following", as: "alice", add: (*lists).followOfAlice,
		table: "follows", where: "active", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.notifications", as: "alice", add: (*lists).notificationOfAlice,
		table: "notifications", keys: map[string]string{"": "-updated_at"},
	},
}

// In init, since lists_moderation_test.go has more.
func init() { allLists = append(allLists, moderationLists...) }

var threadKeys = map[string]string{
	"": "created_at", "OLDEST": "created_at", "NEWEST": "-created_at", "THREAD": "path",
	"TOP": "-score WHERE depth = 0", "MOST_DISCUSSED": "-descendant_count WHERE depth = 0",
}

// Every connection of the schema is in the table.
func TestAllListsAreTested(t *testing.T) {
	known := map[string]bool{}
	for _, l := range allLists {
		known[l.field] = true
	}
	for _, def := range generated.NewExecutableSchema(generated.Config{}).Schema().Types {
		for _, f := range def.Fields {
			if strings.HasSuffix(f.Type.Name(), "Connection") && !known[def.Name+"."+f.Name] {
				t.Errorf("%s.%s is not in allLists", def.Name, f.Name)
			}
		}
	}
}

func TestLists(t *testing.T) {
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for _, l := range allLists {
		t.Run(l.field, func(t *testing.T) {
			onEach(t, func(t *testing.T, s *site) {
				w := newLists(t, s)
				b := &book{list: l, s: s, w: w, parents: []string{""}}
				if l.parent != nil {
					b.parents = []string{l.parent(w), l.parent(w), l.parent(w)}
				}
				b.fill()
				for _, o := range l.orders(t, schema) {
					t.Run(cmp.Or(o.name, "default"), func(t *testing.T) { b.read(t, o) })
				}
			})
		})
	}
}

// order is one way that a list can be sorted.
type order struct {
	name      string
	arguments string // how it is asked for
	column    string
	down      bool
	where     string
}

// orders are the default one and all that the schema offers; each must have its key in the table.
func (l list) orders(t *testing.T, schema *ast.Schema) []order {
	t.Helper()
	typ, name, _ := strings.Cut(l.field, ".")
	f := schema.Types[typ].Fields.ForName(name)
	all := []order{l.order(t, "", "")}
	if a := f.Arguments.ForName("orderBy"); a != nil && schema.Types[a.Type.Name()].Kind == ast.Enum {
		for _, v := range schema.Types[a.Type.Name()].EnumValues {
			all = append(all, l.order(t, v.Name, "orderBy: "+v.Name))
		}
	} else if a != nil {
		for _, v := range schema.Types[schema.Types[a.Type.Name()].Fields.ForName("field").Type.Name()].EnumValues {
			all = append(all, l.order(t, v.Name, "orderBy: {field: "+v.Name+"}"))
			for _, d := range []string{"ASC", "DESC"} {
				all = append(all, l.order(t, v.Name+" "+d, "orderBy: {field: "+v.Name+", direction: "+d+"}"))
			}
		}
	}
	if f.Arguments.ForName("direction") != nil {
		all = append(all, l.order(t, "ASC", "direction: ASC"), l.order(t, "DESC", "direction: DESC"))
	}
	return all
}

func (l list) order(t *testing.T, name, arguments string) order {
	t.Helper()
	key, known := l.keys[name]
	if !known {
		t.Fatalf("no key for the order %q of %s", name, l.field)
	}
	column, where, _ := strings.Cut(key, " WHERE ")
	upward := strings.TrimPrefix(column, "-")
	return order{name: name, arguments: arguments, column: upward, down: upward != column, where: where}
}

// book is a list with rows in it.
type book struct {
	list
	s       *site
	w       *lists
	parents []string
}

// fill gives the first parent 7 rows, the second 2 and the third none.
func (b *book) fill() {
	for i, n := range []int{7, 2, 0}[:len(b.parents)] {
		for range n {
			b.add(b.w, b.parents[i])
		}
	}
	if b.table == "memberships" { // who is no member sees no members: Alice is one everywhere
		b.add(b.w, b.parents[2])
	}
}

// rows are the ids that a parent's list has to show, in order, by the database and not by what is tested.
func (b *book) rows(t *testing.T, o order, parent string) []string {
	t.Helper()
	where := []string{"1 = 1"}
	for _, condition := range []string{b.where, o.where} {
		if condition != "" {
			where = append(where, condition)
		}
	}
	var args []any
	if b.column != "" {
		where, args = append(where, b.column+" = $1"), []any{parent}
	}
	found := done(b.s.Store.Write.QueryContext(t.Context(), "SELECT id, "+o.column+" FROM "+b.table+" WHERE "+strings.Join(where, " AND "), args...))(t)
	defer func() { _ = found.Close() }()
	type row struct {
		id  string
		key any
	}
	var all []row
	for found.Next() {
		var r row
		done(0, found.Scan(&r.id, &r.key))(t)
		all = append(all, r)
	}
	done(0, found.Err())(t)
	slices.SortFunc(all, func(a, b row) int {
		c := cmp.Or(compareKeys(a.key, b.key), strings.Compare(a.id, b.id))
		if o.down {
			return -c
		}
		return c
	})
	ids := []string{}
	for _, r := range all {
		ids = append(ids, r.id)
	}
	return ids
}

func compareKeys(a, b any) int {
	switch a := a.(type) {
	case int64:
		return cmp.Compare(a, b.(int64))
	case time.Time:
		return a.Compare(b.(time.Time))
	}
	return strings.Compare(fmt.Sprintf("%s", a), fmt.Sprintf("%s", b))
}

// leaf is a page as it is answered.
type leaf struct {
	TotalCount int
	Nodes      []map[string]string
	Edges      []struct {
		Cursor string
		Node   map[string]string
	}
	PageInfo struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       *string
	}
}

// ids are those of the page's rows. It asks that nodes, edges and places agree.
func (l leaf) ids(t *testing.T, shown string) []string {
	t.Helper()
	nodes, edges := []string{}, []string{}
	for _, n := range l.Nodes {
		nodes = append(nodes, n[shown])
	}
	for _, e := range l.Edges {
		edges = append(edges, e.Node[shown])
	}
	if !slices.Equal(nodes, edges) {
		t.Errorf("nodes %v, edges %v", nodes, edges)
	}
	start, end := l.PageInfo.StartCursor, l.PageInfo.EndCursor
	switch n := len(l.Edges); {
	case n == 0 && (start != nil || end != nil):
		t.Errorf("an empty page from %v to %v", start, end)
	case n > 0 && (*start != l.Edges[0].Cursor || *end != l.Edges[n-1].Cursor):
		t.Errorf("a page from %s to %s whose rows are from %s to %s", *start, *end, l.Edges[0].Cursor, l.Edges[n-1].Cursor)
	}
	return nodes
}

func (b *book) identity() string { return cmp.Or(b.shown, "id") }

// ask reads the same page of the lists of several parents in one operation.
func (b *book) ask(t *testing.T, o order, parents []string, arguments ...string) []leaf {
	t.Helper()
	node := "{ " + b.identity() + " }"
	var answer []struct{ List leaf }
	raw := b.send(t, parents, "list: "+b.call(o, arguments...)+" { totalCount nodes "+node+" edges { cursor node "+node+
		" } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }", "")
	done(0, json.Unmarshal(raw, &answer))(t)
	leaves := make([]leaf, len(answer))
	for i, a := range answer {
		leaves[i] = a.List
	}
	return leaves
}

// call is the field with its arguments.
func (b *book) call(o order, arguments ...string) string {
	_, name, _ := strings.Cut(b.field, ".")
	for _, more := range []string{o.arguments, b.filter} {
		if more != "" {
			arguments = append(arguments, more)
		}
	}
	if len(arguments) == 0 {
		return name
	}
	return name + "(" + strings.Join(arguments, ", ") + ")"
}

// send asks a selection of each parent, and answers a JSON list of what each says.
func (b *book) send(t *testing.T, parents []string, selection, fragments string) json.RawMessage {
	t.Helper()
	a := b.question(t, parents, selection, fragments)
	if len(a.Errors) > 0 {
		t.Fatalf("%s: %+v", selection, a.Errors)
	}
	var data map[string]json.RawMessage
	done(0, json.Unmarshal(a.Data, &data))(t)
	switch typ, _, _ := strings.Cut(b.field, "."); typ {
	case "Query":
		return json.RawMessage("[" + string(a.Data) + "]")
	case "Viewer":
		return json.RawMessage("[" + string(data["viewer"]) + "]")
	case "ModerationLog":
		return json.RawMessage("[" + string(data["moderationLog"]) + "]")
	case "ModerationCase":
		var cases []struct{ ViewerCase json.RawMessage }
		done(0, json.Unmarshal(data["nodes"], &cases))(t)
		var all []json.RawMessage
		for _, c := range cases {
			all = append(all, c.ViewerCase)
		}
		return done(json.Marshal(all))(t)
	}
	return data["nodes"]
}

// question asks a selection of each parent.
func (b *book) question(t *testing.T, parents []string, selection, fragments string) testsite.Answer {
	t.Helper()
	typ, _, _ := strings.Cut(b.field, ".")
	query, variables := "query($ids: [ID!]!) { nodes(ids: $ids) { ... on "+typ+" { "+selection+" } } }", map[string]any{"ids": parents}
	switch typ {
	case "Query":
		query, variables = "{ "+selection+" }", nil
	case "Viewer":
		query, variables = "{ viewer { "+selection+" } }", nil
	case "ModerationLog":
		query, variables = "{ moderationLog(process: "+quoted(b.w.Process.ID)+") { "+selection+" } }", nil
	case "ModerationCase": // parents are comments
		query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Comment { viewerCase { " + selection + " } } } }"
	}
	people := map[string]string{"": "", "alice": b.w.Alice.Token, "steering": b.w.Steering.Token, "admin": b.w.Admin.Token}
	return b.s.Do(t, people[b.as], query+fragments, variables)
}

// read tries everything about one order.
func (b *book) read(t *testing.T, o order) {
	want := make([][]string, len(b.parents))
	for i, parent := range b.parents {
		want[i] = b.rows(t, o, parent)
	}
	if len(want[0]) < 7 {
		t.Fatalf("only %d rows", len(want[0]))
	}
	b.whole(t, o, want)
	for _, size := range []int{1, 2, 3, len(want[0]) - 1, len(want[0]), len(want[0]) + 1} {
		b.forward(t, o, size, want[0])
		b.backward(t, o, size, want[0])
	}
	b.between(t, o, want[0])
	b.siblings(t, o, want)
	if len(b.parents) > 1 {
		b.strangers(t, o)
	}
	b.aliases(t, o, want)
	b.meanwhile(t, o)
}

// whole reads each parent's list at once, all together and one by one.
func (b *book) whole(t *testing.T, o order, want [][]string) {
	t.Helper()
	for i, page := range b.ask(t, o, b.parents, "first: 50") {
		if got := page.ids(t, b.identity()); !slices.Equal(got, want[i]) {
			t.Errorf("list %d: %v, want %v", i, got, want[i])
		}
		if page.TotalCount != len(want[i]) || page.PageInfo.HasNextPage || page.PageInfo.HasPreviousPage {
			t.Errorf("list %d: %d rows, page %+v", i, page.TotalCount, page.PageInfo)
		}
		if alone := b.ask(t, o, b.parents[i:i+1], "first: 50")[0]; !reflect.DeepEqual(alone, page) {
			t.Errorf("list %d alone: %+v, together %+v", i, alone, page)
		}
	}
}

func (b *book) forward(t *testing.T, o order, size int, want []string) {
	t.Helper()
	var seen []string
	after := ""
	for range len(want) + 2 {
		arguments := []string{fmt.Sprintf("first: %d", size)}
		if after != "" {
			arguments = append(arguments, "after: "+quoted(after))
		}
		page := b.ask(t, o, b.parents[:1], arguments...)[0]
		seen = append(seen, page.ids(t, b.identity())...)
		if page.PageInfo.HasPreviousPage != (after != "") || page.PageInfo.HasNextPage != (len(seen) < len(want)) || page.TotalCount != len(want) {
			t.Errorf("by %d, after %d of %d: %+v, %d in all", size, len(seen), len(want), page.PageInfo, page.TotalCount)
		}
		if !page.PageInfo.HasNextPage {
			break
		}
		after = *page.PageInfo.EndCursor
	}
	if !slices.Equal(seen, want) {
		t.Errorf("forward by %d: %v, want %v", size, seen, want)
	}
}

func (b *book) backward(t *testing.T, o order, size int, want []string) {
	t.Helper()
	var seen []string
	before := ""
	for range len(want) + 2 {
		arguments := []string{fmt.Sprintf("last: %d", size)}
		if before != "" {
			arguments = append(arguments, "before: "+quoted(before))
		}
		page := b.ask(t, o, b.parents[:1], arguments...)[0]
		seen = append(page.ids(t, b.identity()), seen...)
		if page.PageInfo.HasNextPage != (before != "") || page.PageInfo.HasPreviousPage != (len(seen) < len(want)) || page.TotalCount != len(want) {
			t.Errorf("back by %d, after %d of %d: %+v, %d in all", size, len(seen), len(want), page.PageInfo, page.TotalCount)
		}
		if !page.PageInfo.HasPreviousPage {
			break
		}
		before = *page.PageInfo.StartCursor
	}
	if !slices.Equal(seen, want) {
		t.Errorf("backward by %d: %v, want %v", size, seen, want)
	}
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// between reads what lies between two places, from either end: there are rows on both sides.
func (b *book) between(t *testing.T, o order, want []string) {
	t.Helper()
	all := b.ask(t, o, b.parents[:1], "first: 50")[0]
	places := []string{"after: " + quoted(all.Edges[0].Cursor), "before: " + quoted(all.Edges[len(want)-2].Cursor)}
	inside := want[1 : len(want)-2]
	for _, c := range []struct {
		size string
		want []string
	}{
		{"first: 50", inside}, {"last: 50", inside}, {"first: 2", inside[:2]}, {"last: 2", inside[len(inside)-2:]},
	} {
		page := b.ask(t, o, b.parents[:1], append([]string{c.size}, places...)...)[0]
		if got := page.ids(t, b.identity()); !slices.Equal(got, c.want) || !page.PageInfo.HasNextPage || !page.PageInfo.HasPreviousPage {
			t.Errorf("between, %s: %v with %+v, want %v", c.size, got, page.PageInfo, c.want)
		}
	}
	nothing := b.ask(t, o, b.parents[:1], "first: 2", "after: "+quoted(all.Edges[1].Cursor), "before: "+quoted(all.Edges[1].Cursor))[0]
	if got := nothing.ids(t, b.identity()); len(got) > 0 {
		t.Errorf("between a place and itself: %v", got)
	}
}

// siblings reads pages of all parents together, and compares them with those read one by one.
func (b *book) siblings(t *testing.T, o order, want [][]string) {
	t.Helper()
	for _, arguments := range [][]string{{"first: 1"}, {"last: 3"}, {}} {
		together := b.ask(t, o, b.parents, arguments...)
		for i, parent := range b.parents {
			if alone := b.ask(t, o, []string{parent}, arguments...)[0]; !reflect.DeepEqual(alone, together[i]) {
				t.Errorf("%v of list %d: together %+v, alone %+v", arguments, i, together[i], alone)
			}
			together[i].ids(t, b.identity())
		}
	}
	if len(want) == 3 && len(want[1]) == len(want[0]) {
		t.Error("all lists are alike: nothing was compared")
	}
}

// strangers asks for what follows a place of the first parent's list: that list goes on, the others refuse it, read
// together or one by one.
func (b *book) strangers(t *testing.T, o order) {
	t.Helper()
	place := b.ask(t, o, b.parents[:1], "first: 3")[0].PageInfo.EndCursor
	for _, where := range []string{"after", "before"} {
		list := "list: " + b.call(o, where+": "+quoted(*place)) + " { totalCount }"
		if len(b.ask(t, o, b.parents[:1], where+": "+quoted(*place))[0].Edges) == 0 {
			t.Errorf("nothing %s the third row", where)
		}
		for i, a := range append(b.answers(t, b.parents, list), b.answers(t, b.parents[1:], list)...) {
			if i > 0 && (a.Code != "BAD_USER_INPUT" || a.Field != where) {
				t.Errorf("%s a cursor of another list: %+v", where, a)
			}
		}
	}
}

// refusalOf is how a field is refused; Code is empty when it is not.
type refusalOf struct{ Code, Field string }

// answers says how a selection of each parent is refused.
func (b *book) answers(t *testing.T, parents []string, selection string) []refusalOf {
	t.Helper()
	if len(parents) == 0 {
		return nil
	}
	a := b.question(t, parents, selection, "")
	refused := make([]refusalOf, len(parents))
	for _, e := range a.Errors {
		code, _ := e.Extensions["code"].(string)
		field, _ := e.Extensions["field"].(string)
		refused[int(e.Path[1].(float64))] = refusalOf{code, field}
	}
	return refused
}

// aliases asks two pages of a list at once, under other names and through fragments, edges alone and counts alone.
func (b *book) aliases(t *testing.T, o order, want [][]string) {
	t.Helper()
	typ, _, _ := strings.Cut(b.field, ".")
	connection := connectionOf(b.field)
	raw := b.send(t, b.parents, `start: `+b.call(o, "first: 2")+` { ...page tc: totalCount } stop: `+b.call(o, "last: 3")+` { tc: totalCount ...page }
		...counted start: `+b.call(o, "first: 2")+` { n: nodes { i: `+b.identity()+` } }`,
		` fragment page on `+connection+` { e: edges { n: node { i: `+b.identity()+` } c: cursor } p: pageInfo { next: hasNextPage } }
		fragment counted on `+typ+` { only: `+b.call(o, "first: 1")+` { t: totalCount } }`)
	type item struct{ I string }
	type page struct {
		E []struct {
			N item
			C string
		}
		N  []item
		P  struct{ Next bool }
		TC int `json:"tc"`
		T  int
	}
	var answer []struct{ Start, Stop, Only page }
	done(0, json.Unmarshal(raw, &answer))(t)
	for i, a := range answer {
		start, stop := []string{}, []string{}
		for _, e := range a.Start.E {
			start = append(start, e.N.I)
		}
		for _, e := range a.Stop.E {
			stop = append(stop, e.N.I)
		}
		n := len(want[i])
		if !slices.Equal(start, want[i][:min(2, n)]) || !slices.Equal(stop, want[i][max(0, n-3):]) {
			t.Errorf("list %d begins with %v and ends with %v, want %v", i, start, stop, want[i])
		}
		if a.Start.TC != n || a.Stop.TC != n || a.Only.T != n || a.Start.P.Next != (n > 2) || len(a.Start.N) != min(2, n) {
			t.Errorf("list %d of %d rows: %+v", i, n, a)
		}
	}
}

// connectionOf is the name of the type of a field.
func connectionOf(field string) string {
	typ, name, _ := strings.Cut(field, ".")
	return generated.NewExecutableSchema(generated.Config{}).Schema().Types[typ].Fields.ForName(name).Type.Name()
}

// meanwhile adds and deletes rows between two pages: what was to come comes once, what was seen does not come again.
func (b *book) meanwhile(t *testing.T, o order) {
	t.Helper()
	before := b.rows(t, o, b.parents[0])
	page := b.ask(t, o, b.parents[:1], "first: 3")[0]
	seen := page.ids(t, b.identity())
	added := []string{b.add(b.w, b.parents[0]), b.add(b.w, b.parents[0])}
	gone := []string{}
	if !b.frozen {
		gone = []string{before[1], before[2], before[4]} // seen, the place where the page ends, to come
		b.remove(t, gone)
	}
	for page.PageInfo.HasNextPage {
		page = b.ask(t, o, b.parents[:1], "first: 2", "after: "+quoted(*page.PageInfo.EndCursor))[0]
		seen = append(seen, page.ids(t, b.identity())...)
	}
	for i, id := range seen {
		if slices.Contains(seen[:i], id) {
			t.Errorf("%s came twice", id)
		}
	}
	left := b.rows(t, o, b.parents[0])
	for _, id := range before[3:] {
		if !slices.Contains(seen, id) && slices.Contains(left, id) {
			t.Errorf("%s never came", id)
		}
	}
	if slices.Contains(seen, before[4]) && !b.frozen {
		t.Errorf("%s came although it was deleted", before[4])
	}
	if !b.frozen {
		b.remove(t, added)
		for range gone {
			b.add(b.w, b.parents[0])
		}
	}
}

// remove deletes rows and what hangs on them.
func (b *book) remove(t *testing.T, ids []string) {
	t.Helper()
	for _, id := range ids {
		for _, statement := range map[string][]string{
			"comments":       {"DELETE FROM comments WHERE parent_id = $1"},
			"search_entries": {"DELETE FROM comments WHERE id = $1", "DELETE FROM organizations WHERE id = $1"},
			"commitments":    {"DELETE FROM versions WHERE commitment_id = $1"},
			"processes":      {"DELETE FROM axes WHERE process_id = $1", "DELETE FROM phases WHERE process_id = $1", "DELETE FROM roles WHERE process_id = $1"},
		}[b.table] {
			b.s.sqlOn(t, statement, id)
		}
		b.s.sqlOn(t, "DELETE FROM "+b.table+" WHERE id = $1", id)
		if b.counts != "" {
			b.s.sqlOn(t, b.counts, b.parents[0])
		}
	}
}
