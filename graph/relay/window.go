package relay

import (
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/refusal"
)

// Sizes of pages, in rows.
const (
	DefaultPage = 20 // when no size is asked for
	MaxPage     = 50 // the largest that may be asked for
)

// Args has the four arguments of a connection; nil for those that are absent.
type Args struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// window is a page that a list is asked for: at most limit of the rows between two places.
type window struct {
	columns       []string // of the order, in SQL
	after, before []any    // values of the columns; nil for the beginning and the end of the list
	limit         int
	desc          bool // the list descends
	backward      bool // the rows are the last ones between the places, not the first
}

// window checks the arguments of a connection. list returns the name of the list; it is called only when there is a
// cursor. Errors: BAD_USER_INPUT on the argument that is wrong.
func (o Order[T]) window(args Args, list func() string) (window, error) {
	w := window{desc: o.Desc, limit: DefaultPage}
	for _, c := range o.Columns {
		w.columns = append(w.columns, c.Name)
	}

	if args.First != nil && args.Last != nil {
		return w, refusal.BadInput("last", "Ask for first or for last, not for both.")
	}

	size, field := args.First, "first"
	if args.Last != nil {
		size, field, w.backward = args.Last, "last", true
	}

	if size != nil {
		if *size < 1 || *size > MaxPage {
			return w, refusal.BadInput(field, "Ask for 1 to %d items.", MaxPage)
		}
		w.limit = *size
	}

	var err error
	if args.After != nil {
		if w.after, err = o.place(list(), *args.After); err != nil {
			return w, refusal.BadInput("after", "This is not a cursor of this list and order.")
		}
	}

	if args.Before != nil {
		if w.before, err = o.place(list(), *args.Before); err != nil {
			return w, refusal.BadInput("before", "This is not a cursor of this list and order.")
		}
	}

	return w, nil
}

// apply narrows s to the window and one row more, which shows that there are rows beyond it. With several parents it
// takes that many rows of each: on PostgreSQL by LATERAL, whose cost grows with the page and not with the lists, on
// SQLite, which has no LATERAL, by ROW_NUMBER.
func (w window) apply(s *sql.Selector, parent string, parents []string) {
	s.OrderExpr(w.ordering(s))

	switch {
	case len(parents) == 0:
		w.between(s)
		s.Limit(w.limit + 1)
	case len(parents) == 1:
		s.Where(sql.EQ(s.C(parent), parents[0]))
		w.between(s)
		s.Limit(w.limit + 1)
	case s.Dialect() == dialect.Postgres:
		s.SetP(sql.In(s.C("id"), w.lateral(s, parent, parents)))
	default:
		s.SetP(sql.In(s.C("id"), w.numbered(s, parent, parents)))
	}
}

// between narrows s to the rows after one place and before the other. A comparison of rows, (a, b) > (1, 2), is one
// range of an index.
func (w window) between(s *sql.Selector) {
	columns := make([]string, len(w.columns))
	for i, c := range w.columns {
		columns[i] = s.C(c)
	}

	above, below := sql.CompositeGT, sql.CompositeLT
	if w.desc {
		above, below = below, above
	}

	if w.after != nil {
		s.Where(above(columns, w.after...))
	}

	if w.before != nil {
		s.Where(below(columns, w.before...))
	}
}

// ordering returns the ORDER BY of s, which begins at the end of the list when the page is counted backward. It writes
// the columns with the name that s has now, not with an alias that s gets later.
func (w window) ordering(s *sql.Selector) sql.Querier {
	columns := make([]string, len(w.columns))
	for i, c := range w.columns {
		columns[i] = s.C(c)
	}

	return sql.ExprFunc(func(b *sql.Builder) {
		for i, c := range columns {
			if i > 0 {
				b.Comma()
			}
			b.Ident(c)
			if w.desc != w.backward {
				b.WriteString(" DESC")
			}
		}
	})
}

// lateral returns the statement that selects the ids of the rows of each parent's window, on PostgreSQL:
//
//	SELECT pick.id FROM unnest($1::text[]) AS parents(id), LATERAL (SELECT … WHERE … = parents.id …) AS pick
func (w window) lateral(s *sql.Selector, parent string, parents []string) *sql.Selector {
	pick := w.inner(s)
	pick.Where(sql.P(func(b *sql.Builder) { b.Ident(pick.C(parent)).WriteString(" = parents.id") }))
	w.between(pick)
	pick.Select(pick.C("id")).OrderExpr(w.ordering(pick)).Limit(w.limit + 1)

	return sql.Dialect(s.Dialect()).SelectExpr(sql.Raw("pick.id")).FromExpr(sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("unnest(").Arg(parents).WriteString("::text[]) AS parents(id), LATERAL ")
		b.Wrap(func(b *sql.Builder) { b.Join(pick) }).WriteString(" AS pick")
	}))
}

// numbered returns the same statement for SQLite. It numbers the rows of each parent's list, and selects those up to
// the limit:
//
//	SELECT id FROM (SELECT …, ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) AS place …) AS ranked WHERE place <= $1
func (w window) numbered(s *sql.Selector, parent string, parents []string) *sql.Selector {
	ranked := w.inner(s)
	ranked.Where(sql.In(ranked.C(parent), anys(parents)...))
	w.between(ranked)

	parentColumn, ordering := ranked.C(parent), w.ordering(ranked) // named before the alias is set
	ranked.Select(ranked.C("id")).AppendSelectExprAs(sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("ROW_NUMBER() OVER (PARTITION BY ").Ident(parentColumn)
		b.WriteString(" ORDER BY ").Join(ordering).WriteByte(')')
	}), "place")
	ranked.As("ranked")

	return sql.Dialect(s.Dialect()).Select("id").From(ranked).Where(sql.LTE("place", w.limit+1))
}

// inner returns a new selection from the table of s, with the conditions that s has so far.
func (w window) inner(s *sql.Selector) *sql.Selector {
	table := sql.Dialect(s.Dialect()).Select().From(sql.Table(s.TableName()))
	if p := s.P(); p != nil {
		table.Where(p)
	}
	return table
}

// anys returns values as arguments of a statement.
func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
