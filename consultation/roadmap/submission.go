package roadmap

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/organizations"
	"ensemble/consultation/permission"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/live"
)

// SubmitAmendment puts the viewer's draft under evaluation and announces it on the commitment's topic. If a check asks
// for a moderator, the amendment is held instead: it is a draft that nobody can change until a moderator has read it.
// Errors: UNAUTHENTICATED; NOT_FOUND when the draft is somebody else's and not public; TERMS_NOT_ACCEPTED; FORBIDDEN
// when it is somebody else's, or when the viewer may not sign for the organization any more; CLOSED when amendments are
// not taken now; BAD_USER_INPUT when it changes nothing; CONFLICT when it is no draft any more, is held or was refused,
// or when as many amendments as allowed are under evaluation.
func (s *Roadmap) SubmitAmendment(ctx context.Context, in SubmitAmendmentInput) (*ent.Amendment, error) {
	draft, err := s.mergeAhead(ctx, "submitAmendment", in.Amendment, func(a *ent.Amendment) permission.About {
		return permission.About{Author: a.AuthorID}
	})
	if err == nil && draft != nil {
		err = renderAhead(ctx, draft)
	}
	if err != nil {
		return nil, err
	}

	return change.Once(ctx, s, in, s.Read.Amendment.Get,
		func(ctx context.Context, tx *tx) (*ent.Amendment, error) {
			d, c, err := tx.lockOwnAmended(ctx, in.Amendment)
			if err != nil {
				return nil, err
			}

			sub, err := tx.submissionOf(ctx, d, c)
			if err != nil {
				return nil, err
			}
			for _, check := range submitChecks {
				if err := check(sub); err != nil {
					return nil, err
				}
			}

			held, err := tx.examineAmendment(ctx, sub)
			if err != nil {
				return nil, err
			}
			if len(held) > 0 {
				return tx.holdAmendment(ctx, d, c, held)
			}
			return tx.submit(ctx, d, sub.base, c)
		})
}

// submission is a draft that its author submits, with all that decides whether they may.
type submission struct {
	viewer auth.Viewer
	draft  *ent.Amendment
	base   *ent.Version
	held   *ent.ModerationCase // that of a draft which is held or was refused; nil for any other
	on     *amended
	signs  error // why the viewer may not sign for the organization, or nil
}

// submissionOf reads what decides whether the viewer may submit d, each row once. The caller has locked c and d.
func (tx *tx) submissionOf(ctx context.Context, d *ent.Amendment, c *ent.Commitment) (*submission, error) {
	sub := &submission{viewer: auth.ViewerFrom(ctx), draft: d}
	var err error
	if sub.on, err = tx.amendedBy(ctx, sub.viewer, c); err != nil {
		return nil, err
	}
	sub.signs, err = refusal.Apart(organizations.MaySignNow(ctx, tx.Tx, sub.viewer, d.OrganizationID))
	if err != nil {
		return nil, err
	}
	if sub.held, err = tx.caseHolding(ctx, d); err != nil {
		return nil, err
	}
	sub.base, err = tx.baseOf(ctx, d)
	return sub, err
}

// submitChecks are the checks of a submission. They run in this order, and the first refusal counts: first the state of
// things, then the signature as it is in the database now. What only a moderator can judge is in examination.go.
var submitChecks = []func(*submission) error{
	(*submission).maySubmit,
	(*submission).maySign,
	(*submission).proposesSomething,
}

// maySubmit refuses whoever may not submit the draft as things stand. Errors: those of MaySubmit.
func (sub *submission) maySubmit() error {
	return MaySubmit(sub.viewer, sub.draft, sub.held, sub.on.commitment, sub.on.openings, sub.on.has)
}

// maySign refuses a draft in the name of an organization for which the viewer may not sign any more. Errors: FORBIDDEN
// on organization.
func (sub *submission) maySign() error { return sub.signs }

// proposesSomething refuses what says the same as its base. Errors: BAD_USER_INPUT on amendment.
func (sub *submission) proposesSomething() error {
	d := sub.draft
	if sub.base.Title[d.Language] == d.Title && sub.base.Body[d.Language] == d.Body {
		return refusal.BadInput("amendment", "The amendment changes nothing.")
	}
	return nil
}

// submit puts a draft of base under evaluation, counts it and announces it. The caller has locked d and c.
// Errors: CONFLICT when d is no draft any more.
func (tx *tx) submit(
	ctx context.Context, d *ent.Amendment, base *ent.Version, c *ent.Commitment,
) (*ent.Amendment, error) {
	m, err := tx.mergeOf(ctx, d, base, c)
	if err != nil {
		return nil, err
	}

	now, id := tx.Moment(), d.ID
	d, err = d.Update().SetState(amendment.StateEVALUATING).SetMergeState(m.State(d)).SetMergeChecked(c.VersionNumber).
		SetSubmittedAt(now).SetUpdatedAt(now).ClearHeldAt().Where(amendment.StateEQ(amendment.StateDRAFT)).Save(ctx)
	if err != nil {
		return nil, tx.overtaken(ctx, id, err)
	}

	if err := tx.search.Refresh(ctx, tx.Tx, d); err != nil {
		return nil, err
	}

	tx.Record(live.Event{
		Topic: c.ID, Type: live.AmendmentSubmitted, Subject: d.ID, Actor: public.Amender(d),
		Data: map[string]any{"amendmentCount": c.AmendmentCount + 1},
	})
	return d, tx.Commitment.Update().Where(commitment.ID(c.ID)).AddAmendmentCount(1).SetActiveAt(now).Exec(ctx)
}

// WithdrawAmendment takes back an amendment under evaluation; its author can do that at any time.
// Errors: UNAUTHENTICATED; NOT_FOUND when it is somebody else's and not public; FORBIDDEN when it is somebody else's;
// CONFLICT when it is not under evaluation any more, or hidden.
func (s *Roadmap) WithdrawAmendment(ctx context.Context, in WithdrawAmendmentInput) (*ent.Amendment, error) {
	return change.Once(ctx, s, in, s.Read.Amendment.Get,
		func(ctx context.Context, tx *tx) (*ent.Amendment, error) {
			a, c, err := tx.lockOwnAmended(ctx, in.Amendment)
			if err != nil {
				return nil, err
			}
			if err := MayWithdrawAmendment(auth.ViewerFrom(ctx), a); err != nil {
				return nil, err
			}

			tx.Record(live.Event{
				Topic: c.ID, Type: live.AmendmentWithdrawn, Subject: a.ID, Actor: public.Amender(a),
			})
			if a, err = a.Update().SetState(amendment.StateWITHDRAWN).SetUpdatedAt(s.Moment()).Save(ctx); err != nil {
				return nil, err
			}
			return a, tx.touch(ctx, c.ID)
		})
}
