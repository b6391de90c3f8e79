package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"
)

// queryOf is a query of ent, of any table, as registries ask it: for rows with certain ids, or in the order of their ids.
type queryOf[Q, T any, P, O ~func(*sql.Selector)] interface {
	Where(conditions ...P) Q
	Order(orders ...O) Q
	Limit(n int) Q
	All(ctx context.Context) ([]T, error)
}

// lockable is a query whose rows can be locked in a transaction, and which can ask for ids alone.
type lockable[Q, T any, P, O ~func(*sql.Selector)] interface {
	queryOf[Q, T, P, O]
	IDs(ctx context.Context) ([]string, error)
	ForShare(options ...sql.LockOption) Q
}

// following narrows a query to the rows after an id, at most so many, in the order of ids. "" is before every id.
func following[Q queryOf[Q, T, P, O], T any, P, O ~func(*sql.Selector)](q Q, after string, limit int) Q {
	return q.Where(P(sql.FieldGT("id", after))).Order(O(sql.OrderByField("id").ToFunc())).Limit(limit)
}

// nodes forgets which kind rows are of.
func nodes[T node](rows []T, err error) ([]node, error) {
	all := make([]node, len(rows))
	for i, row := range rows {
		all[i] = row
	}
	return all, err
}
