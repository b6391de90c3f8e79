package moderation

import (
	"ensemble/consultation/change"
)

// tx is a transaction together with the part that it belongs to. Other parts are given tx.Tx, the kernel's. The
// tables of reports, appeals and decisions are tx.Tx.Report, tx.Tx.Appeal and tx.Tx.Moderation, because the names
// without Tx mean methods and fields of the part.
type tx struct {
	*change.Tx
	*Moderation
}

// On implements change.Part.
func (s *Moderation) On(raw *change.Tx) *tx { return &tx{raw, s} }
