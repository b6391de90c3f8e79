package consultation

import (
	"context"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/territory"
	"ensemble/ent/version"
	"ensemble/live"
)

// AmendedTextInput is a title and a body that belong together.
type AmendedTextInput struct {
	Title string
	Body  string
}

// AcceptAmendmentInput is the input of AcceptAmendment.
type AcceptAmendmentInput struct {
	Amendment      string
	Text           *AmendedTextInput
	On             *string
	Reason         string
	IdempotencyKey *string
}

// AcceptAmendment makes the amendment's text, merged with what changed since its base or replaced by the decider's
// own, the next version, credited to the amender. Errors: FORBIDDEN, CLOSED; CONFLICT when it is decided already,
// when both changed the same words (with the hunks), or when Text was written on a version that is not current.
func (s *Service) AcceptAmendment(ctx context.Context, in AcceptAmendmentInput) (*ent.Amendment, error) {
	return once(ctx, s, Retry{"acceptAmendment", in.IdempotencyKey, in}, s.Read.Amendment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Amendment, error) {
			a, c, err := tx.amendmentToDecide(ctx, in.Amendment)
			if err != nil {
				return nil, err
			}
			m, err := tx.mergeInto(ctx, a, c)
			if err != nil {
				return nil, err
			}
			title, body, err := in.text(m)
			if err != nil {
				return nil, err
			}
			current := m.Version
			if current.Title[a.Language] == title && current.Body[a.Language] == body {
				return nil, moved(current.ID, "The current text already says this.")
			}
			reason, err := prose("reason", in.Reason, 0, maxReason)
			if err != nil {
				return nil, err
			}
			if a, err = tx.decide(ctx, a, amendment.StateACCEPTED, m.State(a), reason); err != nil {
				return nil, err
			}
			tx.record(live.Event{Topic: c.ID, Type: live.AmendmentAccepted, Subject: a.ID, Actor: auth.ViewerFrom(ctx).UserID})
			if err := tx.audit(ctx, privileged{act: "acceptAmendment", subject: a.ID, process: c.ProcessID, reason: reason}); err != nil {
				return nil, err
			}
			_, err = tx.nextVersion(ctx, c, current, nextVersion{
				title: with(current.Title, a.Language, title), body: with(current.Body, a.Language, body),
				written: []string{a.Language}, author: a.AuthorID, organization: a.OrganizationID,
				source: version.SourceAMENDMENT, amendment: &a.ID,
			})
			tx.wake(compareAmendments)
			return a, err
		})
}

// text is what the next version says: the decider's text, else the merged one.
func (in AcceptAmendmentInput) text(m *Merge) (title, body string, err error) {
	if in.Text == nil {
		if len(m.Conflicts) > 0 {
			e := moved(m.Version.ID, "The text has moved on and touches the same words. Send a text of your own.")
			e.Details["hunks"] = m.Conflicts
			return "", "", e
		}
		return m.Title, m.Body, nil
	}
	if in.On == nil {
		return "", "", BadInput("on", "Say on which version your text was written.")
	}
	if *in.On != m.Version.ID {
		return "", "", moved(m.Version.ID, "The text has moved on to another version.")
	}
	if title, err = titleLine("text.title", in.Text.Title); err != nil {
		return "", "", err
	}
	body, err = bodyProse("text.body", in.Text.Body)
	return title, body, err
}

// RejectAmendment refuses an amendment with a reason.
func (s *Service) RejectAmendment(ctx context.Context, id, why string, key *string) (*ent.Amendment, error) {
	return once(ctx, s, Retry{"rejectAmendment", key, []any{id, why}}, s.Read.Amendment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Amendment, error) {
			a, c, err := tx.amendmentToDecide(ctx, id)
			if err != nil {
				return nil, err
			}
			reason, err := prose("reason", why, 1, maxReason)
			if err != nil {
				return nil, err
			}
			if a, err = tx.decide(ctx, a, amendment.StateREJECTED, a.MergeState, reason); err != nil {
				return nil, err
			}
			tx.record(live.Event{Topic: c.ID, Type: live.AmendmentRejected, Subject: a.ID, Actor: auth.ViewerFrom(ctx).UserID})
			if err := tx.audit(ctx, privileged{act: "rejectAmendment", subject: a.ID, process: c.ProcessID, reason: reason}); err != nil {
				return nil, err
			}
			return a, tx.touch(ctx, c.ID)
		})
}

// amendmentToDecide reads an amendment that the viewer may decide on and locks its commitment.
func (tx *Tx) amendmentToDecide(ctx context.Context, id string) (*ent.Amendment, *ent.Commitment, error) {
	a, err := tx.publicAmendment(ctx, "amendment", id)
	if err != nil {
		return nil, nil, err
	}
	c, err := tx.lockCommitment(ctx, a.CommitmentID)
	if err != nil {
		return nil, nil, err
	}
	if a, err = tx.publicAmendment(ctx, "amendment", id); err != nil { // again: it may have been decided, or hidden, while we waited for the lock
		return nil, nil, err
	}
	o, err := tx.openings(ctx, c.ProcessID)
	if err != nil {
		return nil, nil, err
	}
	return a, c, MayDecide(auth.ViewerFrom(ctx), a, c, o)
}

// publicAmendment reads an amendment that everybody may see.
func (tx *Tx) publicAmendment(ctx context.Context, field, id string) (*ent.Amendment, error) {
	a, err := tx.Amendment.Get(ctx, id)
	if err != nil {
		return nil, absent(field, err)
	}
	if !IsPublicAmendment(a) {
		return nil, notFound(field)
	}
	return a, nil
}

// IsPublicAmendment says whether everybody may see the amendment: it was submitted, and is not hidden.
func IsPublicAmendment(a *ent.Amendment) bool {
	return a.State != amendment.StateDRAFT && a.HiddenAt == nil
}

// decide records a decision, unless somebody was faster.
func (tx *Tx) decide(ctx context.Context, a *ent.Amendment, to amendment.State, merge amendment.MergeState, reason string) (*ent.Amendment, error) {
	now := tx.service.now()
	decided, err := a.Update().SetState(to).SetMergeState(merge).SetDeciderID(auth.ViewerFrom(ctx).UserID).
		SetDecisionReason(reason).SetDecidedAt(now).SetUpdatedAt(now).
		Where(amendment.StateEQ(amendment.StateEVALUATING)).Save(ctx)
	return decided, tx.overtaken(ctx, a.ID, err)
}

// PromoteAmendment makes a rejected amendment an open commitment of its own, on the same axis and territories. In other
// languages than the amendment's it says what the amended version says, and these are behind.
// Errors: CONFLICT when it was promoted already or is not rejected, CLOSED when the phase does not allow it.
func (s *Service) PromoteAmendment(ctx context.Context, id string, key *string) (*ent.Commitment, error) {
	return once(ctx, s, Retry{"promoteAmendment", key, id}, s.Read.Commitment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Commitment, error) {
			a, err := tx.ownAmendment(ctx, id)
			if err != nil {
				return nil, err
			}
			p, err := tx.lockProcessOf(ctx, a.CommitmentID)
			if err != nil {
				return nil, err
			}
			if a, err = tx.lockOwnAmendment(ctx, id); err != nil { // it may have been hidden meanwhile
				return nil, err
			}
			from, err := tx.Commitment.Query().Where(commitment.ID(a.CommitmentID)).
				WithTerritories(func(q *ent.TerritoryQuery) { q.Select(territory.FieldID) }).Only(ctx)
			if err != nil {
				return nil, err
			}
			if err := tx.promotable(ctx, a, from); err != nil {
				return nil, err
			}
			base, err := tx.baseOf(ctx, a)
			if err != nil {
				return nil, err
			}
			c, err := tx.newCommitment(ctx, p, newCommitment{
				axis: from.AxisID, territories: ids(from.Edges.Territories),
				title: with(base.Title, a.Language, a.Title), body: with(base.Body, a.Language, a.Body),
				behind: behind(base, []string{a.Language}), author: a.AuthorID, organization: a.OrganizationID,
				source: version.SourceAMENDMENT, amendment: &a.ID, open: true,
			})
			if err != nil {
				return nil, err
			}
			tx.record(live.Event{
				Topic: a.CommitmentID, Type: live.AmendmentPromoted, Subject: a.ID, Actor: amender(a),
				Data: map[string]any{"commitment": c.ID},
			})
			return c, tx.commitmentPublished(ctx, c)
		})
}

// promotable asks that the viewer may promote a, and that nobody did; the process is locked.
func (tx *Tx) promotable(ctx context.Context, a *ent.Amendment, from *ent.Commitment) error {
	viewer := auth.ViewerFrom(ctx)
	o, err := tx.openings(ctx, from.ProcessID)
	if err != nil {
		return err
	}
	if err := MayPromote(viewer, a, o); err != nil {
		return err
	}
	if err := maySign(ctx, tx, viewer, a.OrganizationID); err != nil {
		return err
	}
	earlier, err := tx.Commitment.Query().Where(commitment.PromotedFromID(a.ID)).OnlyID(ctx)
	if err == nil {
		return moved(earlier, "The amendment was promoted already.")
	}
	return ignoreNotFound(err)
}

func ids[T node](rows []T) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = row.NodeID()
	}
	return out
}
