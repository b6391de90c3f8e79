package processes

import (
	"context"
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/phase"
	"ensemble/live"
)

// PhaseSettings are what CreatePhase and UpdatePhase can set; what is nil stays as it is.
type PhaseSettings struct {
	Name                      []*input.TextInput
	Description               []*input.TextInput
	OpensAt                   *time.Time
	ClosesAt                  *time.Time
	Endless                   bool // takes the end away
	AllowsComments            *bool
	AllowsSupports            *bool
	AllowsAmendmentSubmission *bool
	AllowsAmendmentDecision   *bool
	AllowsAmendmentPromotion  *bool
}

// CreatePhase adds a phase after the others of its process.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such process, or the viewer may not see it; FORBIDDEN unless the
// viewer administers it; BAD_USER_INPUT.
func (s *Processes) CreatePhase(ctx context.Context, in CreatePhaseInput) (*ent.Phase, error) {
	return change.Once(ctx, s, in, s.Read.Phase.Get,
		func(ctx context.Context, tx *tx) (*ent.Phase, error) {
			p, err := tx.processToConfigure(ctx, in.Process)
			if err != nil {
				return nil, err
			}

			n, err := tx.Phase.Query().Where(phase.ProcessID(p.ID)).Count(ctx)
			if err != nil {
				return nil, err
			}

			f := &ent.Phase{Name: input.Texts{}, Description: input.Texts{}}
			if err := in.apply(f, p.Languages); err != nil {
				return nil, err
			}

			id := s.NewID("phase")
			if err := tx.configured(ctx, "createPhase", p, id, phaseDetails(f)); err != nil {
				return nil, err
			}

			return tx.Phase.Create().SetID(id).SetProcessID(p.ID).SetPosition(n + 1).
				SetName(f.Name).SetDescription(f.Description).SetOpensAt(f.OpensAt).SetNillableClosesAt(f.ClosesAt).
				SetComments(f.Comments).SetSupports(f.Supports).SetAmendmentSubmission(f.AmendmentSubmission).
				SetAmendmentDecision(f.AmendmentDecision).SetAmendmentPromotion(f.AmendmentPromotion).Save(ctx)
		})
}

// UpdatePhase changes a phase; what is nil stays. When its new dates open or close it in the future, that is announced
// then, even if it was announced before.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such phase, or the viewer may not see its process; FORBIDDEN
// unless the viewer administers it; BAD_USER_INPUT.
func (s *Processes) UpdatePhase(ctx context.Context, in UpdatePhaseInput) (*ent.Phase, error) {
	return change.Once(ctx, s, in, s.Read.Phase.Get,
		func(ctx context.Context, tx *tx) (*ent.Phase, error) {
			f, p, err := tx.phaseToConfigure(ctx, in.Phase)
			if err != nil {
				return nil, err
			}

			if err := in.apply(f, p.Languages); err != nil {
				return nil, err
			}

			u := f.Update().SetName(f.Name).SetDescription(f.Description).SetOpensAt(f.OpensAt).
				SetComments(f.Comments).SetSupports(f.Supports).SetAmendmentSubmission(f.AmendmentSubmission).
				SetAmendmentDecision(f.AmendmentDecision).SetAmendmentPromotion(f.AmendmentPromotion).
				SetAnnounced(announcedBefore(f, s.Moment()))
			if f.ClosesAt == nil {
				u.ClearClosesAt()
			} else {
				u.SetClosesAt(*f.ClosesAt)
			}

			if err := tx.configured(ctx, "updatePhase", p, f.ID, phaseDetails(f)); err != nil {
				return nil, err
			}
			return u.Save(ctx)
		})
}

// announcedBefore returns what stays announced of a phase whose dates changed. A phase that begins (or ends) in the
// future is announced then, even if it had begun (or ended) under its old dates.
func announcedBefore(f *ent.Phase, now time.Time) phase.Announced {
	switch {
	case now.Before(f.OpensAt):
		return phase.AnnouncedNOTHING
	case f.Announced == phase.AnnouncedCLOSED && IsOpen(f, now):
		return phase.AnnouncedNOTHING
	}
	return f.Announced
}

// DeletePhase removes a phase that has not begun, and returns its process.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such phase, or the viewer may not see its process; FORBIDDEN
// unless the viewer administers it; CONFLICT when it has begun.
func (s *Processes) DeletePhase(ctx context.Context, in DeletePhaseInput) (*ent.Process, error) {
	return public.OnceAtHead(ctx, s, in, s.processNow, func(ctx context.Context, tx *tx) (*ent.Process, error) {
		f, p, err := tx.phaseToConfigure(ctx, in.Phase)
		if err != nil {
			return nil, err
		}

		if !s.Moment().Before(f.OpensAt) {
			return nil, refusal.Conflicting(refusal.Current{ID: f.ID}, "The phase has begun.")
		}

		if err := tx.Phase.DeleteOne(f).Exec(ctx); err != nil {
			return nil, err
		}
		if err := tx.configured(ctx, "deletePhase", p, f.ID, phaseDetails(f)); err != nil {
			return nil, err
		}

		// The phases after it go one up, so that the positions have no gap.
		return p, tx.Phase.Update().Where(phase.ProcessID(p.ID), phase.PositionGT(f.Position)).AddPosition(-1).Exec(ctx)
	})
}

// phaseToConfigure reads a phase of a process that the viewer administers. It locks the process, and then the phase:
// the job that announces phases changes a phase without locking its process.
// Errors: UNAUTHENTICATED; NOT_FOUND on phase; FORBIDDEN.
func (tx *tx) phaseToConfigure(ctx context.Context, id string) (*ent.Phase, *ent.Process, error) {
	lock := func(ctx context.Context, id string) (*ent.Phase, error) {
		return tx.Phase.Query().Where(phase.ID(id), tx.Locked()).Only(ctx)
	}
	return partToConfigure(ctx, tx, "phase", id, func(f *ent.Phase) string { return f.ProcessID }, tx.Phase.Get, lock)
}

// configured writes into the audit that something of a process changed, and announces the change when the process is
// public.
func (tx *tx) configured(
	ctx context.Context, act string, p *ent.Process, subject string, details map[string]any,
) error {
	if p.PublishedAt != nil {
		tx.Record(live.Event{Topic: p.ID, Type: live.ProcessUpdated, Subject: p.ID})
	}
	return tx.Audit(ctx, change.Act{Name: act, Subject: subject, Process: p.ID, Details: details})
}

// phaseDetails returns what the audit says of a phase: its dates, and what it takes.
func phaseDetails(f *ent.Phase) map[string]any {
	details := map[string]any{
		"opensAt": f.OpensAt, "comments": f.Comments, "supports": f.Supports,
		"amendmentSubmission": f.AmendmentSubmission,
		"amendmentDecision":   f.AmendmentDecision, "amendmentPromotion": f.AmendmentPromotion,
	}
	if f.ClosesAt != nil {
		details["closesAt"] = *f.ClosesAt
	}
	return details
}

// apply puts the settings into f, and checks the result. Errors: BAD_USER_INPUT on name, description or closesAt.
func (in PhaseSettings) apply(f *ent.Phase, languages []string) (err error) {
	name, wrongName := input.Official("name", in.Name, languages, f.Name, input.TitleLine)
	f.Name = name
	var wrongDescription error
	if in.Description != nil {
		f.Description, wrongDescription = input.Official("description", in.Description, languages, f.Description,
			input.BodyProse)
	}
	if err := refusal.Together(wrongName, wrongDescription); err != nil {
		return err
	}

	if in.OpensAt != nil {
		f.OpensAt = change.Stored(*in.OpensAt)
	}
	switch {
	case in.ClosesAt != nil:
		closes := change.Stored(*in.ClosesAt)
		f.ClosesAt = &closes
	case in.Endless:
		f.ClosesAt = nil
	}

	// Check both dates together: one of them may be the old one.
	if f.ClosesAt != nil && !f.OpensAt.Before(*f.ClosesAt) {
		return refusal.BadInput("closesAt", "A phase ends after it begins.")
	}

	for _, s := range []struct {
		to   *bool
		from *bool
	}{
		{&f.Comments, in.AllowsComments},
		{&f.Supports, in.AllowsSupports},
		{&f.AmendmentSubmission, in.AllowsAmendmentSubmission},
		{&f.AmendmentDecision, in.AllowsAmendmentDecision},
		{&f.AmendmentPromotion, in.AllowsAmendmentPromotion},
	} {
		if s.from != nil {
			*s.to = *s.from
		}
	}
	return nil
}
