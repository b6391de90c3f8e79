package consultation

import (
	"context"
	"time"

	"ensemble/ent"
	"ensemble/live"
)

// moderatedComment is a comment as moderation knows it. Its thread is locked, or it was just made.
type moderatedComment struct {
	service *Service
	comment *ent.Comment
	on      *subject
}

// registerItems has moderators decide on comments and amendments.
func (s *Service) registerItems() {
	s.moderates("comment", s.lockCommentItem)
	s.moderates("amendment", s.lockAmendmentItem)
}

// lockCommentItem implements LockItem for comments: it locks the thread.
func (s *Service) lockCommentItem(ctx context.Context, tx *Tx, field, id string) (Item, error) {
	m, err := tx.lockThread(ctx, id)
	if err != nil {
		return nil, absent(field, err)
	}
	on, err := tx.anySubject(ctx, field, m.SubjectID)
	if err != nil {
		return nil, err
	}
	return &moderatedComment{s, m, on}, nil
}

// RemovalOfComment says how a comment is kept from readers.
func RemovalOfComment(m *ent.Comment) Removal {
	return Removal{
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
func (i *moderatedComment) IsPublic() bool { return !IsRemoved(i.comment) && i.on.isPublic() }

// Removed refuses for a comment that keeps its place in the thread because others below can be read.
func (i *moderatedComment) Removed() error {
	if IsRemoved(i.comment) && i.on.isPublic() && i.comment.DescendantCount > 0 {
		return moved(removalOf(i.comment), "This comment was removed.")
	}
	return nil
}

// Removal of the comment.
func (i *moderatedComment) Removal() Removal { return RemovalOfComment(i.comment) }

// ChangedAt is when the comment was last edited.
func (i *moderatedComment) ChangedAt() *time.Time { return i.comment.EditedAt }

// Hide announces the comment as removed.
func (i *moderatedComment) Hide(ctx context.Context, tx *Tx) error {
	m, err := i.comment.Update().SetHiddenAt(i.service.now()).Save(ctx)
	if err != nil {
		return err
	}
	return tx.commentCounted(ctx, i.on, m, live.CommentRemoved, -1)
}

// Restore announces the comment as restored.
func (i *moderatedComment) Restore(ctx context.Context, tx *Tx) error {
	m, err := i.comment.Update().ClearHiddenAt().Save(ctx)
	if err != nil {
		return err
	}
	return tx.commentCounted(ctx, i.on, m, live.CommentRestored, +1)
}

// commentCounted indexes a comment that was hidden or restored, counts n and announces it in nobody's name: it is not said who
// moderates.
func (tx *Tx) commentCounted(ctx context.Context, on *subject, m *ent.Comment, t live.Type, n int) error {
	if err := tx.service.Index(ctx, tx, m); err != nil {
		return err
	}
	if err := tx.countBelow(ctx, m, n); err != nil {
		return err
	}
	return tx.announceCount(ctx, t, on, m, n, "")
}

// Publish posts the comment, where comments are open and what it answers can still be read.
func (i *moderatedComment) Publish(ctx context.Context, tx *Tx) error {
	if !i.on.isPublic() {
		return moved("HIDDEN", "A moderator hid this amendment.")
	}

	m := i.comment
	if m.ParentID != nil {
		parent, err := tx.Comment.Get(ctx, *m.ParentID)
		if err != nil {
			return err
		}
		if IsRemoved(parent) {
			return moved(removalOf(parent), "The comment that it answers was removed.")
		}
	}

	m, err := m.Update().ClearHeldAt().ClearHiddenAt().Save(ctx)
	if err != nil {
		return err
	}
	return tx.posted(ctx, i.on, m)
}
