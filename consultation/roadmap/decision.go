package roadmap

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/organizations"
	"ensemble/consultation/permission"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/territory"
	"ensemble/ent/version"
	"ensemble/live"
)

// AcceptAmendment makes the next version from the amendment, and credits the amender with it. The version says the
// amendment's text merged with what has changed since its base, or the decider's own text. The amendment has the
// commitment in its edges.
// Errors: UNAUTHENTICATED; NOT_FOUND when the amendment is not public; FORBIDDEN unless the viewer steers or
// administers its process; CLOSED outside a phase of decision; BAD_USER_INPUT; CONFLICT when it is decided already,
// when both texts changed the same words (with the hunks), when Text was written on a version that is not current, or
// when the current text says the same already.
func (s *Roadmap) AcceptAmendment(ctx context.Context, in AcceptAmendmentInput) (*ent.Amendment, error) {
	_, err := s.mergeAhead(ctx, "acceptAmendment", in.Amendment, func(a *ent.Amendment) permission.About {
		return permission.About{Process: a.Edges.Commitment.ProcessID}
	})
	if err != nil {
		return nil, err
	}

	return onceWithCommitment(ctx, s, in, s.Read.Amendment.Get, ofAmendment,
		func(ctx context.Context, tx *tx) (*ent.Amendment, error) {
			a, c, err := tx.amendmentToDecide(ctx, in.Amendment)
			if err != nil {
				return nil, err
			}

			// Find the text of the next version.
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
				return nil, refusal.Conflicting(refusal.Current{ID: current.ID}, "The current text already says this.")
			}

			// Record the decision, for everybody and for the audit.
			reason, err := input.Prose("reason", in.Reason, 0, input.MaxReason)
			if err != nil {
				return nil, err
			}
			accepted := ruling{"acceptAmendment", amendment.StateACCEPTED, m.State(a), live.AmendmentAccepted, reason}
			if a, err = tx.decide(ctx, a, c, accepted); err != nil {
				return nil, err
			}

			// The other amendments under evaluation are compared with the new text after the commit.
			a.Edges.Commitment, err = tx.nextVersion(ctx, c, current, nextVersion{
				title: input.With(current.Title, a.Language, title), body: input.With(current.Body, a.Language, body),
				written: []string{a.Language}, author: a.AuthorID, organization: a.OrganizationID,
				source: version.SourceAMENDMENT, amendment: &a.ID,
			})
			tx.Wake(compareAmendments)
			return a, err
		})
}

// ofAmendment returns where an amendment has its commitment: see onceWithCommitment.
func ofAmendment(a *ent.Amendment) (string, **ent.Commitment) {
	return a.CommitmentID, &a.Edges.Commitment
}

// text returns what the next version says: the decider's text, or else the merged one.
// Errors: CONFLICT on conflicts without a text (with Details["conflicts"]), or when On is not current; BAD_USER_INPUT.
func (in AcceptAmendmentInput) text(m *Merge) (title, body string, err error) {
	if in.Text == nil {
		if len(m.Conflicts) > 0 {
			e := refusal.Conflicting(refusal.Current{ID: m.Version.ID},
				"The text has moved on and touches the same words. Send a text of your own.")
			e.Details["conflicts"] = m.Conflicts
			return "", "", e
		}
		return m.Title, m.Body, nil
	}

	if in.On == nil {
		return "", "", refusal.BadInput("on", "Say on which version your text was written.")
	}
	if *in.On != m.Version.ID {
		return "", "", refusal.Conflicting(refusal.Current{ID: m.Version.ID},
			"The text has moved on to another version.")
	}

	if title, err = input.TitleLine("text.title", in.Text.Title); err != nil {
		return "", "", err
	}
	body, err = input.BodyProse("text.body", in.Text.Body)
	return title, body, err
}

// RejectAmendment refuses an amendment, with a reason that everybody can read.
// Errors: UNAUTHENTICATED; NOT_FOUND when the amendment is not public; FORBIDDEN unless the viewer steers or
// administers its process; CLOSED outside a phase of decision; BAD_USER_INPUT without a reason; CONFLICT when it is
// decided already.
func (s *Roadmap) RejectAmendment(ctx context.Context, in RejectAmendmentInput) (*ent.Amendment, error) {
	return change.Once(ctx, s, in, s.Read.Amendment.Get,
		func(ctx context.Context, tx *tx) (*ent.Amendment, error) {
			a, c, err := tx.amendmentToDecide(ctx, in.Amendment)
			if err != nil {
				return nil, err
			}

			reason, err := input.Prose("reason", in.Reason, 1, input.MaxReason)
			if err != nil {
				return nil, err
			}
			rejected := ruling{"rejectAmendment", amendment.StateREJECTED, a.MergeState, live.AmendmentRejected, reason}
			if a, err = tx.decide(ctx, a, c, rejected); err != nil {
				return nil, err
			}
			return a, tx.touch(ctx, c.ID)
		})
}

// amendmentToDecide reads an amendment that the viewer may decide on, and locks its commitment.
// Errors: NOT_FOUND, and those of MayDecide.
func (tx *tx) amendmentToDecide(ctx context.Context, id string) (*ent.Amendment, *ent.Commitment, error) {
	c, err := tx.lockCommitmentOf(ctx, "amendment", id)
	if err != nil {
		return nil, nil, err
	}

	a, err := tx.publicAmendment(ctx, "amendment", id)
	if err != nil {
		return nil, nil, err
	}

	o, err := tx.openings(ctx, c.ProcessID)
	if err != nil {
		return nil, nil, err
	}
	return a, c, MayDecide(auth.ViewerFrom(ctx), a, c, o)
}

// publicAmendment reads an amendment that everybody may see. Errors: NOT_FOUND on field.
func (tx *tx) publicAmendment(ctx context.Context, field, id string) (*ent.Amendment, error) {
	a, err := tx.Amendment.Get(ctx, id)
	if err != nil {
		return nil, refusal.IfMissing(field, err)
	}
	if !public.IsPublicAmendment(a) {
		return nil, refusal.Missing(field)
	}
	return a, nil
}

// ruling is what a decision makes of an amendment.
type ruling struct {
	act    string // the mutation, for the audit
	state  amendment.State
	merge  amendment.MergeState
	event  live.Type
	reason string
}

// decide stores the viewer's decision on an amendment of c, announces it, and writes it into the audit.
// Errors: CONFLICT when somebody else was faster.
func (tx *tx) decide(ctx context.Context, a *ent.Amendment, c *ent.Commitment, r ruling) (*ent.Amendment, error) {
	now, decider := tx.Moment(), auth.ViewerFrom(ctx).UserID
	decided, err := a.Update().SetState(r.state).SetMergeState(r.merge).SetDeciderID(decider).
		SetDecisionReason(r.reason).SetDecidedAt(now).SetUpdatedAt(now).
		Where(amendment.StateEQ(amendment.StateEVALUATING)).Save(ctx)
	if err != nil {
		return nil, tx.overtaken(ctx, a.ID, err)
	}

	tx.Record(live.Event{Topic: c.ID, Type: r.event, Subject: a.ID, Actor: decider})
	return decided, tx.Audit(ctx, change.Act{Name: r.act, Subject: a.ID, Process: c.ProcessID, Reason: r.reason})
}

// PromoteAmendment makes an open commitment of a rejected amendment, on the same axis and territories. In languages
// other than the amendment's, it says what the amended version says, and is marked as behind in them.
// Errors: UNAUTHENTICATED; NOT_FOUND when it is somebody else's and not public; TERMS_NOT_ACCEPTED; FORBIDDEN when it
// is somebody else's, or when the viewer may not sign for its organization any more; CLOSED when the phase does not
// allow it; CONFLICT when it was promoted already, is not rejected, or is hidden.
func (s *Roadmap) PromoteAmendment(ctx context.Context, in PromoteAmendmentInput) (*ent.Commitment, error) {
	return public.OnceAtHead(ctx, s, in, s.commitmentNow, func(ctx context.Context, tx *tx) (*ent.Commitment, error) {
		// Lock the process, the commitment and the amendment, in the order in which everybody locks them.
		amended := commitment.HasAmendmentsWith(amendment.ID(in.Amendment))
		p, err := tx.lockProcessOf(ctx, "amendment", amended)
		if err != nil {
			return nil, err
		}
		from, err := tx.Commitment.Query().Where(amended, tx.Locked()).
			WithTerritories(func(q *ent.TerritoryQuery) { q.Select(territory.FieldID) }).Only(ctx)
		if err != nil {
			return nil, err
		}
		a, err := tx.lockOwnAmendment(ctx, in.Amendment)
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
			axis: from.AxisID, territories: change.IDs(from.Edges.Territories),
			title: input.With(base.Title, a.Language, a.Title), body: input.With(base.Body, a.Language, a.Body),
			behind: behind(base, []string{a.Language}), author: a.AuthorID, organization: a.OrganizationID,
			source: version.SourceAMENDMENT, amendment: &a.ID, open: true,
		})
		if err != nil {
			return nil, err
		}

		tx.Record(live.Event{
			Topic: a.CommitmentID, Type: live.AmendmentPromoted, Subject: a.ID, Actor: public.Amender(a),
			Data: map[string]any{"commitment": c.ID},
		})
		return c, tx.commitmentPublished(ctx, c)
	})
}

// promotable checks that the viewer may promote a, and that it was not promoted yet. The caller has locked the process,
// so that two promotions come one after the other. Errors: those of MayPromote; CONFLICT with the id of the commitment
// made earlier.
func (tx *tx) promotable(ctx context.Context, a *ent.Amendment, from *ent.Commitment) error {
	viewer := auth.ViewerFrom(ctx)
	o, err := tx.openings(ctx, from.ProcessID)
	if err != nil {
		return err
	}
	if err := MayPromote(viewer, a, o); err != nil {
		return err
	}
	if err := organizations.MaySignNow(ctx, tx.Tx, viewer, a.OrganizationID); err != nil {
		return err
	}

	earlier, err := tx.Commitment.Query().Where(commitment.PromotedFromID(a.ID)).OnlyID(ctx)
	if err == nil {
		return refusal.Conflicting(refusal.Current{ID: earlier}, "The amendment was promoted already.")
	}
	return refusal.IgnoreMissing(err)
}
