package processes

import (
	"context"
	"fmt"
	"time"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/phase"
	"ensemble/ent/predicate"
	"ensemble/live"
)

// announcePhases is the name of the job that announces which phases open and close. It runs every second.
const announcePhases = "announce phases"

// announcePhases announces, once each, that a phase of a public process opened or closed. It takes change.JobBatch
// phases at most; the next run finds the others.
func (s *Processes) announcePhases(ctx context.Context) error {
	now := s.Moment()
	due, err := s.public.PublicPhases().Where(phase.Or(toOpen(now), toClose(now))).
		Order(phase.ByOpensAt()).Limit(change.JobBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find phases to announce: %w", err)
	}
	return change.Each(due, "announce phase", func(p *ent.Phase) error { return s.announcePhase(ctx, p) })
}

// toOpen matches the phases whose opening is due to be announced, and toClose those whose closing is.
func toOpen(now time.Time) predicate.Phase {
	return phase.And(phase.AnnouncedEQ(phase.AnnouncedNOTHING), phase.OpensAtLTE(now))
}

func toClose(now time.Time) predicate.Phase {
	return phase.And(phase.AnnouncedEQ(phase.AnnouncedOPENED), phase.ClosesAtLTE(now))
}

// announcePhase announces the next step of p, its opening or its closing, unless somebody else did, or its dates
// changed meanwhile.
func (s *Processes) announcePhase(ctx context.Context, p *ent.Phase) error {
	due, to, event := toOpen(s.Moment()), phase.AnnouncedOPENED, live.PhaseOpened
	if p.Announced == phase.AnnouncedOPENED {
		due, to, event = toClose(s.Moment()), phase.AnnouncedCLOSED, live.PhaseClosed
	}

	// The update finds no row if the step is not due any more, or is done.
	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		n, err := tx.Phase.Update().Where(phase.ID(p.ID), due).SetAnnounced(to).Save(ctx)
		if err == nil && n == 1 {
			tx.Record(live.Event{Topic: p.ProcessID, Type: event, Subject: p.ID})
		}
		return err
	})
}
