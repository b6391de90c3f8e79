package roadmap

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/phase"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/live"
)

// announcePhases is the job that announces what opens and closes, a second late at most.
const announcePhases = "announce phases"

// Sweep does once what jobs do every second: it announces phases, and compares amendments with a text that moved on.
func (s *Roadmap) Sweep(ctx context.Context) error {
	return errors.Join(s.announcePhases(ctx), s.compareAmendments(ctx))
}

// announcePhases writes PhaseOpened and PhaseClosed once for each phase of a public process.
func (s *Roadmap) announcePhases(ctx context.Context) error {
	now := s.Moment()
	due, err := s.Read.Phase.Query().Where(phase.HasProcessWith(process.PublishedAtNotNil()),
		phase.Or(toOpen(now), toClose(now))).Order(phase.ByOpensAt()).Limit(change.KeepBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find phases to announce: %w", err)
	}
	return change.Each(due, "announce phase", func(p *ent.Phase) error { return s.AnnouncePhase(ctx, p) })
}

// toOpen and toClose match the phases whose opening, or closing, is to be announced.
func toOpen(now time.Time) predicate.Phase {
	return phase.And(phase.AnnouncedEQ(phase.AnnouncedNOTHING), phase.OpensAtLTE(now))
}

func toClose(now time.Time) predicate.Phase {
	return phase.And(phase.AnnouncedEQ(phase.AnnouncedOPENED), phase.ClosesAtLTE(now))
}

// AnnouncePhase announces one step of p, unless somebody did or its dates moved meanwhile.
func (s *Roadmap) AnnouncePhase(ctx context.Context, p *ent.Phase) error {
	due, to, event := toOpen(s.Moment()), phase.AnnouncedOPENED, live.PhaseOpened
	if p.Announced == phase.AnnouncedOPENED {
		due, to, event = toClose(s.Moment()), phase.AnnouncedCLOSED, live.PhaseClosed
	}
	return s.inTx(ctx, func(ctx context.Context, tx *tx) error {
		n, err := tx.Phase.Update().Where(phase.ID(p.ID), due).SetAnnounced(to).Save(ctx)
		if err == nil && n == 1 {
			tx.Record(live.Event{Topic: p.ProcessID, Type: event, Subject: p.ID})
		}
		return err
	})
}
