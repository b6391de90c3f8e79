package consultation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ensemble/ent"
	"ensemble/ent/phase"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/live"
)

// announcePhases is the job that announces what opens and closes, a second late at most.
const announcePhases = "announce phases"

// Sweep does once what jobs do every second: it announces phases, and compares amendments with a text that moved on.
func (s *Service) Sweep(ctx context.Context) error {
	return errors.Join(s.announcePhases(ctx), s.compareAmendments(ctx))
}

// announcePhases writes PhaseOpened and PhaseClosed once for each phase of a public process.
func (s *Service) announcePhases(ctx context.Context) error {
	now := s.now()
	due, err := s.Read.Phase.Query().Where(phase.HasProcessWith(process.PublishedAtNotNil()),
		phase.Or(toOpen(now), toClose(now))).Order(phase.ByOpensAt()).Limit(keepBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find phases to announce: %w", err)
	}
	return each(due, "announce phase", func(p *ent.Phase) error { return s.announcePhase(ctx, p) })
}

// toOpen and toClose match the phases whose opening, or closing, is to be announced.
func toOpen(now time.Time) predicate.Phase {
	return phase.And(phase.AnnouncedEQ(phase.AnnouncedNOTHING), phase.OpensAtLTE(now))
}

func toClose(now time.Time) predicate.Phase {
	return phase.And(phase.AnnouncedEQ(phase.AnnouncedOPENED), phase.ClosesAtLTE(now))
}

// announcePhase announces one step of p, unless somebody did or its dates moved meanwhile.
func (s *Service) announcePhase(ctx context.Context, p *ent.Phase) error {
	due, to, event := toOpen(s.now()), phase.AnnouncedOPENED, live.PhaseOpened
	if p.Announced == phase.AnnouncedOPENED {
		due, to, event = toClose(s.now()), phase.AnnouncedCLOSED, live.PhaseClosed
	}
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		n, err := tx.Phase.Update().Where(phase.ID(p.ID), due).SetAnnounced(to).Save(ctx)
		if err == nil && n == 1 {
			tx.record(live.Event{Topic: p.ProcessID, Type: event, Subject: p.ID})
		}
		return err
	})
}
