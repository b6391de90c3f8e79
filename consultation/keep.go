package consultation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/amendment"
	"ensemble/ent/idempotencykey"
	"ensemble/ent/invitation"
	"ensemble/ent/mail"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/phase"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/ent/session"
	"ensemble/ent/signinattempt"
	"ensemble/live"
)

const (
	keepEvery  = time.Second // how late a phase is announced at most
	pruneEvery = time.Hour
	keepBatch  = 100
)

// Keep does what time and others' decisions bring, until ctx ends: it announces phases, compares amendments with
// a text that moved on, tells people what concerns them, sends mail, and forgets what has expired. Each step is a
// compare-and-set in a transaction of its own, so any number of processes may run it, and one that died in the middle is
// continued by the next.
func (s *Service) Keep(ctx context.Context) {
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() { s.keepSending(ctx) })
	sending.Go(func() { s.keepTelling(ctx) })
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	var pruned time.Time
	more := false // events to forget
	walk := indexWalk{}
	for {
		s.attempt(ctx, "announce phases and compare amendments", s.Sweep)
		now := s.Now()
		s.attempt(ctx, "note when tokens were used", s.noteUses)
		due := now.Sub(pruned) >= pruneEvery
		if due {
			pruned = now
			s.attempt(ctx, "prune", s.prune)
			s.attempt(ctx, "forget accounts", s.forgetUnconfirmed)
			s.attempt(ctx, "erase again", s.forgetErased)
			walk = indexWalk{}
		}
		if !walk.done() {
			s.attempt(ctx, "bring the search index in order", func(ctx context.Context) error { return s.walkIndex(ctx, &walk) })
		}
		if due || more {
			s.attempt(ctx, "forget events", func(ctx context.Context) (err error) {
				more, err = s.forgetEvents(ctx)
				return err
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wake:
		}
	}
}

func (s *Service) attempt(ctx context.Context, what string, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil {
		s.Logger.WarnContext(ctx, "keeper failed, will try again", slog.String("to", what), slog.Any("error", err))
	}
}

// wakeKeeper makes Keep look at once.
func (s *Service) wakeKeeper() { wake(s.wake) }

func wake(whoever chan struct{}) {
	select {
	case whoever <- struct{}{}:
	default: // it is about to look
	}
}

// Sweep does once what Keep does every second.
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

// each does something to all rows, also after it failed for one: a bad row must not hold up those behind it.
func each[T node](rows []T, what string, do func(T) error) error {
	var failed []error
	for _, row := range rows {
		if err := do(row); err != nil {
			failed = append(failed, fmt.Errorf("%s %s: %w", what, row.NodeID(), err))
		}
	}
	return errors.Join(failed...)
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

// compareAmendments finds amendments under evaluation that were compared with an earlier text.
func (s *Service) compareAmendments(ctx context.Context) error {
	stale, err := s.Read.Amendment.Query().Where(amendment.StateEQ(amendment.StateEVALUATING), amendment.HiddenAtIsNil(),
		predicate.Amendment(sql.FieldsLT(amendment.FieldMergeChecked, amendment.FieldMergeDue))).Order(amendment.ByID()).Limit(keepBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find amendments to compare: %w", err)
	}
	err = each(stale, "compare amendment", func(a *ent.Amendment) error { return s.compareAmendment(ctx, a) })
	if err == nil && len(stale) == keepBatch {
		s.wakeKeeper()
	}
	return err
}

// compareAmendment compares a with the current text, unless it was decided or compared since a was read: then the next
// sweep does, if need be.
func (s *Service) compareAmendment(ctx context.Context, a *ent.Amendment) error {
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		c, err := tx.Commitment.Get(ctx, a.CommitmentID)
		if err != nil {
			return err
		}
		state, err := tx.mergeState(ctx, a, c)
		if err != nil {
			return err
		}
		n, err := tx.Amendment.Update().SetMergeState(state).SetMergeChecked(c.VersionNumber).Where(amendment.ID(a.ID),
			amendment.StateEQ(amendment.StateEVALUATING), amendment.HiddenAtIsNil(), amendment.MergeChecked(a.MergeChecked)).Save(ctx)
		if err == nil && n == 1 && state != a.MergeState {
			tx.record(live.Event{
				Topic: c.ID, Type: live.AmendmentMergeStateChanged, Subject: a.ID,
				Data: map[string]any{"mergeState": state},
			})
		}
		return err
	})
}

// prune forgets what has expired.
func (s *Service) prune(ctx context.Context) error {
	return errors.Join(s.pruneKeys(ctx), s.pruneNotifications(ctx))
}

func (s *Service) pruneKeys(ctx context.Context) error {
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Session.Delete().Where(session.ExpiresAtLTE(s.now())).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.Invitation.Delete().Where(invitation.ExpiresAtLTE(s.now().Add(-s.Keeping.Invitations))).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.AccessToken.Delete().Where(accesstoken.ExpiresAtLTE(s.now())).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.MailedToken.Delete().Where(mailedtoken.ExpiresAtLTE(s.now())).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.SignInAttempt.Delete().Where(signinattempt.CreatedAtLTE(s.attemptsBegan())).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.Mail.Delete().Where(mail.CreatedAtLTE(s.now().Add(-s.Keeping.Mail))).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.IdempotencyKey.Delete().Where(idempotencykey.CreatedAtLT(s.now().Add(-keyLifetime))).Exec(ctx)
		return err
	})
}
