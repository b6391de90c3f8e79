package roadmap

import (
	"context"
	"slices"

	"ensemble/auth"
	"ensemble/consultation/input"
	"ensemble/consultation/moderation"
	"ensemble/consultation/organizations"
	"ensemble/consultation/permission"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/live"
)

// DraftAmendment begins an amendment that only its author sees.
// Errors: NOT_FOUND when the commitment is not public; FORBIDDEN when the viewer may not sign for the organization;
// CLOSED when it takes no amendments; BAD_USER_INPUT; CONFLICT when the viewer has a draft on this commitment already.
func (s *Roadmap) DraftAmendment(ctx context.Context, in DraftAmendmentInput) (*ent.Amendment, error) {
	viewer := auth.ViewerFrom(ctx)
	return once(ctx, s, in, s.Read.Amendment.Get,
		func(ctx context.Context, tx *tx) (*ent.Amendment, error) {
			if err := permission.AskSignedIn(viewer); err != nil {
				return nil, err
			}

			if _, err := tx.publicCommitment(ctx, "commitment", in.Commitment); err != nil {
				return nil, err
			}

			// Lock the commitment before looking for a draft: of two drafts begun at once, the second finds the first.
			c, err := tx.lockCommitment(ctx, in.Commitment)
			if err != nil {
				return nil, err
			}
			if err := tx.amendable(ctx, viewer, c, in.Organization); err != nil {
				return nil, err
			}

			d := &ent.Amendment{CommitmentID: c.ID, BaseID: c.VersionID, Rationale: in.Rationale, OrganizationID: in.Organization}
			if in.Base != nil {
				d.BaseID = *in.Base
			}
			if err := tx.fillDraft(ctx, d, c, in); err != nil {
				return nil, err
			}

			return tx.Amendment.Create().SetID(s.NewID("amendment")).SetCommitmentID(c.ID).SetBaseID(d.BaseID).
				SetLanguage(d.Language).SetTitle(d.Title).SetBody(d.Body).SetRationale(d.Rationale).
				SetAuthorID(viewer.UserID).SetNillableOrganizationID(d.OrganizationID).
				SetCreatedAt(s.Moment()).SetUpdatedAt(s.Moment()).Save(ctx)
		})
}

// amendable checks that the viewer may amend c, in the organization's name unless it is nil. The caller has locked c,
// so that nobody begins two drafts at once.
func (tx *tx) amendable(ctx context.Context, viewer auth.Viewer, c *ent.Commitment, organization *string) error {
	o, has, err := tx.amending(ctx, viewer, c)
	if err != nil {
		return err
	}
	if err := MayAmend(viewer, c, o, has); err != nil {
		return err
	}
	return organizations.MaySignNow(ctx, tx.Tx, viewer, organization)
}

// amending reads what decides whether a person may amend c: what the process allows now, and what they have there
// already.
func (tx *tx) amending(ctx context.Context, viewer auth.Viewer, c *ent.Commitment) (processes.Openings, Amending, error) {
	o, err := tx.openings(ctx, c.ProcessID)
	if err != nil {
		return o, Amending{}, err
	}
	p, err := tx.Process.Get(ctx, c.ProcessID)
	if err != nil {
		return o, Amending{}, err
	}

	all, err := amendingOf(ctx, tx.Amendment.Query(), viewer, []string{c.ID})
	has := all[c.ID]
	has.Limit = p.EvaluatingLimit
	return o, has, err
}

// AmendingOf returns what the viewer has on each of the commitments, by id; a commitment without anything is absent.
// Limit is zero: it belongs to the process, which is not read.
func (s *Roadmap) AmendingOf(ctx context.Context, v auth.Viewer, commitments []string) (map[string]Amending, error) {
	return amendingOf(ctx, s.Read.Amendment.Query(), v, commitments)
}

// amendingOf is AmendingOf for the amendments of a query, which may be that of a transaction.
func amendingOf(ctx context.Context, q *ent.AmendmentQuery, v auth.Viewer, commitments []string) (map[string]Amending, error) {
	rows, err := q.Where(amendment.AuthorID(v.UserID), amendment.CommitmentIDIn(commitments...),
		amendment.StateIn(amendment.StateDRAFT, amendment.StateEVALUATING)).
		Select(amendment.FieldID, amendment.FieldCommitmentID, amendment.FieldState).All(ctx)

	all := map[string]Amending{}
	for _, a := range rows {
		has := all[a.CommitmentID]
		if a.State == amendment.StateDRAFT {
			has.Draft = a.ID
		} else {
			has.Evaluating++
		}
		all[a.CommitmentID] = has
	}
	return all, err
}

// fillDraft sets language, title and body of a new draft from the input, or else from its base, and checks them.
// Errors: BAD_USER_INPUT on base, language, title, body or rationale.
func (tx *tx) fillDraft(ctx context.Context, d *ent.Amendment, c *ent.Commitment, in DraftAmendmentInput) error {
	base, err := tx.baseOf(ctx, d)
	if err != nil {
		return err
	}
	p, err := tx.Process.Get(ctx, c.ProcessID)
	if err != nil {
		return err
	}

	// Without a language in the input, take the first of the process that the base exists in.
	if in.Language == nil {
		_, d.Language = input.InLanguage(base.Body, p.Languages, nil, nil)
	} else if d.Language, err = input.Tag("language", *in.Language); err != nil {
		return err
	}
	if !slices.Contains(public.Languages(base), d.Language) {
		return refusal.BadInput("language", "The text does not exist in this language.")
	}

	// Begin with the text of the base, then put in what the input gives.
	d.Title, d.Body = base.Title[d.Language], base.Body[d.Language]
	if err := changeDraft(d, in.Title, in.Body, &in.Rationale); err != nil {
		return err
	}
	if d.Title == "" { // the base has a body in this language, and no title
		return refusal.BadInput("title", "This must not be empty.")
	}
	return nil
}

// rebase puts a draft on another version of the commitment. Errors: BAD_USER_INPUT on base when there is no such
// version, or when it does not exist in the language of the draft.
func (tx *tx) rebase(ctx context.Context, d *ent.Amendment, versionID string) error {
	d.BaseID = versionID
	base, err := tx.baseOf(ctx, d)
	if err == nil && !slices.Contains(public.Languages(base), d.Language) {
		err = refusal.BadInput("base", "The text does not exist in this language.")
	}
	return err
}

// baseOf reads the version that an amendment starts from. Errors: BAD_USER_INPUT on base when the commitment has no
// such version.
func (tx *tx) baseOf(ctx context.Context, a *ent.Amendment) (*ent.Version, error) {
	base, err := tx.Version.Get(ctx, a.BaseID)
	if ent.IsNotFound(err) || err == nil && base.CommitmentID != a.CommitmentID {
		return nil, refusal.BadInput("base", "This is not a version of the commitment.")
	}
	return base, err
}

// changeDraft puts new texts into a draft; a text that is nil stays. Errors: BAD_USER_INPUT.
func changeDraft(d *ent.Amendment, title, body, rationale *string) (err error) {
	if title != nil {
		if d.Title, err = input.TitleLine("title", *title); err != nil {
			return err
		}
	}

	if body != nil {
		if d.Body, err = input.BodyProse("body", *body); err != nil {
			return err
		}
	}

	if rationale != nil {
		d.Rationale, err = input.Prose("rationale", *rationale, 0, input.MaxReason)
	}
	return err
}

// DraftChange is what EditAmendmentDraft changes; what is nil stays.
type DraftChange struct {
	Base         *string
	Title        *string
	Body         *string
	Rationale    *string
	Organization *string
	OwnName      bool // takes the organization away
}

// EditAmendmentDraft changes a draft. A draft that moderators refused can be submitted again once any part of it
// differs.
// Errors: NOT_FOUND when it is somebody else's and not public; FORBIDDEN when it is somebody else's, or when the viewer
// may not sign for the organization; BAD_USER_INPUT; CONFLICT when it was submitted or a moderator has yet to read it.
func (s *Roadmap) EditAmendmentDraft(ctx context.Context, in EditAmendmentDraftInput) (*ent.Amendment, error) {
	return once(ctx, s, in, s.Read.Amendment.Get,
		func(ctx context.Context, tx *tx) (*ent.Amendment, error) {
			if _, err := tx.ownAmendment(ctx, in.Amendment); err != nil {
				return nil, err
			}
			d, err := tx.draftToChange(ctx, in.Amendment) // locked, so that of two changes at once none is lost
			if err != nil {
				return nil, err
			}

			if err := organizations.MaySignNow(ctx, tx.Tx, auth.ViewerFrom(ctx), in.Organization); err != nil {
				return nil, err
			}

			before := *d
			if in.Base != nil {
				if err := tx.rebase(ctx, d, *in.Base); err != nil {
					return nil, err
				}
			}
			if err := changeDraft(d, in.Title, in.Body, in.Rationale); err != nil {
				return nil, err
			}

			// Write only if the draft was not submitted meanwhile.
			u := d.Update().SetBaseID(d.BaseID).SetTitle(d.Title).SetBody(d.Body).SetRationale(d.Rationale).
				SetNillableOrganizationID(in.Organization).SetUpdatedAt(s.Moment()).Where(amendment.StateEQ(amendment.StateDRAFT))
			if in.OwnName {
				u.ClearOrganizationID()
			}

			// A refused draft that differs now is an ordinary draft again, and its case ends. The same statement does it:
			// a second one would lock the commitment, which others lock before the amendment.
			refused := d.HeldAt != nil && in.changes(&before, d)
			if refused {
				u.ClearHeldAt()
			}
			if d, err = u.Save(ctx); err != nil || !refused {
				return d, tx.overtaken(ctx, in.Amendment, err)
			}
			return d, moderation.CloseCase(ctx, tx.Tx, in.Amendment)
		})
}

// changes says whether the published amendment would differ from what it was before: in base, words, or name.
func (in DraftChange) changes(before, d *ent.Amendment) bool {
	signs := before.OrganizationID
	if in.Organization != nil {
		signs = in.Organization
	}
	if in.OwnName {
		signs = nil
	}

	return before.BaseID != d.BaseID || before.Title != d.Title || before.Body != d.Body || before.Rationale != d.Rationale ||
		public.Face(before.AuthorID, before.OrganizationID) != public.Face(before.AuthorID, signs)
}

// draftToChange locks a draft that the viewer may change or delete. Errors: NOT_FOUND, and those of MayEditDraft.
func (tx *tx) draftToChange(ctx context.Context, id string) (*ent.Amendment, error) {
	d, err := tx.lockAmendment(ctx, id)
	if err != nil {
		return nil, err
	}

	on, err := tx.caseHolding(ctx, d)
	if err != nil {
		return nil, err
	}
	return d, MayEditDraft(auth.ViewerFrom(ctx), d, on)
}

// overtaken explains a conditional update of an amendment that found no row because its state had changed.
// Errors: CONFLICT with the state now; NOT_FOUND when the amendment was deleted; any other err is returned as it is.
func (tx *tx) overtaken(ctx context.Context, id string, err error) error {
	if !ent.IsNotFound(err) {
		return err
	}

	a, err := tx.Amendment.Get(ctx, id)
	if err != nil {
		return refusal.IfMissing("amendment", err) // a draft that was deleted
	}
	return refusal.Moved(a.State, "Somebody else was faster: the state has changed.")
}

// ownAmendment reads an amendment that the viewer wrote. It also returns a public one of somebody else: the caller's
// may… function refuses that with the right reason. Errors: UNAUTHENTICATED; NOT_FOUND when it is somebody else's and
// not public.
func (tx *tx) ownAmendment(ctx context.Context, id string) (*ent.Amendment, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, err
	}

	a, err := tx.Amendment.Get(ctx, id)
	if err != nil {
		return nil, refusal.IfMissing("amendment", err)
	}

	if a.AuthorID != viewer.UserID && !public.IsPublicAmendment(a) {
		return nil, refusal.Missing("amendment")
	}
	return a, nil
}

// lockAmendment reads an amendment, which may have changed while we waited for the lock, and stops others from changing
// it until the transaction ends. Errors: NOT_FOUND.
func (tx *tx) lockAmendment(ctx context.Context, id string) (*ent.Amendment, error) {
	q := tx.Amendment.Query().Where(amendment.ID(id))
	if tx.OnPostgres() {
		q.ForUpdate()
	}
	a, err := q.Only(ctx)
	return a, refusal.IfMissing("amendment", err)
}

// lockOwnAmendment is ownAmendment with locks: first the commitment's, then the amendment's, as everybody locks them.
func (tx *tx) lockOwnAmendment(ctx context.Context, id string) (*ent.Amendment, error) {
	a, err := tx.ownAmendment(ctx, id)
	if err != nil {
		return nil, err
	}

	if _, err := tx.lockCommitment(ctx, a.CommitmentID); err != nil {
		return nil, err
	}
	return tx.lockAmendment(ctx, id)
}

// publicCommitment reads a commitment that is not a draft. Errors: NOT_FOUND on field.
func (tx *tx) publicCommitment(ctx context.Context, field, id string) (*ent.Commitment, error) {
	c, err := tx.Commitment.Get(ctx, id)
	if err != nil {
		return nil, refusal.IfMissing(field, err)
	}
	if c.Status == commitment.StatusDRAFT {
		return nil, refusal.Missing(field)
	}
	return c, nil
}

// DeleteAmendmentDraft deletes a draft, also one that moderators refused, and returns the commitment that it was about.
// Errors: NOT_FOUND when it is somebody else's and not public; FORBIDDEN when it is somebody else's; CONFLICT when it
// was submitted or a moderator has yet to read it.
func (s *Roadmap) DeleteAmendmentDraft(ctx context.Context, in DeleteAmendmentDraftInput) (*ent.Commitment, error) {
	return onceOnCommitment(ctx, s, in, func(ctx context.Context, tx *tx) (*ent.Commitment, error) {
		if _, err := tx.ownAmendment(ctx, in.Amendment); err != nil {
			return nil, err
		}
		d, err := tx.draftToChange(ctx, in.Amendment)
		if err != nil {
			return nil, err
		}

		// Nobody has to decide any more on what is gone.
		if err := moderation.CloseCase(ctx, tx.Tx, in.Amendment); err != nil {
			return nil, err
		}

		if err := tx.Amendment.DeleteOne(d).Where(amendment.StateEQ(amendment.StateDRAFT)).Exec(ctx); err != nil {
			return nil, tx.overtaken(ctx, in.Amendment, err)
		}
		return tx.Commitment.Get(ctx, d.CommitmentID)
	})
}

// SubmitAmendment puts the viewer's draft under evaluation and announces it on the commitment's topic. If a check asks
// for a moderator, the amendment is held instead: it is a draft that nobody can change until a moderator has read it.
// Errors: NOT_FOUND or FORBIDDEN when the draft is somebody else's; FORBIDDEN when the viewer may not sign for the
// organization any more; CLOSED when amendments are not taken now; BAD_USER_INPUT when it changes nothing; CONFLICT
// when it is no draft any more, is held or was refused, or when as many amendments as allowed are under evaluation.
func (s *Roadmap) SubmitAmendment(ctx context.Context, in SubmitAmendmentInput) (*ent.Amendment, error) {
	return once(ctx, s, in, s.Read.Amendment.Get,
		func(ctx context.Context, tx *tx) (*ent.Amendment, error) {
			d, err := tx.ownAmendment(ctx, in.Amendment)
			if err != nil {
				return nil, err
			}

			// Lock the commitment before its amendment: everybody locks in this order.
			c, err := tx.lockCommitment(ctx, d.CommitmentID)
			if err != nil {
				return nil, err
			}
			if d, err = tx.lockAmendment(ctx, in.Amendment); err != nil {
				return nil, err
			}

			if err := tx.submittable(ctx, d, c); err != nil {
				return nil, err
			}

			held, err := tx.examineAmendment(ctx, d, c)
			if err != nil {
				return nil, err
			}
			if len(held) > 0 {
				return tx.holdAmendment(ctx, d, c, held)
			}
			return tx.submit(ctx, d, c)
		})
}

// submit puts a draft under evaluation, counts it and announces it. The caller has locked d and c.
// Errors: CONFLICT when d is no draft any more.
func (tx *tx) submit(ctx context.Context, d *ent.Amendment, c *ent.Commitment) (*ent.Amendment, error) {
	state, err := tx.mergeState(ctx, d, c)
	if err != nil {
		return nil, err
	}

	now, id := tx.Moment(), d.ID
	d, err = d.Update().SetState(amendment.StateEVALUATING).SetMergeState(state).SetMergeChecked(c.VersionNumber).
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

// submittable runs the checks of a submission in their order. The caller has locked c and d.
// Errors: those of SubmitAmendment.
func (tx *tx) submittable(ctx context.Context, d *ent.Amendment, c *ent.Commitment) error {
	viewer := auth.ViewerFrom(ctx)
	o, has, err := tx.amending(ctx, viewer, c)
	if err != nil {
		return err
	}
	on, err := tx.caseHolding(ctx, d)
	if err != nil {
		return err
	}

	// First the state of things, then the signature as it is in the database now.
	if err := MaySubmit(viewer, d, on, c, o, has); err != nil {
		return err
	}
	if err := organizations.MaySignNow(ctx, tx.Tx, viewer, d.OrganizationID); err != nil {
		return err
	}

	// What says the same as its base proposes nothing.
	base, err := tx.baseOf(ctx, d)
	if err != nil {
		return err
	}
	if base.Title[d.Language] == d.Title && base.Body[d.Language] == d.Body {
		return refusal.BadInput("amendment", "The amendment changes nothing.")
	}
	return nil
}

// WithdrawAmendment takes back an amendment under evaluation; its author can do that at any time.
// Errors: NOT_FOUND when it is somebody else's and not public; FORBIDDEN when it is somebody else's; CONFLICT when it
// is not under evaluation any more, or hidden.
func (s *Roadmap) WithdrawAmendment(ctx context.Context, in WithdrawAmendmentInput) (*ent.Amendment, error) {
	return once(ctx, s, in, s.Read.Amendment.Get,
		func(ctx context.Context, tx *tx) (*ent.Amendment, error) {
			a, err := tx.ownAmendment(ctx, in.Amendment)
			if err != nil {
				return nil, err
			}
			if err := MayWithdrawAmendment(auth.ViewerFrom(ctx), a); err != nil {
				return nil, err
			}

			// The commitment comes first: everybody locks it before its amendments.
			if err := tx.touch(ctx, a.CommitmentID); err != nil {
				return nil, err
			}

			tx.Record(live.Event{Topic: a.CommitmentID, Type: live.AmendmentWithdrawn, Subject: a.ID, Actor: public.Amender(a)})
			a, err = a.Update().SetState(amendment.StateWITHDRAWN).SetUpdatedAt(s.Moment()).
				Where(amendment.StateEQ(amendment.StateEVALUATING)).Save(ctx)
			return a, tx.overtaken(ctx, in.Amendment, err)
		})
}

// touch notes the moment at which something public happened to a commitment. It locks the commitment.
func (tx *tx) touch(ctx context.Context, commitmentID string) error {
	return tx.Commitment.Update().Where(commitment.ID(commitmentID)).SetActiveAt(tx.Moment()).Exec(ctx)
}

// AmendmentDrafts returns a query for the viewer's own drafts, also those that are held or were refused.
func (s *Roadmap) AmendmentDrafts(v auth.Viewer) *ent.AmendmentQuery {
	return s.Read.Amendment.Query().Where(amendment.StateEQ(amendment.StateDRAFT), amendment.AuthorID(v.UserID))
}
