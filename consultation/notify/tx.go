package notify

import (
	"context"

	"ensemble/consultation/change"
)

// tx is a transaction with the part that it belongs to. The table of follows is tx.Tx.Follow, because Follow alone is
// the mutation.
type tx struct {
	*change.Tx
	*Notify
}

// on returns the part's view of a transaction that another part began.
func (s *Notify) on(raw *change.Tx) *tx { return &tx{raw, s} }

// inTx runs do as change.DB.In does, with the part's transaction.
func (s *Notify) inTx(ctx context.Context, do func(ctx context.Context, tx *tx) error) error {
	return s.In(ctx, func(ctx context.Context, raw *change.Tx) error { return do(ctx, s.on(raw)) })
}
