package change

import (
	"context"
	"database/sql"
	"errors"

	entsql "entgo.io/ent/dialect/sql"
)

// inTxKey is the key of contexts that In hands out.
type inTxKey struct{}

// ErrReaderInTx means that the program has a bug: DB.Read was used inside a transaction. What it reads is not what the
// transaction sees, and on PostgreSQL a second connection for each transaction can use up the pool.
var ErrReaderInTx = errors.New("change: DB.Read is used inside a transaction")

// guarded is the driver of DB.Read. It refuses contexts that In handed out, with ErrReaderInTx.
type guarded struct{ *entsql.Driver }

func (r guarded) Query(ctx context.Context, query string, args, v any) error {
	if ctx.Value(inTxKey{}) != nil {
		return ErrReaderInTx
	}
	return r.Driver.Query(ctx, query, args, v)
}

func (r guarded) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if ctx.Value(inTxKey{}) != nil {
		return nil, ErrReaderInTx
	}
	return r.Driver.QueryContext(ctx, query, args...)
}
