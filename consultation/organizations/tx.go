package organizations

import (
	"ensemble/consultation/change"
)

// tx is a transaction together with the part that it belongs to. Other parts are given tx.Tx, the kernel's.
type tx struct {
	*change.Tx
	*Organizations
}

// On implements change.Part.
func (s *Organizations) On(raw *change.Tx) *tx { return &tx{raw, s} }
