package relay

import (
	"context"
	"maps"
	"slices"
	"sync"

	"entgo.io/ent/dialect/sql"
	"github.com/99designs/gqlgen/graphql"

	"ensemble/graph/batch"
)

// List is what a connection pages through: the rows of a query in an order. With a parent column there is one such list
// for each parent, and they are read for all parents at once.
type List[T batch.Row] struct {
	Order    Order[T]
	Parent   string         // the column that has the parent's id; empty for a list without a parent
	ParentOf func(T) string // returns the value of that column
	Parents  string         // the reference by which rows reach their parent: see batch.One; empty when none does
	Filter   any            // what narrowed the query, the zero value for nothing; nil for a list that takes no filter
	find     func(ctx context.Context, window func(*sql.Selector)) ([]T, error)
	count    func(ctx context.Context, parent string, parents []string) (map[string]int, error)
}

// query has what every query that ent generates can do.
type query[Q, T any, P ~func(*sql.Selector), S scanner] interface {
	Clone() Q
	Where(...P) Q
	All(context.Context) ([]T, error)
	Modify(...func(*sql.Selector)) S
}

// scanner is a query that has become one of columns.
type scanner interface {
	Scan(context.Context, any) error
}

// Of makes a list of the rows of q. Who may see what is a condition of q. The list owns q: the caller must not use it
// any more.
func Of[Q query[Q, T, P, S], T batch.Row, P ~func(*sql.Selector), S scanner](q Q, order Order[T]) List[T] {
	return List[T]{
		Order: order,
		find: func(ctx context.Context, window func(*sql.Selector)) ([]T, error) {
			return q.Clone().Where(P(window)).All(ctx)
		},
		count: func(ctx context.Context, parent string, parents []string) (map[string]int, error) {
			var rows []tally

			err := q.Clone().Modify(func(s *sql.Selector) { countPer(s, parent, parents) }).Scan(ctx, &rows)

			counts := make(map[string]int, len(rows))
			for _, row := range rows {
				counts[row.Parent] = row.Count
			}
			return counts, err
		},
	}
}

// tally is a row of a count.
type tally struct {
	Parent string `sql:"parent"`
	Count  int    `sql:"count"`
}

// countPer makes s count the rows of each of the parents; without a parent column, all rows, as those of the parent "".
func countPer(s *sql.Selector, parent string, parents []string) {
	if parent == "" {
		s.Select(sql.As(sql.Count("*"), "count")).AppendSelectExprAs(sql.Raw("''"), "parent")
		return
	}

	s.Select(sql.As(s.C(parent), "parent"), sql.As(sql.Count("*"), "count"))
	s.Where(sql.In(s.C(parent), anys(parents)...)).GroupBy(s.C(parent))
}

// Under returns the list with a parent: column is the column that has the parent's id, parentOf returns its value.
// Nested needs it.
func (l List[T]) Under(column string, parentOf func(T) string) List[T] {
	l.Parent, l.ParentOf = column, parentOf
	return l
}

// Knowing returns the list with the reference by which rows reach their parents. The parents are in memory, so the
// reference is answered without reading them again.
func (l List[T]) Knowing(reference string) List[T] {
	l.Parents = reference
	return l
}

// By returns the list with the filter that narrowed its query. Cursors contain its hash, and FilterOf returns it.
func (l List[T]) By(filter any) List[T] {
	l.Filter = filter
	return l
}

// Through returns the list with run around each of its statements, for example to bound its time.
func (l List[T]) Through(run func(ctx context.Context, statement func(context.Context) error) error) List[T] {
	find, count := l.find, l.count

	l.find = func(ctx context.Context, window func(*sql.Selector)) (rows []T, err error) {
		err = run(ctx, func(ctx context.Context) error { rows, err = find(ctx, window); return err })
		return rows, err
	}

	l.count = func(ctx context.Context, parent string, parents []string) (counts map[string]int, err error) {
		err = run(ctx, func(ctx context.Context) error { counts, err = count(ctx, parent, parents); return err })
		return counts, err
	}

	return l
}

// name returns the name that the list of a parent has in cursors.
func (l List[T]) name(parent string) string { return l.Order.list(parent, l.Filter) }

// Connection is a page of a list. It is read when a field needs it, together with the same page of the lists of the
// parent's siblings: once for edges, nodes and pageInfo, and perhaps once more for totalCount.
type Connection[T batch.Row] struct {
	pages    *pages[T]
	parent   string                             // the parent's id; empty for a list without a parent
	total    *int                               // the length of the list; nil when it is not known yet
	count    func(context.Context) (int, error) // returns the length; nil when the rows have to be counted
	siblings any
}

// NodeID returns the id of the list's parent. With Siblings and SetSiblings it makes a Connection a batch.Row, so that
// facets of the lists of several parents are counted together.
func (c *Connection[T]) NodeID() string      { return c.parent }
func (c *Connection[T]) Siblings() any       { return c.siblings }
func (c *Connection[T]) SetSiblings(set any) { c.siblings = set }

// Edge is a row and its place in the list.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// PageInfo says where a page lies in its list.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Page makes the connection of a list without a parent. Errors: BAD_USER_INPUT for bad arguments.
func Page[T batch.Row](list List[T], args Args) (*Connection[T], error) {
	w, err := list.Order.window(args, func() string { return list.name("") })
	if err != nil {
		return nil, err
	}
	return &Connection[T]{pages: &pages[T]{list: list, window: w}}, nil
}

// Nested makes the connection of the list under row. The same page of the lists of row's siblings is read with it,
// except of those that a cursor in args does not belong to. Errors: BAD_USER_INPUT for bad arguments.
func Nested[P, T batch.Row](ctx context.Context, row P, list List[T], args Args) (*Connection[T], error) {
	shared, err := batch.Load(ctx, row, batch.Arguments(ctx), func(_ context.Context, rows []P) (*siblings[T], error) {
		p := &pages[T]{list: list}
		if list.Parents != "" {
			p.know = func(found []T) { batch.Know(found, list.Parents, rows) }
		}

		// A cursor names its list, so the arguments may be good for some parents only. The window is the same for
		// those.
		s := &siblings[T]{pages: map[string]*Connection[T]{}, refused: map[string]error{}}
		for _, row := range rows {
			parent := row.NodeID()
			w, err := list.Order.window(args, func() string { return list.name(parent) })
			if err != nil {
				s.refused[parent] = err
				continue
			}

			p.window, s.pages[parent] = w, &Connection[T]{pages: p, parent: parent}
		}

		p.parents = slices.Collect(maps.Keys(s.pages))
		batch.Together(slices.Collect(maps.Values(s.pages)))
		return s, nil
	})
	if err != nil {
		return nil, err
	}

	return shared.pages[row.NodeID()], shared.refused[row.NodeID()]
}

// siblings has the same page of the lists of several parents, by the parents' ids.
type siblings[T batch.Row] struct {
	pages   map[string]*Connection[T]
	refused map[string]error // for parents that have no such page, why
}

// Total returns c with the length of its list, which a column has already: nothing is counted.
func (c *Connection[T]) Total(n int) *Connection[T] {
	known := *c
	known.total = &n
	return &known
}

// CountedBy returns c with a function that returns the length of its list, cheaper than counting its rows.
func (c *Connection[T]) CountedBy(count func(context.Context) (int, error)) *Connection[T] {
	known := *c
	known.count = count
	return &known
}

// FilterOf returns the filter of c's list, for facets. It is false when the list has no filter of this type.
func FilterOf[F any, T batch.Row](c *Connection[T]) (F, bool) {
	f, ok := c.pages.list.Filter.(F)
	return f, ok
}

// cursors returns a function that writes the cursor of a row of the page.
func (c *Connection[T]) cursors() func(row T) string {
	list, order := c.pages.list.name(c.parent), c.pages.list.Order
	return func(row T) string { return order.cursor(list, row) }
}

// TotalCount returns the length of the whole list. It counts nothing when the page, if it is read anyway, is the whole
// list.
func (c *Connection[T]) TotalCount(ctx context.Context) (int, error) {
	if c.total != nil {
		return *c.total, nil
	}

	// A page that has no cursors and nothing beyond it is the whole list.
	if c.pages.window.after == nil && c.pages.window.before == nil && readsRows(ctx) {
		if p, err := c.pages.of(ctx, c.parent); err != nil || !p.more {
			return len(p.rows), err
		}
	}

	if c.count != nil {
		return c.count(ctx)
	}

	counts, err := c.pages.counted(ctx)
	return counts[c.parent], err
}

// readsRows reports whether the operation asks the connection for rows, beside the field that is being resolved.
func readsRows(ctx context.Context) bool {
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Parent == nil {
		return false
	}

	beside := graphql.CollectFields(graphql.GetOperationContext(ctx),
		field.Parent.Field.Selections, []string{field.Object})
	return slices.ContainsFunc(beside, func(f graphql.CollectedField) bool {
		return f.Name == "nodes" || f.Name == "edges" || f.Name == "pageInfo"
	})
}

// Nodes returns the rows of the page.
func (c *Connection[T]) Nodes(ctx context.Context) ([]T, error) {
	p, err := c.pages.of(ctx, c.parent)
	return p.rows, err
}

// Edges returns the rows of the page with their cursors.
func (c *Connection[T]) Edges(ctx context.Context) ([]*Edge[T], error) {
	p, err := c.pages.of(ctx, c.parent)

	edges, cursor := make([]*Edge[T], len(p.rows)), c.cursors()
	for i, row := range p.rows {
		edges[i] = &Edge[T]{Cursor: cursor(row), Node: row}
	}
	return edges, err
}

// PageInfo returns where the page lies in its list. Of the direction in which it does not page, it knows only the
// cursor: a page after a cursor has a previous page, since the row of the cursor comes before it. Likewise a page
// before a cursor has a next page. The Relay specification allows this answer.
func (c *Connection[T]) PageInfo(ctx context.Context) (*PageInfo, error) {
	p, err := c.pages.of(ctx, c.parent)
	w := c.pages.window

	info := &PageInfo{
		HasNextPage:     w.before != nil || p.more && !w.backward,
		HasPreviousPage: w.after != nil || p.more && w.backward,
	}

	if n := len(p.rows); n > 0 {
		cursor := c.cursors()
		first, last := cursor(p.rows[0]), cursor(p.rows[n-1])
		info.StartCursor, info.EndCursor = &first, &last
	}

	return info, err
}

// pages is the same page of the lists of several parents, read and counted at most once.
type pages[T batch.Row] struct {
	list    List[T]
	window  window
	parents []string       // their ids; empty for a list without a parent
	know    func(rows []T) // called with the rows that were read, which reach their parents then; nil for nothing

	read     sync.Once
	byParent map[string]page[T]
	readErr  error

	tally    sync.Once
	counts   map[string]int
	countErr error
}

// page is the page of one list.
type page[T any] struct {
	rows []T
	more bool // there are rows beyond the page, in the direction in which it was counted
}

// of returns the page of a parent's list. The first call reads the pages of all parents.
func (p *pages[T]) of(ctx context.Context, parent string) (page[T], error) {
	p.read.Do(func() {
		rows, err := p.list.find(ctx, func(s *sql.Selector) { p.window.apply(s, p.list.Parent, p.parents) })
		p.byParent, p.readErr = p.split(rows), err
	})
	return p.byParent[parent], p.readErr
}

// counted returns the lengths of the lists by the parents' ids. The first call counts them; a list without rows is left
// out.
func (p *pages[T]) counted(ctx context.Context) (map[string]int, error) {
	p.tally.Do(func() { p.counts, p.countErr = p.list.count(ctx, p.list.Parent, p.parents) })
	return p.counts, p.countErr
}

// split returns the page of each parent, its rows in the order of the list. The row beyond the limit, which was read
// only to see whether there are more, is left out.
func (p *pages[T]) split(rows []T) map[string]page[T] {
	lists := make(map[string][]T)
	for _, row := range rows {
		parent := ""
		if p.list.ParentOf != nil {
			parent = p.list.ParentOf(row)
		}
		lists[parent] = append(lists[parent], row)
	}

	split := make(map[string]page[T], len(lists))
	kept := make([]T, 0, len(rows))

	for parent, rows := range lists {
		more := len(rows) > p.window.limit
		if more {
			rows = rows[:p.window.limit]
		}

		if p.window.backward {
			slices.Reverse(rows)
		}

		split[parent] = page[T]{rows, more}
		kept = append(kept, rows...)
	}

	batch.Together(kept)
	if p.know != nil {
		p.know(kept)
	}

	return split
}
