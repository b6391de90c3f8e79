package consultation

import (
	"context"

	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/live"
)

// item is what people can report and moderators hide: a comment or an amendment, locked, with what it belongs to. A
// commitment is none: the steering body answers for its words, and withdraws it. Nor are the names of people and
// organizations: they belong to the site and to no process, whose moderators could not decide on them.
type item struct {
	comment    *ent.Comment   // nil for an amendment
	on         *subject       // of the comment
	amendment  *ent.Amendment // nil for a comment
	commitment *ent.Commitment
}

func (i *item) id() string {
	if i.amendment != nil {
		return i.amendment.ID
	}
	return i.comment.ID
}

func (i *item) author() string {
	if i.amendment != nil {
		return i.amendment.AuthorID
	}
	return i.comment.AuthorID
}

// organization is in whose name it is, nil for the author's own.
func (i *item) organization() *string {
	if i.amendment != nil {
		return i.amendment.OrganizationID
	}
	return i.comment.OrganizationID
}

func (i *item) process() string { return i.commitment.ProcessID }

// kind is as the tables and the schema spell it.
func (i *item) kind() string {
	if i.amendment != nil {
		return "AMENDMENT"
	}
	return "COMMENT"
}

// isPublic says whether everybody can read it.
func (i *item) isPublic() bool {
	if i.amendment != nil {
		return IsPublicAmendment(i.amendment)
	}
	return !IsRemoved(i.comment) && i.on.isPublic()
}

// isHidden says whether moderators, or reports, took it away.
func (i *item) isHidden() bool {
	if i.amendment != nil {
		return i.amendment.HiddenAt != nil
	}
	return i.comment.HiddenAt != nil && i.comment.HeldAt == nil
}

func (i *item) isHeld() bool {
	if i.amendment != nil {
		return i.amendment.HeldAt != nil
	}
	return i.comment.HeldAt != nil
}

func (i *item) isDeleted() bool { return i.comment != nil && i.comment.DeletedAt != nil }

// lockItem reads what an id names and keeps others from changing it. Errors: NOT_FOUND on field for what is no item, and
// for drafts that nobody held.
func (tx *Tx) lockItem(ctx context.Context, field, id string) (*item, error) {
	switch kind, _ := KindOf(id); kind {
	case "comment":
		m, err := tx.lockThread(ctx, id)
		if err != nil {
			return nil, absent(field, err)
		}
		on, err := tx.anySubject(ctx, field, m.SubjectID)
		if err != nil {
			return nil, err
		}
		return &item{comment: m, on: on, commitment: on.commitment}, nil
	case "amendment":
		return tx.lockAmendmentItem(ctx, field, id)
	}
	return nil, notFound(field)
}

func (tx *Tx) lockAmendmentItem(ctx context.Context, field, id string) (*item, error) {
	a, err := tx.Amendment.Get(ctx, id)
	if err != nil {
		return nil, absent(field, err)
	}
	c, err := tx.lockCommitment(ctx, a.CommitmentID)
	if err != nil {
		return nil, err
	}
	if a, err = tx.lockAmendment(ctx, id); err != nil {
		return nil, absent(field, err)
	}
	if a.State == amendment.StateDRAFT && a.HeldAt == nil {
		return nil, notFound(field)
	}
	return &item{amendment: a, commitment: c}, nil
}

// hide takes what everybody could read away from all but its author and the moderators, and says so to who watches.
func (tx *Tx) hide(ctx context.Context, i *item) error {
	now := tx.service.now()
	if i.amendment != nil {
		a, err := i.amendment.Update().SetHiddenAt(now).Save(ctx)
		if err != nil {
			return err
		}
		return tx.amendmentCounted(ctx, i, a, live.AmendmentHidden, -1)
	}
	m, err := i.comment.Update().SetHiddenAt(now).Save(ctx)
	if err != nil {
		return err
	}
	return tx.commentCounted(ctx, i.on, m, live.CommentRemoved, -1)
}

// unhide gives it back.
func (tx *Tx) unhide(ctx context.Context, i *item) error {
	if i.amendment != nil {
		a, err := i.amendment.Update().ClearHiddenAt().Save(ctx)
		if err != nil {
			return err
		}
		return tx.amendmentCounted(ctx, i, a, live.AmendmentRestored, +1)
	}
	m, err := i.comment.Update().ClearHiddenAt().Save(ctx)
	if err != nil {
		return err
	}
	return tx.commentCounted(ctx, i.on, m, live.CommentRestored, +1)
}

// commentCounted and amendmentCounted index what changed, count n and announce it in nobody's name: it is not said who moderates.
func (tx *Tx) commentCounted(ctx context.Context, on *subject, m *ent.Comment, t live.Type, n int) error {
	if err := tx.index(ctx, m); err != nil {
		return err
	}
	if err := tx.countBelow(ctx, m, n); err != nil {
		return err
	}
	return tx.announceCount(ctx, t, on, m, n, "")
}

// Whoever watches the thread of an amendment hears of it as well: the amendment is the subject of its comments.
func (tx *Tx) amendmentCounted(ctx context.Context, i *item, a *ent.Amendment, t live.Type, n int) error {
	if err := tx.index(ctx, a); err != nil {
		return err
	}
	tx.record(live.Event{
		Topic: i.commitment.ID, Type: t, Subject: i.amendment.ID,
		Data: map[string]any{"subject": i.amendment.ID, "amendmentCount": i.commitment.AmendmentCount + n},
	})
	return tx.Commitment.Update().Where(commitment.ID(i.commitment.ID)).AddAmendmentCount(n).SetActiveAt(tx.service.now()).Exec(ctx)
}
