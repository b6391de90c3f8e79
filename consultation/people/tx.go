package people

import (
	"context"

	"ensemble/consultation/change"
)

// tx is a transaction with the part that it belongs to. Other parts are given tx.Tx, the transaction of package change.
type tx struct {
	*change.Tx
	*Accounts
}

// on returns the part's view of a transaction that another part began.
func (s *Accounts) on(raw *change.Tx) *tx { return &tx{raw, s} }

// inTx runs do as change.DB.In does, with the part's transaction.
func (s *Accounts) inTx(ctx context.Context, do func(ctx context.Context, tx *tx) error) error {
	return s.In(ctx, func(ctx context.Context, raw *change.Tx) error { return do(ctx, s.on(raw)) })
}

// once runs do as change.Once does, with the part's transaction.
func once[T change.Made[T]](ctx context.Context, s *Accounts, in change.Input,
	find func(ctx context.Context, id string) (T, error),
	do func(ctx context.Context, tx *tx) (T, error),
) (T, error) {
	row, _, err := change.Once(ctx, s.DB, in, find, func(ctx context.Context, raw *change.Tx) (T, error) {
		return do(ctx, s.on(raw))
	})
	return row, err
}
