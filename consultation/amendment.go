package consultation

import (
	"context"
	"slices"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/live"
)

// DraftAmendmentInput is the input of DraftAmendment; what is nil comes from the base.
type DraftAmendmentInput struct {
	Commitment     string
	Base           *string
	Language       *string
	Title          *string
	Body           *string
	Rationale      string
	Organization   *string
	IdempotencyKey *string
}

// DraftAmendment begins an amendment that only its author sees.
// Errors: NOT_FOUND, CLOSED, BAD_USER_INPUT; CONFLICT when they have a draft here already.
func (s *Service) DraftAmendment(ctx context.Context, in DraftAmendmentInput) (*ent.Amendment, error) {
	viewer := auth.ViewerFrom(ctx)
	return once(ctx, s, Retry{"draftAmendment", in.IdempotencyKey, in}, s.Read.Amendment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Amendment, error) {
			if err := signedIn(viewer); err != nil {
				return nil, err
			}
			if _, err := tx.publicCommitment(ctx, "commitment", in.Commitment); err != nil {
				return nil, err
			}
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
				SetCreatedAt(s.now()).SetUpdatedAt(s.now()).Save(ctx)
		})
}

// amendable asks that the viewer may amend c, in the organization's name if there is one. c is locked, so that nobody
// drafts twice at once.
func (tx *Tx) amendable(ctx context.Context, viewer auth.Viewer, c *ent.Commitment, organization *string) error {
	o, has, err := tx.amending(ctx, viewer, c)
	if err != nil {
		return err
	}
	if err := MayAmend(viewer, c, o, has); err != nil {
		return err
	}
	return maySign(ctx, tx, viewer, organization)
}

// amending reads what decides about a person's amendments of c: what the process allows, and what they have there.
func (tx *Tx) amending(ctx context.Context, viewer auth.Viewer, c *ent.Commitment) (Openings, Amending, error) {
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

// AmendingOf is what the viewer has on commitments, by their ids; the limit is that of the process.
func (s *Service) AmendingOf(ctx context.Context, v auth.Viewer, commitments []string) (map[string]Amending, error) {
	return amendingOf(ctx, s.Read.Amendment.Query(), v, commitments)
}

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

func ignoreNotFound(err error) error {
	if ent.IsNotFound(err) {
		return nil
	}
	return err
}

// fillDraft sets language, title and body of a new draft from the input, else from its base, and checks them.
func (tx *Tx) fillDraft(ctx context.Context, d *ent.Amendment, c *ent.Commitment, in DraftAmendmentInput) error {
	base, err := tx.baseOf(ctx, d)
	if err != nil {
		return err
	}
	p, err := tx.Process.Get(ctx, c.ProcessID)
	if err != nil {
		return err
	}
	if in.Language == nil {
		_, d.Language = InLanguage(base.Body, p.Languages, nil, nil)
	} else if d.Language, err = tag("language", *in.Language); err != nil {
		return err
	}
	if !slices.Contains(Languages(base), d.Language) {
		return BadInput("language", "The text does not exist in this language.")
	}
	d.Title, d.Body = base.Title[d.Language], base.Body[d.Language]
	if err := changeDraft(d, in.Title, in.Body, &in.Rationale); err != nil {
		return err
	}
	if d.Title == "" { // the base has a body in this language, and no title
		return BadInput("title", "This must not be empty.")
	}
	return nil
}

// rebase moves a draft to another version, which exists in its language.
func (tx *Tx) rebase(ctx context.Context, d *ent.Amendment, versionID string) error {
	d.BaseID = versionID
	base, err := tx.baseOf(ctx, d)
	if err == nil && !slices.Contains(Languages(base), d.Language) {
		err = BadInput("base", "The text does not exist in this language.")
	}
	return err
}

// baseOf reads the version that an amendment starts from.
func (tx *Tx) baseOf(ctx context.Context, a *ent.Amendment) (*ent.Version, error) {
	base, err := tx.Version.Get(ctx, a.BaseID)
	if ent.IsNotFound(err) || err == nil && base.CommitmentID != a.CommitmentID {
		return nil, BadInput("base", "This is not a version of the commitment.")
	}
	return base, err
}

// changeDraft puts new texts into a draft, those that are not nil.
func changeDraft(d *ent.Amendment, title, body, rationale *string) (err error) {
	if title != nil {
		if d.Title, err = titleLine("title", *title); err != nil {
			return err
		}
	}
	if body != nil {
		if d.Body, err = bodyProse("body", *body); err != nil {
			return err
		}
	}
	if rationale != nil {
		d.Rationale, err = prose("rationale", *rationale, 0, maxReason)
	}
	return err
}

// DraftChange is what EditAmendmentDraft changes; nil stays.
type DraftChange struct {
	Base         *string
	Title        *string
	Body         *string
	Rationale    *string
	Organization *string
	OwnName      bool // takes the organization away
}

// EditAmendmentDraft changes a draft. One that moderators refused is a draft like others again once something of it is
// another. Errors: NOT_FOUND unless it is theirs, CONFLICT once submitted.
func (s *Service) EditAmendmentDraft(ctx context.Context, id string, in DraftChange, key *string) (*ent.Amendment, error) {
	return once(ctx, s, Retry{"editAmendmentDraft", key, []any{id, in}}, s.Read.Amendment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Amendment, error) {
			if _, err := tx.ownAmendment(ctx, id); err != nil {
				return nil, err
			}
			d, err := tx.draftToChange(ctx, id) // locked, so that two changes at once both stand
			if err != nil {
				return nil, err
			}
			if err := maySign(ctx, tx, auth.ViewerFrom(ctx), in.Organization); err != nil {
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
			u := d.Update().SetBaseID(d.BaseID).SetTitle(d.Title).SetBody(d.Body).SetRationale(d.Rationale).
				SetNillableOrganizationID(in.Organization).SetUpdatedAt(s.now()).Where(amendment.StateEQ(amendment.StateDRAFT))
			if in.OwnName {
				u.ClearOrganizationID()
			}
			refused := d.HeldAt != nil && in.changes(&before, d)
			if refused { // in the same statement: a second one would ask for the commitment, which others lock first
				u.ClearHeldAt()
			}
			if d, err = u.Save(ctx); err != nil || !refused {
				return d, tx.overtaken(ctx, id, err)
			}
			return d, closeCase(ctx, tx, id)
		})
}

// changes says whether a draft with new texts would be published otherwise than before.
func (in DraftChange) changes(before, d *ent.Amendment) bool {
	signs := before.OrganizationID
	if in.Organization != nil {
		signs = in.Organization
	}
	if in.OwnName {
		signs = nil
	}
	return before.BaseID != d.BaseID || before.Title != d.Title || before.Body != d.Body || before.Rationale != d.Rationale ||
		Face(before.AuthorID, before.OrganizationID) != Face(before.AuthorID, signs)
}

// draftToChange locks a draft that the viewer may change or throw away.
func (tx *Tx) draftToChange(ctx context.Context, id string) (*ent.Amendment, error) {
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

// overtaken turns a compare-and-set on the state of an amendment that found no row into a refusal, with its state now.
func (tx *Tx) overtaken(ctx context.Context, id string, err error) error {
	if !ent.IsNotFound(err) {
		return err
	}
	a, err := tx.Amendment.Get(ctx, id)
	if err != nil {
		return absent("amendment", err) // a draft that was thrown away
	}
	return moved(a.State, "Somebody else was faster: the state has changed.")
}

// ownAmendment reads an amendment of the viewer's. Errors: NOT_FOUND for one of somebody else that is not public.
func (tx *Tx) ownAmendment(ctx context.Context, id string) (*ent.Amendment, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := signedIn(viewer); err != nil {
		return nil, err
	}
	a, err := tx.Amendment.Get(ctx, id)
	if err != nil {
		return nil, absent("amendment", err)
	}
	if a.AuthorID != viewer.UserID && !IsPublicAmendment(a) {
		return nil, notFound("amendment")
	}
	return a, nil
}

// lockAmendment reads an amendment, which may have changed while we waited for the lock, and keeps others from changing
// it until the transaction ends.
func (tx *Tx) lockAmendment(ctx context.Context, id string) (*ent.Amendment, error) {
	q := tx.Amendment.Query().Where(amendment.ID(id))
	if tx.service.onPostgres() {
		q.ForUpdate()
	}
	a, err := q.Only(ctx)
	return a, absent("amendment", err)
}

// lockOwnAmendment is ownAmendment once its commitment and it are locked.
func (tx *Tx) lockOwnAmendment(ctx context.Context, id string) (*ent.Amendment, error) {
	a, err := tx.ownAmendment(ctx, id)
	if err != nil {
		return nil, err
	}
	if _, err := tx.lockCommitment(ctx, a.CommitmentID); err != nil {
		return nil, err
	}
	return tx.lockAmendment(ctx, id)
}

// publicCommitment reads a commitment that is no draft.
func (tx *Tx) publicCommitment(ctx context.Context, field, id string) (*ent.Commitment, error) {
	c, err := tx.Commitment.Get(ctx, id)
	if err != nil {
		return nil, absent(field, err)
	}
	if c.Status == commitment.StatusDRAFT {
		return nil, notFound(field)
	}
	return c, nil
}

// DeleteAmendmentDraft throws a draft away, also one that moderators refused, and returns the commitment it was about.
func (s *Service) DeleteAmendmentDraft(ctx context.Context, id string, key *string) (*ent.Commitment, error) {
	return once(ctx, s, Retry{"deleteAmendmentDraft", key, id}, s.Read.Commitment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Commitment, error) {
			if _, err := tx.ownAmendment(ctx, id); err != nil {
				return nil, err
			}
			d, err := tx.draftToChange(ctx, id)
			if err != nil {
				return nil, err
			}
			if err := closeCase(ctx, tx, id); err != nil {
				return nil, err
			}
			if err := tx.Amendment.DeleteOne(d).Where(amendment.StateEQ(amendment.StateDRAFT)).Exec(ctx); err != nil {
				return nil, tx.overtaken(ctx, id, err)
			}
			return tx.Commitment.Get(ctx, d.CommitmentID)
		})
}

// SubmitAmendment sends the viewer's draft for review and announces it on the commitment's topic; or holds it, as a draft
// that does not change, until a moderator has read it.
// Errors: NOT_FOUND if the draft is not theirs, CLOSED outside the phase, BAD_USER_INPUT when it changes nothing,
// CONFLICT if it has left the draft state or as many as allowed are under evaluation.
func (s *Service) SubmitAmendment(ctx context.Context, id string, key *string) (*ent.Amendment, error) {
	return once(ctx, s, Retry{"submitAmendment", key, id}, s.Read.Amendment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Amendment, error) {
			d, err := tx.ownAmendment(ctx, id)
			if err != nil {
				return nil, err
			}
			c, err := tx.lockCommitment(ctx, d.CommitmentID)
			if err != nil {
				return nil, err
			}
			if d, err = tx.lockAmendment(ctx, id); err != nil {
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

// submit puts a draft under evaluation and announces it; d and c are locked.
func (tx *Tx) submit(ctx context.Context, d *ent.Amendment, c *ent.Commitment) (*ent.Amendment, error) {
	state, err := tx.mergeState(ctx, d, c)
	if err != nil {
		return nil, err
	}
	now, id := tx.service.now(), d.ID
	d, err = d.Update().SetState(amendment.StateEVALUATING).SetMergeState(state).SetMergeChecked(c.VersionNumber).
		SetSubmittedAt(now).SetUpdatedAt(now).ClearHeldAt().Where(amendment.StateEQ(amendment.StateDRAFT)).Save(ctx)
	if err != nil {
		return nil, tx.overtaken(ctx, id, err)
	}
	if err := tx.service.Index(ctx, tx, d); err != nil {
		return nil, err
	}
	tx.record(live.Event{
		Topic: c.ID, Type: live.AmendmentSubmitted, Subject: d.ID, Actor: amender(d),
		Data: map[string]any{"amendmentCount": c.AmendmentCount + 1},
	})
	return d, tx.Commitment.Update().Where(commitment.ID(c.ID)).AddAmendmentCount(1).SetActiveAt(now).Exec(ctx)
}

// submittable runs the checks of a submission in order; c and d are locked.
func (tx *Tx) submittable(ctx context.Context, d *ent.Amendment, c *ent.Commitment) error {
	viewer := auth.ViewerFrom(ctx)
	o, has, err := tx.amending(ctx, viewer, c)
	if err != nil {
		return err
	}
	on, err := tx.caseHolding(ctx, d)
	if err != nil {
		return err
	}
	if err := MaySubmit(viewer, d, on, c, o, has); err != nil {
		return err
	}
	if err := maySign(ctx, tx, viewer, d.OrganizationID); err != nil {
		return err
	}
	base, err := tx.baseOf(ctx, d)
	if err != nil {
		return err
	}
	if base.Title[d.Language] == d.Title && base.Body[d.Language] == d.Body {
		return BadInput("amendment", "The amendment changes nothing.")
	}
	return nil
}

// amender is who the amendment is by, as everybody may know.
func amender(a *ent.Amendment) string { return Face(a.AuthorID, a.OrganizationID) }

// Face is the public face of an act: the organization when done in its name, else the person.
func Face(person string, organization *string) string {
	if organization != nil {
		return *organization
	}
	return person
}

// WithdrawAmendment takes an amendment under evaluation back.
func (s *Service) WithdrawAmendment(ctx context.Context, id string, key *string) (*ent.Amendment, error) {
	return once(ctx, s, Retry{"withdrawAmendment", key, id}, s.Read.Amendment.Get,
		func(ctx context.Context, tx *Tx) (*ent.Amendment, error) {
			a, err := tx.ownAmendment(ctx, id)
			if err != nil {
				return nil, err
			}
			if err := MayWithdrawAmendment(auth.ViewerFrom(ctx), a); err != nil {
				return nil, err
			}
			if err := tx.touch(ctx, a.CommitmentID); err != nil { // first: everybody locks the commitment before its amendments
				return nil, err
			}
			tx.record(live.Event{Topic: a.CommitmentID, Type: live.AmendmentWithdrawn, Subject: a.ID, Actor: amender(a)})
			a, err = a.Update().SetState(amendment.StateWITHDRAWN).SetUpdatedAt(s.now()).
				Where(amendment.StateEQ(amendment.StateEVALUATING)).Save(ctx)
			return a, tx.overtaken(ctx, id, err)
		})
}

// touch notes that something public happened to a commitment.
func (tx *Tx) touch(ctx context.Context, commitmentID string) error {
	return tx.Commitment.Update().Where(commitment.ID(commitmentID)).SetActiveAt(tx.service.now()).Exec(ctx)
}

// AmendmentDrafts are the viewer's own.
func (s *Service) AmendmentDrafts(v auth.Viewer) *ent.AmendmentQuery {
	return s.Read.Amendment.Query().Where(amendment.StateEQ(amendment.StateDRAFT), amendment.AuthorID(v.UserID))
}
