package roadmap

import (
	"context"
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/live"
)

// moderatedComment implements moderation.Item for a comment. Its thread is locked, or the comment is new in this
// transaction.
type moderatedComment struct {
	service *Roadmap
	comment *ent.Comment
	on      *subject
}

// lockCommentItem implements moderation.LockItem for comments. It locks the thread. Errors: NOT_FOUND on field.
func (s *Roadmap) lockCommentItem(ctx context.Context, tx *change.Tx, field, id string) (moderation.Item, error) {
	m, err := s.On(tx).lockThread(ctx, id)
	if err != nil {
		return nil, refusal.IfMissing(field, err)
	}

	on, err := s.On(tx).anySubject(ctx, field, m.SubjectID)
	if err != nil {
		return nil, err
	}
	return &moderatedComment{s, m, on}, nil
}

// MayReadComment says whether a viewer who may read the comment's case may read the comment as well: not what its
// author deleted.
func MayReadComment(m *ent.Comment) bool { return m.DeletedAt == nil }

// RemovalOfComment says why nobody can read a comment; the zero Removal is of one that everybody can.
func RemovalOfComment(m *ent.Comment) moderation.Removal {
	return moderation.Removal{
		Deleted: m.DeletedAt != nil,
		Held:    m.HeldAt != nil,
		Hidden:  m.HiddenAt != nil && m.HeldAt == nil, // what is held is hidden as well
	}
}

// ID implements moderation.Item, as do the methods below.
func (i *moderatedComment) ID() string { return i.comment.ID }

// Kind is that of comments.
func (i *moderatedComment) Kind() string { return "COMMENT" }

// Author returns the id of the person who wrote the comment.
func (i *moderatedComment) Author() string { return i.comment.AuthorID }

// Organization returns the id of the organization in whose name the comment is, or nil.
func (i *moderatedComment) Organization() *string { return i.comment.OrganizationID }

// Process returns the id of the process that the commitment belongs to.
func (i *moderatedComment) Process() string { return i.on.commitment.ProcessID }

// About returns the id of the commitment, also for a comment on an amendment to it.
func (i *moderatedComment) About() string { return i.on.commitment.ID }

// IsDraft returns false: comments have no drafts.
func (i *moderatedComment) IsDraft() bool { return false }

// IsPublic says whether everybody can read the comment, and see what it is about.
func (i *moderatedComment) IsPublic() bool { return !public.IsRemoved(i.comment) && i.on.isPublic() }

// Removed refuses for a removed comment whose place in the thread everybody sees, because answers below it can be read.
// Errors: CONFLICT with how it was removed.
func (i *moderatedComment) Removed() error {
	if public.IsRemoved(i.comment) && i.on.isPublic() && i.comment.DescendantCount > 0 {
		return refusal.Conflicting(refusal.At(i.comment.ID, public.RemovalOf(i.comment)), "This comment was removed.")
	}
	return nil
}

// Removal says whether the comment is deleted, held or hidden.
func (i *moderatedComment) Removal() moderation.Removal { return RemovalOfComment(i.comment) }

// ChangedAt returns when the comment was last edited; nil for never.
func (i *moderatedComment) ChangedAt() *time.Time { return i.comment.EditedAt }

// Hide hides the comment, no longer counts it, and announces it as removed.
func (i *moderatedComment) Hide(ctx context.Context, tx *change.Tx) error {
	m, err := i.comment.Update().SetHiddenAt(i.service.Moment()).Save(ctx)
	if err != nil {
		return err
	}
	return i.service.On(tx).commentCounted(ctx, i.on, m, live.CommentRemoved, -1)
}

// Restore makes the comment public again, counts it, and announces that.
func (i *moderatedComment) Restore(ctx context.Context, tx *change.Tx) error {
	m, err := i.comment.Update().ClearHiddenAt().Save(ctx)
	if err != nil {
		return err
	}
	return i.service.On(tx).commentCounted(ctx, i.on, m, live.CommentRestored, +1)
}

// commentCounted indexes a comment that was hidden or restored, adds n to the counts, and announces it without an
// actor: it is not said who moderates.
func (tx *tx) commentCounted(ctx context.Context, on *subject, m *ent.Comment, t live.Type, n int) error {
	if err := tx.search.Refresh(ctx, tx.Tx, m); err != nil {
		return err
	}
	if err := tx.countBelow(ctx, m, n); err != nil {
		return err
	}
	return tx.announceCount(ctx, t, on, m, n, "")
}

// Publish posts the comment. Errors: CLOSED where comments are not taken any more; CONFLICT when the amendment that it
// is about was hidden, or the comment that it answers was removed.
func (i *moderatedComment) Publish(ctx context.Context, tx *change.Tx) error {
	if !i.on.isPublic() {
		return refusal.Conflicting(refusal.At(i.on.id, "HIDDEN"), "A moderator hid this amendment.")
	}

	m := i.comment
	if m.ParentID != nil {
		parent, err := tx.Comment.Get(ctx, *m.ParentID)
		if err != nil {
			return err
		}
		if public.IsRemoved(parent) {
			return refusal.Conflicting(refusal.At(parent.ID, public.RemovalOf(parent)),
				"The comment that it answers was removed.")
		}
	}

	m, err := m.Update().ClearHeldAt().ClearHiddenAt().Save(ctx)
	if err != nil {
		return err
	}
	return i.service.On(tx).posted(ctx, i.on, m)
}
