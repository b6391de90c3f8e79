package people

import (
	"ensemble/consultation/change"
)

// tx is a transaction together with the part that it belongs to. Other parts are given tx.Tx, the kernel's.
type tx struct {
	*change.Tx
	*Accounts
}

// On implements change.Part.
func (s *Accounts) On(raw *change.Tx) *tx { return &tx{raw, s} }
