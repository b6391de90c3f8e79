package processes

import (
	"time"

	"ensemble/ent"
)

// Openings say what the phases of a process that are open at one moment allow, together.
type Openings struct {
	Comments            bool
	Supports            bool
	AmendmentSubmission bool
	AmendmentDecision   bool
	AmendmentPromotion  bool
}

// IsOpen says whether the phase is open at the moment: from its start on, and until just before its end. Without an
// end, it stays open.
func IsOpen(p *ent.Phase, at time.Time) bool {
	return !at.Before(p.OpensAt) && (p.ClosesAt == nil || at.Before(*p.ClosesAt))
}

// OpeningsAt returns what the phases that are open at the moment allow together.
func OpeningsAt(phases []*ent.Phase, at time.Time) Openings {
	var o Openings
	for _, p := range phases {
		if !IsOpen(p, at) {
			continue
		}

		o.Comments = o.Comments || p.Comments
		o.Supports = o.Supports || p.Supports
		o.AmendmentSubmission = o.AmendmentSubmission || p.AmendmentSubmission
		o.AmendmentDecision = o.AmendmentDecision || p.AmendmentDecision
		o.AmendmentPromotion = o.AmendmentPromotion || p.AmendmentPromotion
	}
	return o
}
