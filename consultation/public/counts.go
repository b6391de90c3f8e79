package public

import (
	"context"

	"entgo.io/ent/dialect/sql"
)

// Counts are numbers of rows, by the id of the list that the rows are in, and by a key.
type Counts map[[2]string]int

// Of returns the count of a key in a list; zero when nothing was counted.
func (c Counts) Of(list, key string) int { return c[[2]string{list, key}] }

// counting is a query of ent whose rows can be counted.
type counting[S scanning] interface {
	Modify(changes ...func(*sql.Selector)) S
}

// scanning is what such a query becomes: its rows are read into structs of our own.
type scanning interface {
	Scan(ctx context.Context, rows any) error
}

// CountBy counts, in one statement, what a query finds. list is the column with the id of the list; key returns what
// else to count by, for which it may join other tables; count returns what to count of the rows: EveryRow or EveryID.
func CountBy[S scanning](
	ctx context.Context, q counting[S], list string, key, count func(*sql.Selector) string,
) (Counts, error) {
	var rows []struct {
		List  string `sql:"list"`
		Key   string `sql:"key"`
		Count int    `sql:"count"`
	}
	err := q.Modify(func(s *sql.Selector) {
		by := key(s)
		s.Select(sql.As(s.C(list), "list"), sql.As(by, "key"), sql.As(count(s), "count")).GroupBy(s.C(list), by)
	}).Scan(ctx, &rows)

	counts := make(Counts, len(rows))
	for _, row := range rows {
		counts[[2]string{row.List, row.Key}] = row.Count
	}
	return counts, err
}

// Column returns a key for CountBy: a column of the rows themselves.
func Column(name string) func(*sql.Selector) string {
	return func(s *sql.Selector) string { return s.C(name) }
}

// EveryRow counts all rows.
func EveryRow(*sql.Selector) string { return sql.Count("*") }

// EveryID counts each row once, however often a join repeats it.
func EveryID(s *sql.Selector) string { return sql.Count(sql.Distinct(s.C("id"))) }
