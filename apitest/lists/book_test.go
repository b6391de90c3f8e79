package lists_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
)

// book is a list with rows in it.
type book struct {
	list
	s       *testsite.Logged
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

// rows are the ids that a parent's list must have, in order, as the database says and not what is tested.
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
	statement := "SELECT id, " + o.column + " FROM " + b.table + " WHERE " + strings.Join(where, " AND ")
	found := testsite.Got(b.s.Store.Write.QueryContext(t.Context(), statement, args...))(t)
	defer func() { _ = found.Close() }()

	type row struct {
		id  string
		key any
	}
	var all []row
	for found.Next() {
		var r row
		testsite.Must(t, found.Scan(&r.id, &r.key))
		all = append(all, r)
	}
	testsite.Must(t, found.Err())

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

// compareKeys compares two sort keys as the database sorts them: numbers, times, or texts.
func compareKeys(a, b any) int {
	switch a := a.(type) {
	case int64:
		return cmp.Compare(a, b.(int64))
	case time.Time:
		return a.Compare(b.(time.Time))
	}
	return strings.Compare(fmt.Sprintf("%s", a), fmt.Sprintf("%s", b))
}

// leaf is a page as the API answers it.
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

// ids are the ids of the page's rows, in the field shown. It asks that nodes, edges and places agree.
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
		t.Errorf("a page from %s to %s whose rows are from %s to %s",
			*start, *end, l.Edges[0].Cursor, l.Edges[n-1].Cursor)
	}
	return nodes
}

// identity is the field by which rows are told apart.
func (b *book) identity() string { return cmp.Or(b.shown, "id") }

// ask reads the same page of the lists of several parents in one operation.
func (b *book) ask(t *testing.T, o order, parents []string, arguments ...string) []leaf {
	t.Helper()
	node := "{ " + b.identity() + " }"
	raw := b.send(t, parents, "list: "+b.call(o, arguments...)+
		" { totalCount nodes "+node+" edges { cursor node "+node+" }"+
		" pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }", "")
	var answer []struct{ List leaf }
	testsite.Must(t, json.Unmarshal(raw, &answer))

	leaves := make([]leaf, len(answer))
	for i, a := range answer {
		leaves[i] = a.List
	}
	return leaves
}

// call is the field with its arguments, for an order and the filter of the list.
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

// send asks a selection of each parent, which must not be refused. It returns a JSON list with an answer for each.
func (b *book) send(t *testing.T, parents []string, selection, fragments string) json.RawMessage {
	t.Helper()
	a := b.question(t, parents, selection, fragments)
	if len(a.Errors) > 0 {
		t.Fatalf("%s: %+v", selection, a.Errors)
	}

	var data map[string]json.RawMessage
	testsite.Must(t, json.Unmarshal(a.Data, &data))

	switch typ, _, _ := strings.Cut(b.field, "."); typ {
	case "Query":
		return json.RawMessage("[" + string(a.Data) + "]")
	case "Viewer":
		return json.RawMessage("[" + string(data["viewer"]) + "]")
	case "ModerationLog":
		return json.RawMessage("[" + string(data["moderationLog"]) + "]")
	case "ModerationCase":
		var cases []struct{ ViewerCase json.RawMessage }
		testsite.Must(t, json.Unmarshal(data["nodes"], &cases))
		var all []json.RawMessage
		for _, c := range cases {
			all = append(all, c.ViewerCase)
		}
		return testsite.Got(json.Marshal(all))(t)
	}
	return data["nodes"]
}

// question asks a selection of each parent, as whoever may see the list.
func (b *book) question(t *testing.T, parents []string, selection, fragments string) testsite.Answer {
	t.Helper()
	typ, _, _ := strings.Cut(b.field, ".")
	query := "query($ids: [ID!]!) { nodes(ids: $ids) { ... on " + typ + " { " + selection + " } } }"
	variables := map[string]any{"ids": parents}
	switch typ {
	case "Query":
		query, variables = "{ "+selection+" }", nil
	case "Viewer":
		query, variables = "{ viewer { "+selection+" } }", nil
	case "ModerationLog":
		query, variables = "{ moderationLog(process: "+strconv.Quote(b.w.Process.ID)+") { "+selection+" } }", nil
	case "ModerationCase": // parents are comments
		query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Comment { viewerCase { " + selection + " } } } }"
	}

	people := map[string]string{
		"": "", "alice": b.w.Alice.Token, "steering": b.w.Steering.Token, "admin": b.w.Admin.Token,
	}
	return b.s.Do(t, people[b.as], query+fragments, variables)
}
