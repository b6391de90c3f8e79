package roadmap

import (
	"context"
	"slices"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/moderation"
	"ensemble/consultation/organizations"
	"ensemble/consultation/permission"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/amendment"
)

// DraftAmendment begins an amendment that only its author sees.
// Errors: UNAUTHENTICATED; NOT_FOUND when the commitment is not public; TERMS_NOT_ACCEPTED; FORBIDDEN until the
// viewer's address is confirmed, and when they may not sign for the organization; CLOSED when it takes no amendments;
// BAD_USER_INPUT; CONFLICT when the viewer has a draft on this commitment already.
func (s *Roadmap) DraftAmendment(ctx context.Context, in DraftAmendmentInput) (*ent.Amendment, error) {
	viewer := auth.ViewerFrom(ctx)
	return change.Once(ctx, s, in, s.Read.Amendment.Get,
		func(ctx context.Context, tx *tx) (*ent.Amendment, error) {
			if err := permission.AskSignedIn(viewer); err != nil {
				return nil, err
			}

			// Lock the commitment before looking for a draft: of two drafts begun at once, the second finds the first.
			c, err := tx.lockPublicCommitment(ctx, "commitment", in.Commitment)
			if err != nil {
				return nil, err
			}
			on, err := tx.amendedBy(ctx, viewer, c)
			if err != nil {
				return nil, err
			}
			if err := tx.amendable(ctx, viewer, on, in.Organization); err != nil {
				return nil, err
			}

			d := &ent.Amendment{
				CommitmentID: c.ID, BaseID: c.VersionID, Rationale: in.Rationale, OrganizationID: in.Organization,
			}
			if in.Base != nil {
				d.BaseID = *in.Base
			}
			if err := tx.fillDraft(ctx, d, on.process, in); err != nil {
				return nil, err
			}

			id, err := tx.ChosenID(ctx, "amendment", in.ID, func(ctx context.Context, id string) (bool, error) {
				return tx.Amendment.Query().Where(amendment.ID(id)).Exist(ctx)
			})
			if err != nil {
				return nil, err
			}
			made, err := tx.Amendment.Create().SetID(id).SetCommitmentID(c.ID).SetBaseID(d.BaseID).
				SetLanguage(d.Language).SetTitle(d.Title).SetBody(d.Body).SetRationale(d.Rationale).
				SetAuthorID(viewer.UserID).SetNillableOrganizationID(d.OrganizationID).
				SetCreatedAt(s.Moment()).SetUpdatedAt(s.Moment()).Save(ctx)
			return made, change.UnlessTaken(in.ID, err)
		})
}

// fillDraft sets language, title and body of a new draft from the input, or else from its base, and checks them.
// Errors: BAD_USER_INPUT on base, language, title, body or rationale.
func (tx *tx) fillDraft(ctx context.Context, d *ent.Amendment, p *ent.Process, in DraftAmendmentInput) error {
	base, err := tx.baseOf(ctx, d)
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

// changeDraft puts new texts into a draft; a text that is nil stays. Errors: BAD_USER_INPUT.
func changeDraft(d *ent.Amendment, title, body, rationale *string) error {
	var wrongTitle, wrongBody, wrongRationale error
	if title != nil {
		d.Title, wrongTitle = input.TitleLine("title", *title)
	}
	if body != nil {
		d.Body, wrongBody = input.BodyProse("body", *body)
	}
	if rationale != nil {
		d.Rationale, wrongRationale = input.Prose("rationale", *rationale, 0, input.MaxReason)
	}
	return refusal.Together(wrongTitle, wrongBody, wrongRationale)
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
// Errors: UNAUTHENTICATED; NOT_FOUND when it is somebody else's and not public; TERMS_NOT_ACCEPTED; FORBIDDEN when it
// is somebody else's, or when the viewer may not sign for the organization; BAD_USER_INPUT; CONFLICT when it was
// submitted or a moderator has yet to read it.
func (s *Roadmap) EditAmendmentDraft(ctx context.Context, in EditAmendmentDraftInput) (*ent.Amendment, error) {
	return change.Once(ctx, s, in, s.Read.Amendment.Get,
		func(ctx context.Context, tx *tx) (*ent.Amendment, error) {
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
				SetNillableOrganizationID(in.Organization).SetUpdatedAt(s.Moment()).
				Where(amendment.StateEQ(amendment.StateDRAFT))
			if in.OwnName {
				u.ClearOrganizationID()
			}

			// A refused draft that differs now is an ordinary draft again, and its case ends. The same statement does
			// it: a second one would lock the commitment, which others lock before the amendment.
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

	return before.BaseID != d.BaseID || before.Title != d.Title || before.Body != d.Body ||
		before.Rationale != d.Rationale ||
		public.Face(before.AuthorID, before.OrganizationID) != public.Face(before.AuthorID, signs)
}

// draftToChange locks a draft that the viewer may change or delete. Errors: those of lockOwnAmendment and MayEditDraft.
func (tx *tx) draftToChange(ctx context.Context, id string) (*ent.Amendment, error) {
	d, err := tx.lockOwnAmendment(ctx, id)
	if err != nil {
		return nil, err
	}

	on, err := tx.caseHolding(ctx, d)
	if err != nil {
		return nil, err
	}
	return d, MayEditDraft(auth.ViewerFrom(ctx), d, on)
}

// DeleteAmendmentDraft deletes a draft, also one that moderators refused, and returns the commitment that it was about.
// Errors: UNAUTHENTICATED; NOT_FOUND when it is somebody else's and not public; TERMS_NOT_ACCEPTED; FORBIDDEN when it
// is somebody else's; CONFLICT when it was submitted or a moderator has yet to read it.
func (s *Roadmap) DeleteAmendmentDraft(ctx context.Context, in DeleteAmendmentDraftInput) (*ent.Commitment, error) {
	return public.OnceAtHead(ctx, s, in, s.commitmentNow, func(ctx context.Context, tx *tx) (*ent.Commitment, error) {
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

// AmendmentDrafts returns a query for the viewer's own drafts, also those that are held or were refused.
func (s *Roadmap) AmendmentDrafts(v auth.Viewer) *ent.AmendmentQuery {
	return s.Read.Amendment.Query().Where(amendment.StateEQ(amendment.StateDRAFT), amendment.AuthorID(v.UserID))
}
