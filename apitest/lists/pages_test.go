package lists_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ensemble/graph/generated"
	"ensemble/internal/testsite"
)

// read reads the list in one order in every way, before rows come and go and while they do.
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

// forward reads the first parent's list from its beginning to its end, size rows at a time.
func (b *book) forward(t *testing.T, o order, size int, want []string) {
	t.Helper()
	var seen []string
	after := ""
	for range len(want) + 2 {
		arguments := []string{fmt.Sprintf("first: %d", size)}
		if after != "" {
			arguments = append(arguments, "after: "+strconv.Quote(after))
		}
		page := b.ask(t, o, b.parents[:1], arguments...)[0]

		seen = append(seen, page.ids(t, b.identity())...)
		info := page.PageInfo
		if info.HasPreviousPage != (after != "") || info.HasNextPage != (len(seen) < len(want)) ||
			page.TotalCount != len(want) {
			t.Errorf("by %d, after %d of %d: %+v, %d in all", size, len(seen), len(want), info, page.TotalCount)
		}
		if !info.HasNextPage {
			break
		}
		after = *info.EndCursor
	}

	if !slices.Equal(seen, want) {
		t.Errorf("forward by %d: %v, want %v", size, seen, want)
	}
}

// backward reads the first parent's list from its end to its beginning, size rows at a time.
func (b *book) backward(t *testing.T, o order, size int, want []string) {
	t.Helper()
	var seen []string
	before := ""
	for range len(want) + 2 {
		arguments := []string{fmt.Sprintf("last: %d", size)}
		if before != "" {
			arguments = append(arguments, "before: "+strconv.Quote(before))
		}
		page := b.ask(t, o, b.parents[:1], arguments...)[0]

		seen = append(page.ids(t, b.identity()), seen...)
		info := page.PageInfo
		if info.HasNextPage != (before != "") || info.HasPreviousPage != (len(seen) < len(want)) ||
			page.TotalCount != len(want) {
			t.Errorf("back by %d, after %d of %d: %+v, %d in all", size, len(seen), len(want), info, page.TotalCount)
		}
		if !info.HasPreviousPage {
			break
		}
		before = *info.StartCursor
	}

	if !slices.Equal(seen, want) {
		t.Errorf("backward by %d: %v, want %v", size, seen, want)
	}
}

// between reads what lies between two places, from either end: there are rows on both sides.
func (b *book) between(t *testing.T, o order, want []string) {
	t.Helper()
	all := b.ask(t, o, b.parents[:1], "first: 50")[0]
	places := []string{
		"after: " + strconv.Quote(all.Edges[0].Cursor),
		"before: " + strconv.Quote(all.Edges[len(want)-2].Cursor),
	}

	inside := want[1 : len(want)-2]
	for _, c := range []struct {
		size string
		want []string
	}{
		{"first: 50", inside},
		{"last: 50", inside},
		{"first: 2", inside[:2]},
		{"last: 2", inside[len(inside)-2:]},
	} {
		page := b.ask(t, o, b.parents[:1], append([]string{c.size}, places...)...)[0]
		info := page.PageInfo
		if got := page.ids(t, b.identity()); !slices.Equal(got, c.want) || !info.HasNextPage || !info.HasPreviousPage {
			t.Errorf("between, %s: %v with %+v, want %v", c.size, got, info, c.want)
		}
	}

	place := strconv.Quote(all.Edges[1].Cursor)
	nothing := b.ask(t, o, b.parents[:1], "first: 2", "after: "+place, "before: "+place)[0]
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

// strangers asks for what follows a place of the first parent's list, and for what is before it: that list goes on, the
// others refuse the place, read together or one by one.
func (b *book) strangers(t *testing.T, o order) {
	t.Helper()
	place := b.ask(t, o, b.parents[:1], "first: 3")[0].PageInfo.EndCursor

	for _, where := range []string{"after", "before"} {
		argument := where + ": " + strconv.Quote(*place)
		if len(b.ask(t, o, b.parents[:1], argument)[0].Edges) == 0 {
			t.Errorf("nothing %s the third row", where)
		}

		list := "list: " + b.call(o, argument) + " { totalCount }"
		for i, a := range append(b.answers(t, b.parents, list), b.answers(t, b.parents[1:], list)...) {
			if i > 0 && (a.Code != "BAD_USER_INPUT" || a.Field != where) {
				t.Errorf("%s a cursor of another list: %+v", where, a)
			}
		}
	}
}

// refusalOf is how a field is refused; Code is "" if it is not.
type refusalOf struct{ Code, Field string }

// answers returns how a selection of each parent is refused, if it is.
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

// aliases asks two pages of a list at once, under other names and through fragments, and edges and counts apart.
func (b *book) aliases(t *testing.T, o order, want [][]string) {
	t.Helper()
	typ, _, _ := strings.Cut(b.field, ".")
	connection := connectionOf(b.field)
	raw := b.send(t, b.parents, `
		start: `+b.call(o, "first: 2")+` { ...page tc: totalCount }
		stop: `+b.call(o, "last: 3")+` { tc: totalCount ...page }
		...counted
		start: `+b.call(o, "first: 2")+` { n: nodes { i: `+b.identity()+` } }`, `
		fragment page on `+connection+` {
			e: edges { n: node { i: `+b.identity()+` } c: cursor }
			p: pageInfo { next: hasNextPage }
		}
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
	testsite.Must(t, json.Unmarshal(raw, &answer))

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
		if a.Start.TC != n || a.Stop.TC != n || a.Only.T != n || a.Start.P.Next != (n > 2) ||
			len(a.Start.N) != min(2, n) {
			t.Errorf("list %d of %d rows: %+v", i, n, a)
		}
	}
}

// connectionOf is the name of the type of a field.
func connectionOf(field string) string {
	typ, name, _ := strings.Cut(field, ".")
	return generated.NewExecutableSchema(generated.Config{}).Schema().Types[typ].Fields.ForName(name).Type.Name()
}

// meanwhile adds and deletes rows between two pages: each row that was to come comes once, and what was seen does not
// come again.
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
		page = b.ask(t, o, b.parents[:1], "first: 2", "after: "+strconv.Quote(*page.PageInfo.EndCursor))[0]
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

	// Later orders find as many rows as before.
	if !b.frozen {
		b.remove(t, added)
		for range gone {
			b.add(b.w, b.parents[0])
		}
	}
}

// remove deletes rows and what refers to them.
func (b *book) remove(t *testing.T, ids []string) {
	t.Helper()
	for _, id := range ids {
		for _, statement := range map[string][]string{
			"comments":       {"DELETE FROM comments WHERE parent_id = $1"},
			"search_entries": {"DELETE FROM comments WHERE id = $1", "DELETE FROM organizations WHERE id = $1"},
			"commitments":    {"DELETE FROM versions WHERE commitment_id = $1"},
			"processes": {
				"DELETE FROM axes WHERE process_id = $1",
				"DELETE FROM phases WHERE process_id = $1",
				"DELETE FROM roles WHERE process_id = $1",
			},
		}[b.table] {
			b.s.SQL(t, statement, id)
		}

		b.s.SQL(t, "DELETE FROM "+b.table+" WHERE id = $1", id)
		if b.counts != "" {
			b.s.SQL(t, b.counts, b.parents[0])
		}
	}
}
