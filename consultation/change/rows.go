package change

import (
	"context"

	"entgo.io/ent/dialect/sql"
)

// QueryOf is a query of ent, of any table, as registries ask it: for rows with certain ids, or in the order of their
// ids.
type QueryOf[Q, T any, P, O ~func(*sql.Selector)] interface {
	Where(conditions ...P) Q
	Order(orders ...O) Q
	Limit(n int) Q
	All(ctx context.Context) ([]T, error)
}

// Lockable is a query whose rows can be locked in a transaction, and which can ask for ids alone.
type Lockable[Q, T any, P, O ~func(*sql.Selector)] interface {
	QueryOf[Q, T, P, O]
	IDs(ctx context.Context) ([]string, error)
	ForShare(options ...sql.LockOption) Q
}

// Following narrows a query to the rows after an id, at most limit, in the order of ids. "" is before every id.
func Following[Q QueryOf[Q, T, P, O], T any, P, O ~func(*sql.Selector)](q Q, after string, limit int) Q {
	return q.Where(P(sql.FieldGT("id", after))).Order(O(sql.OrderByField("id").ToFunc())).Limit(limit)
}

// Nodes returns rows of one kind as nodes of any kind, in their order, with the error as it is.
func Nodes[T Node](rows []T, err error) ([]Node, error) {
	all := make([]Node, len(rows))
	for i, row := range rows {
		all[i] = row
	}
	return all, err
}

// Anys returns values, in their order, as arguments of any type.
func Anys[T any](values []T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

// CountBySubject counts rows by their column subject_id: scan is the Scan of a query that groups by it and counts. What
// has no rows is not in the map.
func CountBySubject(ctx context.Context, scan func(ctx context.Context, into any) error) (map[string]int, error) {
	var rows []struct {
		SubjectID string `sql:"subject_id"`
		Count     int
	}
	err := scan(ctx, &rows)

	counts := make(map[string]int, len(rows))
	for _, row := range rows {
		counts[row.SubjectID] = row.Count
	}
	return counts, err
}
