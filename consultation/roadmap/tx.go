package roadmap

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/ent"
	"ensemble/ent/commitment"
)

// tx is a transaction together with the part that it belongs to. Other parts are given tx.Tx, the kernel's.
type tx struct {
	*change.Tx
	*Roadmap
}

// On implements change.Part.
func (s *Roadmap) On(raw *change.Tx) *tx { return &tx{raw, s} }

// commitmentNow reads a commitment with the position of its stream.
func (s *Roadmap) commitmentNow(ctx context.Context, id string) (*ent.Commitment, error) {
	return s.public.AllCommitments().Where(commitment.ID(id)).Only(ctx)
}

// onceWithCommitment does what change.Once does for a change that returns a row of a commitment: do puts the
// commitment, as it has left it, into the row's edges, and it comes with the position of its stream. edge returns the
// commitment's id and the place for it in the row.
func onceWithCommitment[T change.Made[T]](ctx context.Context, s *Roadmap, in change.Input,
	find func(ctx context.Context, id string) (T, error),
	edge func(T) (of string, at **ent.Commitment),
	do func(ctx context.Context, tx *tx) (T, error),
) (T, error) {
	row, heads, err := change.OnceWithHeads(ctx, s, in, find, do)
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
