package change

import (
	"context"
	"database/sql"
	"errors"

	entsql "entgo.io/ent/dialect/sql"
)

type inTxKey struct{}

// ErrReaderInTx is a bug: what was read would not be what the transaction sees, and on PostgreSQL a second
// connection per transaction can exhaust the pool.
var ErrReaderInTx = errors.New("consultation: the reader is used inside a transaction")

// reader is the driver of DB.Read. It refuses contexts that In handed out.
type reader struct{ *entsql.Driver }

func (r reader) Query(ctx context.Context, query string, args, v any) error {
	if ctx.Value(inTxKey{}) != nil {
		return ErrReaderInTx
	}
	return r.Driver.Query(ctx, query, args, v)
}

func (r reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if ctx.Value(inTxKey{}) != nil {
		return nil, ErrReaderInTx
	}
	return r.Driver.QueryContext(ctx, query, args...)
}
