package processes

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/ent"
	"ensemble/ent/process"
)

// tx is a transaction together with the part it belongs to. Other parts are given tx.Tx, which is the one of package
// change.
type tx struct {
	*change.Tx
	*Processes
}

// on returns the view that this part has of a transaction which another part began.
func (s *Processes) on(raw *change.Tx) *tx { return &tx{raw, s} }

// inTx runs do in a transaction, as change.DB.In does, and gives it the part's view of it.
func (s *Processes) inTx(ctx context.Context, do func(ctx context.Context, tx *tx) error) error {
	return s.In(ctx, func(ctx context.Context, raw *change.Tx) error { return do(ctx, s.on(raw)) })
}

// once runs do in a transaction once for each idempotency key, as change.Once does, and gives it the part's view of it.
// Errors: those of change.Once.
func once[T change.Made[T]](ctx context.Context, s *Processes, in change.Input,
	find func(ctx context.Context, id string) (T, error),
	do func(ctx context.Context, tx *tx) (T, error),
) (T, error) {
	row, _, err := change.Once(ctx, s.DB, in, find,
		func(ctx context.Context, raw *change.Tx) (T, error) { return do(ctx, s.on(raw)) })
	return row, err
}

// onceOnProcess is once for what returns a process: it comes with the position of its stream.
func onceOnProcess(
	ctx context.Context, s *Processes, in change.Input, do func(ctx context.Context, tx *tx) (*ent.Process, error),
) (*ent.Process, error) {
	p, heads, err := change.Once(ctx, s.DB, in, s.processNow,
		func(ctx context.Context, raw *change.Tx) (*ent.Process, error) { return do(ctx, s.on(raw)) })
	if err != nil {
		return nil, err
	}
	return public.AtHead(ctx, p, heads, s.processNow)
}

// processNow reads a process with the position of its stream.
func (s *Processes) processNow(ctx context.Context, id string) (*ent.Process, error) {
	return s.public.AllProcesses().Where(process.ID(id)).Only(ctx)
}
