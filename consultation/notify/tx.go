package notify

import (
	"ensemble/consultation/change"
)

// tx is a transaction together with the part that it belongs to. The table of follows is tx.Tx.Follow, because Follow
// alone is the mutation.
type tx struct {
	*change.Tx
	*Notify
}

// On implements change.Part.
func (s *Notify) On(raw *change.Tx) *tx { return &tx{raw, s} }
