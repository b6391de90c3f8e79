package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"
)

// Counts are numbers of rows, by the id of the list that they are in and by a key.
type Counts map[[2]string]int

// Of is the count of a key in a list.
func (c Counts) Of(list, key string) int { return c[[2]string{list, key}] }

// counting is a query of ent whose rows can be counted.
type counting[S scanning] interface {
	Modify(changes ...func(*sql.Selector)) S
}

type scanning interface {
	Scan(ctx context.Context, rows any) error
}

// countBy counts what a query finds in one statement. list is the column that holds the id of the list; key says what else to
// count by, for which it may join other tables; count is what to count of the rows.
func countBy[S scanning](ctx context.Context, q counting[S], list string, key, count func(*sql.Selector) string) (Counts, error) {
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

// column counts by a column of the rows themselves.
func column(name string) func(*sql.Selector) string {
	return func(s *sql.Selector) string { return s.C(name) }
}

func everyRow(*sql.Selector) string { return sql.Count("*") }

// everyID counts rows once each, however often a join has them.
func everyID(s *sql.Selector) string { return sql.Count(sql.Distinct(s.C("id"))) }
