package roadmap

import (
	"context"

	"ensemble/consultation/change"
)

// tx is a transaction together with the part it belongs to. Other parts are given tx.Tx, which is the one of package
// change.
type tx struct {
	*change.Tx
	*Roadmap
}

// on returns the view that this part has of a transaction which another part began.
func (s *Roadmap) on(raw *change.Tx) *tx { return &tx{raw, s} }

// inTx runs do in a transaction, as change.DB.In does, and gives it the part's view of it.
func (s *Roadmap) inTx(ctx context.Context, do func(ctx context.Context, tx *tx) error) error {
	return s.In(ctx, func(ctx context.Context, raw *change.Tx) error { return do(ctx, s.on(raw)) })
}

// once runs do in a transaction once for each idempotency key, as change.Once does, and gives it the part's view of it.
// Errors: those of change.Once.
func once[T change.Made[T]](ctx context.Context, s *Roadmap, in change.Input, find func(ctx context.Context, id string) (T, error),
	do func(ctx context.Context, tx *tx) (T, error),
) (T, error) {
	return change.Once(ctx, s.DB, in, find, func(ctx context.Context, raw *change.Tx) (T, error) { return do(ctx, s.on(raw)) })
}
