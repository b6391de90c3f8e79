package consultation

import (
	"context"
	"time"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/moderationcase"
	"ensemble/live"
)

// moderatedAmendment is an amendment as moderation knows it, locked, with its commitment, locked before it.
type moderatedAmendment struct {
	service    *Service
	amendment  *ent.Amendment
	commitment *ent.Commitment
}

// lockAmendmentItem implements LockItem for amendments: it locks the commitment, as everybody does, then the amendment.
func (s *Service) lockAmendmentItem(ctx context.Context, tx *Tx, field, id string) (Item, error) {
	a, err := tx.Amendment.Get(ctx, id)
	if err != nil {
		return nil, absent(field, err)
	}
	c, err := tx.lockCommitment(ctx, a.CommitmentID)
	if err != nil {
		return nil, err
	}
	if a, err = tx.lockAmendment(ctx, id); err != nil { // again, as it is now that we hold the lock
		return nil, absent(field, err)
	}
	return &moderatedAmendment{s, a, c}, nil
}

// RemovalOfAmendment says how an amendment is kept from readers. It cannot be deleted once others have read it.
func RemovalOfAmendment(a *ent.Amendment) Removal {
	return Removal{Held: a.HeldAt != nil, Hidden: a.HiddenAt != nil}
}

// MayReadAmendment says whether the viewer, who may read its case, may read the amendment: one that was refused and changed
// since is a draft again, and nobody's but its author's.
func MayReadAmendment(v auth.Viewer, a *ent.Amendment) bool {
	return IsPublicAmendment(a) || RemovalOfAmendment(a) != Removal{} || a.AuthorID == v.UserID
}

// caseHolding is the case of an amendment, locked, that is held or was refused; nil for others.
func (tx *Tx) caseHolding(ctx context.Context, a *ent.Amendment) (*ent.ModerationCase, error) {
	if a.HeldAt == nil {
		return nil, nil
	}
	return tx.ModerationCase.Query().Where(moderationcase.ItemID(a.ID)).Only(ctx)
}

// ID implements Item, as do the methods below.
func (i *moderatedAmendment) ID() string { return i.amendment.ID }

// Kind of an amendment.
func (i *moderatedAmendment) Kind() string { return "AMENDMENT" }

// Author wrote the amendment.
func (i *moderatedAmendment) Author() string { return i.amendment.AuthorID }

// Organization signed the amendment, nil for none.
func (i *moderatedAmendment) Organization() *string { return i.amendment.OrganizationID }

// Process is that of the commitment.
func (i *moderatedAmendment) Process() string { return i.commitment.ProcessID }

// About is the commitment, which everybody can see.
func (i *moderatedAmendment) About() string { return i.commitment.ID }

// IsDraft says whether the amendment was not submitted, or was refused and changed since.
func (i *moderatedAmendment) IsDraft() bool {
	return i.amendment.State == amendment.StateDRAFT && i.amendment.HeldAt == nil
}

// IsPublic says whether everybody can read the amendment.
func (i *moderatedAmendment) IsPublic() bool { return IsPublicAmendment(i.amendment) }

// Removed is nil: a hidden amendment leaves no trace.
func (i *moderatedAmendment) Removed() error { return nil }

// Removal of the amendment.
func (i *moderatedAmendment) Removal() Removal { return RemovalOfAmendment(i.amendment) }

// ChangedAt is nil: an amendment does not change once it was submitted.
func (i *moderatedAmendment) ChangedAt() *time.Time { return nil }

// Hide announces the amendment as hidden.
func (i *moderatedAmendment) Hide(ctx context.Context, tx *Tx) error {
	a, err := i.amendment.Update().SetHiddenAt(i.service.now()).Save(ctx)
	if err != nil {
		return err
	}
	return tx.amendmentCounted(ctx, i.commitment, a, live.AmendmentHidden, -1)
}

// Restore announces the amendment as restored.
func (i *moderatedAmendment) Restore(ctx context.Context, tx *Tx) error {
	a, err := i.amendment.Update().ClearHiddenAt().Save(ctx)
	if err != nil {
		return err
	}
	tx.wake(compareAmendments) // the text may have moved on meanwhile
	return tx.amendmentCounted(ctx, i.commitment, a, live.AmendmentRestored, +1)
}

// amendmentCounted indexes an amendment that was hidden or restored, counts n and announces it in nobody's name. Whoever watches
// its thread hears of it as well: the amendment is the subject of its comments.
func (tx *Tx) amendmentCounted(ctx context.Context, c *ent.Commitment, a *ent.Amendment, t live.Type, n int) error {
	if err := tx.service.Index(ctx, tx, a); err != nil {
		return err
	}
	tx.record(live.Event{
		Topic: c.ID, Type: t, Subject: a.ID,
		Data: map[string]any{"subject": a.ID, "amendmentCount": c.AmendmentCount + n},
	})
	return tx.Commitment.Update().Where(commitment.ID(c.ID)).AddAmendmentCount(n).SetActiveAt(tx.service.now()).Exec(ctx)
}

// Publish puts the amendment under evaluation, while its commitment is open.
func (i *moderatedAmendment) Publish(ctx context.Context, tx *Tx) error {
	if i.commitment.Status != commitment.StatusOPEN {
		return refuse(Closed, "Amendments are closed here.")
	}
	_, err := tx.submit(ctx, i.amendment, i.commitment)
	return err
}

// holdAmendment leaves a draft as it is until a moderator has read it.
func (tx *Tx) holdAmendment(ctx context.Context, d *ent.Amendment, c *ent.Commitment, why []string) (*ent.Amendment, error) {
	id := d.ID
	d, err := d.Update().SetHeldAt(tx.service.now()).Where(amendment.StateEQ(amendment.StateDRAFT)).Save(ctx)
	if err != nil {
		return nil, tx.overtaken(ctx, id, err)
	}
	return d, holdItem(ctx, tx, &moderatedAmendment{tx.service, d, c}, why)
}
