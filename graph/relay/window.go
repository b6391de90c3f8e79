package relay

import (
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/refusal"
)

// Page sizes: what is read when nothing is asked, and the most that may be asked.
const (
	DefaultPage = 20
	MaxPage     = 50
)

// Args are the four arguments of a connection.
type Args struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// window is a page asked of a list: limit rows after and before two places, counted from the end when
// backward.
type window struct {
	columns       []string
	after, before []any
	limit         int
	desc          bool
	backward      bool
}

// window checks the arguments of a list, which is only named when there are cursors. Errors: BAD_USER_INPUT on the
// argument that is wrong.
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

// apply narrows s to the window, plus one row that tells whether there is more. With several parents it
// takes that many rows of each: by LATERAL on PostgreSQL, whose cost follows the page and not the
// list, by ROW_NUMBER on SQLite, which has no LATERAL.
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

// between keeps the rows after one place and before the other.
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

// ordering returns the ORDER BY of s, from the end when the page is counted backward. It names the columns as s is
// called now: an alias that s is given later is for others.
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

func (w window) numbered(s *sql.Selector, parent string, parents []string) *sql.Selector {
	ranked := w.inner(s)
	ranked.Where(sql.In(ranked.C(parent), anys(parents)...))
	w.between(ranked)
	parentColumn, ordering := ranked.C(parent), w.ordering(ranked)
	ranked.Select(ranked.C("id")).AppendSelectExprAs(sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("ROW_NUMBER() OVER (PARTITION BY ").Ident(parentColumn)
		b.WriteString(" ORDER BY ").Join(ordering).WriteByte(')')
	}), "place")
	ranked.As("ranked")
	return sql.Dialect(s.Dialect()).Select("id").From(ranked).Where(sql.LTE("place", w.limit+1))
}

// inner selects from the table of s under the conditions that s has so far.
func (w window) inner(s *sql.Selector) *sql.Selector {
	table := sql.Dialect(s.Dialect()).Select().From(sql.Table(s.TableName()))
	if p := s.P(); p != nil {
		table.Where(p)
	}
	return table
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
