package roadmap

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/moderation"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/markdown"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/live"
)

// EditComment replaces what a comment says, and keeps what it said before as history. An edit that changes nothing is
// no edit.
// Errors: UNAUTHENTICATED; NOT_FOUND; TERMS_NOT_ACCEPTED; FORBIDDEN when somebody else wrote it; CLOSED where comments
// are not taken; BAD_USER_INPUT, also when a moderator would have to read the new body first; CONFLICT when the comment
// was removed.
func (s *Roadmap) EditComment(ctx context.Context, in EditCommentInput) (*ent.Comment, error) {
	if err := renderCommentAhead(ctx, in.Body); err != nil {
		return nil, err
	}

	return change.Once(ctx, s, in, s.Read.Comment.Get,
		func(ctx context.Context, tx *tx) (*ent.Comment, error) {
			m, on, err := tx.commentFor(ctx, in.Comment)
			if err != nil {
				return nil, err
			}
			if err := MayEditComment(auth.ViewerFrom(ctx), m, on.commitment, on.amendment, on.openings); err != nil {
				return nil, err
			}

			body, err := input.Prose("body", in.Body, 1, on.process.CommentMaxLength)
			if err != nil || body == m.Body {
				return m, err
			}
			if err := tx.needsNoReading(ctx, on.process, m, body); err != nil {
				return nil, err
			}

			now := s.Moment()
			before := tx.CommentEdit.Create().SetID(s.NewID("edit")).SetCommentID(m.ID).SetBody(m.Body)
			if err := before.SetCreatedAt(now).Exec(ctx); err != nil {
				return nil, err
			}

			tx.Record(live.Event{
				Topic: m.Topic, Type: live.CommentEdited, Subject: m.ID, Actor: public.Commenter(m),
				Data: map[string]any{"subject": m.SubjectID},
			})
			said := m.Body
			if m, err = m.Update().SetBody(body).SetEditedAt(now).Save(ctx); err != nil {
				return nil, err
			}
			if err := tx.bindMentions(ctx, m, said); err != nil {
				return nil, err
			}
			return m, tx.search.Refresh(ctx, tx.Tx, m)
		})
}

// needsNoReading refuses a change of a public comment that a moderator would have to read first: nobody could read the
// comment meanwhile, not even what it said before. Errors: BAD_USER_INPUT on body.
func (tx *tx) needsNoReading(ctx context.Context, p *ent.Process, m *ent.Comment, after string) error {
	w, err := tx.writingOf(ctx, auth.ViewerFrom(ctx), p)
	if err != nil {
		return err
	}
	if w.Recent, err = tx.recentTexts(ctx, m.AuthorID, p, m.ID); err != nil {
		return err
	}

	// Only what is new counts, except for links: otherwise each edit could add a few.
	before := m.Body
	w.Text, w.Plain, w.Html = after, markdown.CommentPlain(after), markdown.CommentHTML(after)
	w.Before = &moderation.Writing{
		Text: before, Plain: markdown.CommentPlain(before), Html: markdown.CommentHTML(before),
	}
	if w.Links() > 0 {
		w.Before.Html = ""
	}

	if len(moderation.Examine(w)) > 0 {
		return refusal.BadInput("body",
			"A moderator has to read this before it is published: post it as a comment of its own.")
	}
	return nil
}

// DeleteComment deletes the viewer's comment; its answers stay. Deleting twice changes nothing.
// Errors: UNAUTHENTICATED; NOT_FOUND; FORBIDDEN when somebody else wrote it.
func (s *Roadmap) DeleteComment(ctx context.Context, in DeleteCommentInput) (*ent.Comment, error) {
	return change.Once(ctx, s, in, s.Read.Comment.Get,
		func(ctx context.Context, tx *tx) (*ent.Comment, error) {
			m, on, err := tx.commentFor(ctx, in.Comment)
			if err != nil {
				return nil, err
			}
			if err := MayDeleteComment(auth.ViewerFrom(ctx), m); err != nil || m.DeletedAt != nil {
				return m, err
			}

			wasReadable := !public.IsRemoved(m)
			if m, err = m.Update().SetDeletedAt(s.Moment()).Save(ctx); err != nil {
				return nil, err
			}
			if err := tx.search.Refresh(ctx, tx.Tx, m); err != nil {
				return nil, err
			}

			// Nobody has to decide any more on what is gone. What nobody could read was not counted, either.
			if err := moderation.CloseCase(ctx, tx.Tx, m.ID); err != nil || !wasReadable {
				return m, err
			}

			if err := tx.countBelow(ctx, m, -1); err != nil {
				return nil, err
			}
			return m, tx.announceCount(ctx, live.CommentRemoved, on, m, -1, "") // nobody need know whose it was
		})
}

// announceVanished records the removal of the comments above m that were removed before, and whose place in the thread
// others saw only because m was below them.
func (tx *tx) announceVanished(ctx context.Context, m *ent.Comment, counts map[string]any) error {
	if m.ParentID == nil {
		return nil
	}

	gone, err := tx.Comment.Query().Where(comment.IDIn(PathIDs(m)...), comment.IDNEQ(m.ID), comment.DescendantCount(0),
		public.Removed()).Order(ent.Desc(comment.FieldDepth)).All(ctx)
	if err != nil {
		return err
	}

	for _, above := range gone {
		tx.Record(live.Event{Topic: above.Topic, Type: live.CommentRemoved, Subject: above.ID, Data: counts})
	}
	return nil
}
