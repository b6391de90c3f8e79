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

// List is what a connection pages through: the rows of a query in an order. With a parent column it is
// one list per parent, read for all parents at once.
type List[T batch.Row] struct {
	Order    Order[T]
	Parent   string         // the column that holds the parent's id; empty for a list of its own
	ParentOf func(T) string // its value
	Parents  string         // the reference by which rows follow it: see batch.One; empty when they do not
	Filter   any            // what narrowed the query, the zero value for nothing; nil where there is no such choice
	find     func(ctx context.Context, window func(*sql.Selector)) ([]T, error)
	count    func(ctx context.Context, parent string, parents []string) (map[string]int, error)
}

// query is what every query that ent generates can do.
type query[Q, T any, P ~func(*sql.Selector), S scanner] interface {
	Clone() Q
	Where(...P) Q
	All(context.Context) ([]T, error)
	Modify(...func(*sql.Selector)) S
}

type scanner interface {
	Scan(context.Context, any) error
}

// Of makes a list of the rows of q, which says who may see what; it must not be used elsewhere.
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

type tally struct {
	Parent string `sql:"parent"`
	Count  int    `sql:"count"`
}

// countPer makes s count rows per parent, or all of them under the parent "".
func countPer(s *sql.Selector, parent string, parents []string) {
	if parent == "" {
		s.Select(sql.As(sql.Count("*"), "count")).AppendSelectExprAs(sql.Raw("''"), "parent")
		return
	}
	s.Select(sql.As(s.C(parent), "parent"), sql.As(sql.Count("*"), "count"))
	s.Where(sql.In(s.C(parent), anys(parents)...)).GroupBy(s.C(parent))
}

// Under says which column of the rows holds the parent, for Nested.
func (l List[T]) Under(column string, parentOf func(T) string) List[T] {
	l.Parent, l.ParentOf = column, parentOf
	return l
}

// Knowing says by which reference rows reach their parents: they have been read, and need not be again.
func (l List[T]) Knowing(reference string) List[T] {
	l.Parents = reference
	return l
}

// By says which filter the query was narrowed with: cursors hold its hash, and FilterOf returns it.
func (l List[T]) By(filter any) List[T] {
	l.Filter = filter
	return l
}

// Through has each of the list's statements run by run, which may bound its time.
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

// name names the list of a parent inside cursors.
func (l List[T]) name(parent string) string { return l.Order.list(parent, l.Filter) }

// Connection is a page of a list, read when a field needs it: edges, nodes and pageInfo share one
// query, totalCount may need its own, and the same page of the parent's siblings is read with it.
type Connection[T batch.Row] struct {
	pages    *pages[T]
	parent   string
	total    *int
	count    func(context.Context) (int, error) // nil: rows are counted
	siblings any
}

// NodeID returns the id of the list's parent. With Siblings and SetSiblings, it lets facets of the same page of several
// parents be counted together: see package batch.
func (c *Connection[T]) NodeID() string      { return c.parent }
func (c *Connection[T]) Siblings() any       { return c.siblings }
func (c *Connection[T]) SetSiblings(set any) { c.siblings = set }

// Edge is a row and its place.
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

// Page makes the connection of a list of its own. Errors: BAD_USER_INPUT for bad arguments.
func Page[T batch.Row](list List[T], args Args) (*Connection[T], error) {
	w, err := list.Order.window(args, func() string { return list.name("") })
	if err != nil {
		return nil, err
	}
	return &Connection[T]{pages: &pages[T]{list: list, window: w}}, nil
}

// Nested makes the connection of row's list; the lists of row's siblings are read with it, but for those that a cursor
// does not belong to. Errors: BAD_USER_INPUT for bad arguments.
func Nested[P, T batch.Row](ctx context.Context, row P, list List[T], args Args) (*Connection[T], error) {
	shared, err := batch.Load(ctx, row, batch.Arguments(ctx), func(_ context.Context, rows []P) (*siblings[T], error) {
		p := &pages[T]{list: list}

		if list.Parents != "" {
			p.know = func(found []T) { batch.Know(found, list.Parents, rows) }
		}

		s := &siblings[T]{pages: map[string]*Connection[T]{}, refused: map[string]error{}}

		for _, row := range rows {
			parent := row.NodeID()
			w, err := list.Order.window(args, func() string { return list.name(parent) })
			if err != nil {
				s.refused[parent] = err
				continue
			}

			p.window, s.pages[parent] = w, &Connection[T]{pages: p, parent: parent} // one window for all that it fits
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

// siblings are the same page of several parents' lists, by parent, and why there is none of others.
type siblings[T batch.Row] struct {
	pages   map[string]*Connection[T]
	refused map[string]error
}

// Total returns c spared its count, where a column already holds it.
func (c *Connection[T]) Total(n int) *Connection[T] {
	known := *c
	known.total = &n
	return &known
}

// CountedBy returns c with a cheaper count than that of its rows.
func (c *Connection[T]) CountedBy(count func(context.Context) (int, error)) *Connection[T] {
	known := *c
	known.count = count
	return &known
}

// FilterOf returns the filter of c's list, for facets; false for a list that has no filter of this kind.
func FilterOf[F any, T batch.Row](c *Connection[T]) (F, bool) {
	f, ok := c.pages.list.Filter.(F)
	return f, ok
}

// cursors writes the places of rows of the page.
func (c *Connection[T]) cursors() func(row T) string {
	list, order := c.pages.list.name(c.parent), c.pages.list.Order
	return func(row T) string { return order.cursor(list, row) }
}

// TotalCount counts the whole list: by itself where the page, asked for as well, is all of it.
func (c *Connection[T]) TotalCount(ctx context.Context) (int, error) {
	if c.total != nil {
		return *c.total, nil
	}

	// A page that starts at the beginning and is not full says how many there are.
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

// readsRows reports whether the connection is asked for its rows beside the field being resolved.
func readsRows(ctx context.Context) bool {
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Parent == nil {
		return false
	}
	beside := graphql.CollectFields(graphql.GetOperationContext(ctx), field.Parent.Field.Selections, []string{field.Object})
	return slices.ContainsFunc(beside, func(f graphql.CollectedField) bool {
		return f.Name == "nodes" || f.Name == "edges" || f.Name == "pageInfo"
	})
}

// Nodes returns the rows of the page.
func (c *Connection[T]) Nodes(ctx context.Context) ([]T, error) {
	p, err := c.pages.of(ctx, c.parent)
	return p.rows, err
}

// Edges returns the rows of the page with their places.
func (c *Connection[T]) Edges(ctx context.Context) ([]*Edge[T], error) {
	p, err := c.pages.of(ctx, c.parent)
	edges, cursor := make([]*Edge[T], len(p.rows)), c.cursors()
	for i, row := range p.rows {
		edges[i] = &Edge[T]{Cursor: cursor(row), Node: row}
	}
	return edges, err
}

// PageInfo says where the page lies. Before the page there is something when it begins after a cursor, after it when
// it ends before one: what the cursor stands for (the Relay specification allows this answer).
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

// pages are the same page of the lists of several parents.
type pages[T batch.Row] struct {
	list    List[T]
	window  window
	parents []string // empty for a list of its own
	know    func(rows []T)

	read     sync.Once
	byParent map[string]page[T]
	readErr  error

	tally    sync.Once
	counts   map[string]int
	countErr error
}

type page[T any] struct {
	rows []T
	more bool // beyond the page, in its direction
}

func (p *pages[T]) of(ctx context.Context, parent string) (page[T], error) {
	p.read.Do(func() {
		rows, err := p.list.find(ctx, func(s *sql.Selector) { p.window.apply(s, p.list.Parent, p.parents) })
		p.byParent, p.readErr = p.split(rows), err
	})
	return p.byParent[parent], p.readErr
}

func (p *pages[T]) counted(ctx context.Context) (map[string]int, error) {
	p.tally.Do(func() { p.counts, p.countErr = p.list.count(ctx, p.list.Parent, p.parents) })
	return p.counts, p.countErr
}

// split gives each parent its rows, in reading order, without the one that only tells there is more.
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
