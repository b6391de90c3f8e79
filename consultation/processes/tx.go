package processes

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/process"
)

// tx is a transaction together with the part that it belongs to. Other parts are given tx.Tx, the kernel's.
type tx struct {
	*change.Tx
	*Processes
}

// On implements change.Part.
func (s *Processes) On(raw *change.Tx) *tx { return &tx{raw, s} }

// processNow reads a process with the position of its stream.
func (s *Processes) processNow(ctx context.Context, id string) (*ent.Process, error) {
	return s.public.AllProcesses().Where(process.ID(id)).Only(ctx)
}
