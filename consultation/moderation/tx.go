package moderation

import (
	"context"

	"ensemble/consultation/change"
)

// tx is a transaction together with the part that it belongs to. Other parts are given tx.Tx, the kernel's. The
// tables of reports, appeals and decisions are tx.Tx.Report, tx.Tx.Appeal and tx.Tx.Moderation, because the names
// without Tx mean methods and fields of the part.
type tx struct {
	*change.Tx
	*Moderation
}

// on returns the part's view of a transaction that another part began.
func (s *Moderation) on(raw *change.Tx) *tx { return &tx{raw, s} }

// once does what change.Once does, with the part's transaction.
func once[T change.Made[T]](ctx context.Context, s *Moderation, in change.Input,
	find func(ctx context.Context, id string) (T, error),
	do func(ctx context.Context, tx *tx) (T, error),
) (T, error) {
	row, _, err := change.Once(ctx, s.DB, in, find, func(ctx context.Context, raw *change.Tx) (T, error) {
		return do(ctx, s.on(raw))
	})
	return row, err
}
