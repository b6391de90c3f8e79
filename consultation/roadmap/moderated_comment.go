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

// moderatedComment is a comment as moderation knows it. Its thread is locked, or it was just made.
type moderatedComment struct {
	service *Roadmap
	comment *ent.Comment
	on      *subject
}

// lockCommentItem implements LockItem for comments: it locks the thread.
func (s *Roadmap) lockCommentItem(ctx context.Context, tx *change.Tx, field, id string) (moderation.Item, error) {
	m, err := s.on(tx).lockThread(ctx, id)
	if err != nil {
		return nil, refusal.IfMissing(field, err)
	}
	on, err := s.on(tx).anySubject(ctx, field, m.SubjectID)
	if err != nil {
		return nil, err
	}
	return &moderatedComment{s, m, on}, nil
}

// RemovalOfComment says how a comment is kept from readers.
func RemovalOfComment(m *ent.Comment) moderation.Removal {
	return moderation.Removal{
		Deleted: m.DeletedAt != nil,
		Held:    m.HeldAt != nil,
		Hidden:  m.HiddenAt != nil && m.HeldAt == nil, // what is held has both
	}
}

// ID implements Item, as do the methods below.
func (i *moderatedComment) ID() string { return i.comment.ID }

// Kind of a comment.
func (i *moderatedComment) Kind() string { return "COMMENT" }

// Author wrote the comment.
func (i *moderatedComment) Author() string { return i.comment.AuthorID }

// Organization signed the comment, nil for none.
func (i *moderatedComment) Organization() *string { return i.comment.OrganizationID }

// Process is that of the commitment.
func (i *moderatedComment) Process() string { return i.on.commitment.ProcessID }

// About is the commitment, also for a comment on an amendment to it.
func (i *moderatedComment) About() string { return i.on.commitment.ID }

// IsDraft is false: comments have no drafts.
func (i *moderatedComment) IsDraft() bool { return false }

// IsPublic says whether everybody can read the comment, which is on something that everybody can see.
func (i *moderatedComment) IsPublic() bool { return !public.IsRemoved(i.comment) && i.on.isPublic() }

// Removed refuses for a comment that keeps its place in the thread because others below can be read.
func (i *moderatedComment) Removed() error {
	if public.IsRemoved(i.comment) && i.on.isPublic() && i.comment.DescendantCount > 0 {
		return refusal.Moved(public.RemovalOf(i.comment), "This comment was removed.")
	}
	return nil
}

// Removal of the comment.
func (i *moderatedComment) Removal() moderation.Removal { return RemovalOfComment(i.comment) }

// ChangedAt is when the comment was last edited.
func (i *moderatedComment) ChangedAt() *time.Time { return i.comment.EditedAt }

// Hide announces the comment as removed.
func (i *moderatedComment) Hide(ctx context.Context, tx *change.Tx) error {
	m, err := i.comment.Update().SetHiddenAt(i.service.Moment()).Save(ctx)
	if err != nil {
		return err
	}
	return i.service.on(tx).commentCounted(ctx, i.on, m, live.CommentRemoved, -1)
}

// Restore announces the comment as restored.
func (i *moderatedComment) Restore(ctx context.Context, tx *change.Tx) error {
	m, err := i.comment.Update().ClearHiddenAt().Save(ctx)
	if err != nil {
		return err
	}
	return i.service.on(tx).commentCounted(ctx, i.on, m, live.CommentRestored, +1)
}

// commentCounted indexes a comment that was hidden or restored, counts n and announces it in nobody's name: it is not said who
// moderates.
func (tx *tx) commentCounted(ctx context.Context, on *subject, m *ent.Comment, t live.Type, n int) error {
	if err := tx.search.Refresh(ctx, tx.Tx, m); err != nil {
		return err
	}
	if err := tx.countBelow(ctx, m, n); err != nil {
		return err
	}
	return tx.announceCount(ctx, t, on, m, n, "")
}

// Publish posts the comment, where comments are open and what it answers can still be read.
func (i *moderatedComment) Publish(ctx context.Context, tx *change.Tx) error {
	if !i.on.isPublic() {
		return refusal.Moved("HIDDEN", "A moderator hid this amendment.")
	}

	m := i.comment
	if m.ParentID != nil {
		parent, err := tx.Comment.Get(ctx, *m.ParentID)
		if err != nil {
			return err
		}
		if public.IsRemoved(parent) {
			return refusal.Moved(public.RemovalOf(parent), "The comment that it answers was removed.")
		}
	}

	m, err := m.Update().ClearHeldAt().ClearHiddenAt().Save(ctx)
	if err != nil {
		return err
	}
	return i.service.on(tx).posted(ctx, i.on, m)
}
