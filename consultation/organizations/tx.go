package organizations

import (
	"context"

	"ensemble/consultation/change"
)

// tx is a transaction together with the part that it belongs to. Other parts are given tx.Tx, the kernel's.
type tx struct {
	*change.Tx
	*Organizations
}

// on returns the part's view of a transaction that another part began.
func (s *Organizations) on(raw *change.Tx) *tx { return &tx{raw, s} }

// inTx does what change.DB.In does, with the part's transaction.
func (s *Organizations) inTx(ctx context.Context, do func(ctx context.Context, tx *tx) error) error {
	return s.In(ctx, func(ctx context.Context, raw *change.Tx) error { return do(ctx, s.on(raw)) })
}

// once does what change.Once does, with the part's transaction.
func once[T change.Made[T]](ctx context.Context, s *Organizations, in change.Input,
	find func(ctx context.Context, id string) (T, error),
	do func(ctx context.Context, tx *tx) (T, error),
) (T, error) {
	row, _, err := change.Once(ctx, s.DB, in, find, func(ctx context.Context, raw *change.Tx) (T, error) {
		return do(ctx, s.on(raw))
	})
	return row, err
}
