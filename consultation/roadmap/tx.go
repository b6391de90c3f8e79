package roadmap

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/ent"
	"ensemble/ent/commitment"
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
func once[T change.Made[T]](ctx context.Context, s *Roadmap, in change.Input,
	find func(ctx context.Context, id string) (T, error),
	do func(ctx context.Context, tx *tx) (T, error),
) (T, error) {
	row, _, err := change.Once(ctx, s.DB, in, find, func(ctx context.Context, raw *change.Tx) (T, error) {
		return do(ctx, s.on(raw))
	})
	return row, err
}

// onceOnCommitment does what once does for a change that returns a commitment: it comes with the position of its
// stream.
func onceOnCommitment(ctx context.Context, s *Roadmap, in change.Input,
	do func(ctx context.Context, tx *tx) (*ent.Commitment, error),
) (*ent.Commitment, error) {
	c, heads, err := change.Once(ctx, s.DB, in, s.commitmentNow,
		func(ctx context.Context, raw *change.Tx) (*ent.Commitment, error) { return do(ctx, s.on(raw)) })
	if err != nil {
		return nil, err
	}
	return public.AtHead(ctx, c, heads, s.commitmentNow)
}

// commitmentNow reads a commitment with the position of its stream.
func (s *Roadmap) commitmentNow(ctx context.Context, id string) (*ent.Commitment, error) {
	return s.public.AllCommitments().Where(commitment.ID(id)).Only(ctx)
}

// onceWithCommitment does what once does for a change that returns a row of a commitment: do puts the commitment, as it
// has left it, into the row's edges, and it comes with the position of its stream. edge returns the commitment's id and
// the place for it in the row.
func onceWithCommitment[T change.Made[T]](ctx context.Context, s *Roadmap, in change.Input,
	find func(ctx context.Context, id string) (T, error),
	edge func(T) (of string, at **ent.Commitment),
	do func(ctx context.Context, tx *tx) (T, error),
) (T, error) {
	row, heads, err := change.Once(ctx, s.DB, in, find, func(ctx context.Context, raw *change.Tx) (T, error) {
		return do(ctx, s.on(raw))
	})
	if err != nil {
		return row, err
	}

	of, at := edge(row)
	if *at == nil { // it was done before, under the same key
		*at, err = s.commitmentNow(ctx, of)
		return row, err
	}
	*at, err = public.AtHead(ctx, (*at).Unwrap(), heads, s.commitmentNow)
	return row, err
}
