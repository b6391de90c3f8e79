package roadmap

import (
	"context"
	"time"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/moderationcase"
	"ensemble/live"
)

// moderatedAmendment implements moderation.Item for an amendment. Its commitment was locked, and then the amendment.
type moderatedAmendment struct {
	service    *Roadmap
	amendment  *ent.Amendment
	commitment *ent.Commitment
}

// lockAmendmentItem implements moderation.LockItem for amendments. It locks the commitment first, as everybody does.
// Errors: NOT_FOUND on field.
func (s *Roadmap) lockAmendmentItem(ctx context.Context, tx *change.Tx, field, id string) (moderation.Item, error) {
	c, err := s.On(tx).lockCommitmentOf(ctx, field, id)
	if err != nil {
		return nil, err
	}

	a, err := s.On(tx).lockAmendment(ctx, field, id)
	if err != nil {
		return nil, err
	}
	return &moderatedAmendment{s, a, c}, nil
}

// RemovalOfAmendment says in which way an amendment is withheld from readers, if it is. It is never Deleted: only
// drafts can be deleted.
func RemovalOfAmendment(a *ent.Amendment) moderation.Removal {
	return moderation.Removal{Held: a.HeldAt != nil, Hidden: a.HiddenAt != nil}
}

// MayReadAmendment says whether a viewer who may read the amendment's case may read the amendment as well. One that was
// refused and changed since is a draft again, and only its author may.
func MayReadAmendment(v auth.Viewer, a *ent.Amendment) bool {
	return public.IsPublicAmendment(a) || RemovalOfAmendment(a) != moderation.Removal{} || a.AuthorID == v.UserID
}

// caseHolding returns the case of an amendment that is held or was refused, and nil for any other. The caller has
// locked it.
func (tx *tx) caseHolding(ctx context.Context, a *ent.Amendment) (*ent.ModerationCase, error) {
	if a.HeldAt == nil {
		return nil, nil
	}
	return tx.ModerationCase.Query().Where(moderationcase.ItemID(a.ID)).Only(ctx)
}

// ID implements moderation.Item, as do the methods below.
func (i *moderatedAmendment) ID() string { return i.amendment.ID }

// Kind is that of amendments.
func (i *moderatedAmendment) Kind() string { return "AMENDMENT" }

// Author returns the id of the person who wrote the amendment.
func (i *moderatedAmendment) Author() string { return i.amendment.AuthorID }

// Organization returns the id of the organization in whose name the amendment is, or nil.
func (i *moderatedAmendment) Organization() *string { return i.amendment.OrganizationID }

// Process returns the id of the process that the commitment belongs to.
func (i *moderatedAmendment) Process() string { return i.commitment.ProcessID }

// About returns the id of the commitment, which everybody can see.
func (i *moderatedAmendment) About() string { return i.commitment.ID }

// IsDraft says whether the amendment was not submitted, or was refused and changed since.
func (i *moderatedAmendment) IsDraft() bool {
	return i.amendment.State == amendment.StateDRAFT && i.amendment.HeldAt == nil
}

// IsPublic says whether everybody can read the amendment.
func (i *moderatedAmendment) IsPublic() bool { return public.IsPublicAmendment(i.amendment) }

// Removed returns nil: nobody sees where a hidden amendment was.
func (i *moderatedAmendment) Removed() error { return nil }

// Removal says whether the amendment is held or hidden.
func (i *moderatedAmendment) Removal() moderation.Removal { return RemovalOfAmendment(i.amendment) }

// ChangedAt returns nil: an amendment does not change after it was submitted.
func (i *moderatedAmendment) ChangedAt() *time.Time { return nil }

// Hide hides the amendment, no longer counts it, and announces that.
func (i *moderatedAmendment) Hide(ctx context.Context, tx *change.Tx) error {
	a, err := i.amendment.Update().SetHiddenAt(i.service.Moment()).Save(ctx)
	if err != nil {
		return err
	}
	return i.service.On(tx).amendmentCounted(ctx, i.commitment, a, live.AmendmentHidden, -1)
}

// Restore makes the amendment public again, counts it, and announces that. It is compared with the text, which may have
// changed meanwhile, after the commit.
func (i *moderatedAmendment) Restore(ctx context.Context, tx *change.Tx) error {
	a, err := i.amendment.Update().ClearHiddenAt().Save(ctx)
	if err != nil {
		return err
	}
	tx.Wake(compareAmendments)
	return i.service.On(tx).amendmentCounted(ctx, i.commitment, a, live.AmendmentRestored, +1)
}

// amendmentCounted indexes an amendment that was hidden or restored, adds n to the commitment's count, and announces it
// without an actor: it is not said who moderates. The event names the amendment as its subject, too, for those who
// watch its thread.
func (tx *tx) amendmentCounted(ctx context.Context, c *ent.Commitment, a *ent.Amendment, t live.Type, n int) error {
	if err := tx.search.Refresh(ctx, tx.Tx, a); err != nil {
		return err
	}

	tx.Record(live.Event{
		Topic: c.ID, Type: t, Subject: a.ID,
		Data: map[string]any{"subject": a.ID, "amendmentCount": c.AmendmentCount + n},
	})
	return tx.Commitment.Update().Where(commitment.ID(c.ID)).AddAmendmentCount(n).SetActiveAt(tx.Moment()).Exec(ctx)
}

// Publish puts the amendment under evaluation. Errors: CLOSED unless its commitment is open.
func (i *moderatedAmendment) Publish(ctx context.Context, tx *change.Tx) error {
	if i.commitment.Status != commitment.StatusOPEN {
		return refusal.New(refusal.Closed, "Amendments are closed here.")
	}

	part := i.service.On(tx)
	base, err := part.baseOf(ctx, i.amendment)
	if err != nil {
		return err
	}
	_, err = part.submit(ctx, i.amendment, base, i.commitment)
	return err
}

// holdAmendment holds a draft until a moderator has read it, for the reasons given. The caller has locked d and c.
// Errors: CONFLICT when it is no draft any more.
func (tx *tx) holdAmendment(
	ctx context.Context, d *ent.Amendment, c *ent.Commitment, why []string,
) (*ent.Amendment, error) {
	id := d.ID
	d, err := d.Update().SetHeldAt(tx.Moment()).Where(amendment.StateEQ(amendment.StateDRAFT)).Save(ctx)
	if err != nil {
		return nil, tx.overtaken(ctx, id, err)
	}

	return d, moderation.HoldItem(ctx, tx.Tx, &moderatedAmendment{tx.Roadmap, d, c}, why)
}
