package roadmap

import (
	"context"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/text/markdown"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/mention"
	"ensemble/ent/user"
)

// bindOldMentions is the name of the job that finds out whom comments mention that were written by a program that did
// not note it.
const bindOldMentions = "bind old mentions"

// unboundAfter is how old a comment is when the job looks at it: whom it mentions has been told of it by then.
const unboundAfter = time.Hour

// bindOldMentions goes through all comments that wait for it, each in a transaction of its own. Where one fails, the
// others are bound all the same.
func (s *Roadmap) bindOldMentions(ctx context.Context) error {
	var failed error
	for after := ""; ; {
		old := comment.CreatedAtLT(s.Moment().Add(-unboundAfter))
		due, err := s.Read.Comment.Query().Where(unbound, old, comment.IDGT(after)).
			Order(comment.ByID()).Limit(change.JobBatch).All(ctx)
		if err != nil {
			return errors.Join(failed, fmt.Errorf("find comments: %w", err))
		}

		failed = errors.Join(failed, change.Each(due, "bind mentions of", func(m *ent.Comment) error {
			return change.In(ctx, s, func(ctx context.Context, tx *tx) error { return tx.bindOld(ctx, m.ID) })
		}))
		if len(due) < change.JobBatch {
			return failed
		}
		after = due[len(due)-1].ID
	}
}

// unbound matches the comments that the job has to look at. It says so in the words of the index.
func unbound(s *sql.Selector) { s.Where(sql.ExprP("mentions_bound = false AND body LIKE '%@%'")) }

// bindOld binds a nickname of the comment, or of what it said before, to the person who bears it if they were told,
// when it was new, that the comment mentions them, or if they wrote it. Otherwise the nickname may have changed hands
// since: it names nobody.
func (tx *tx) bindOld(ctx context.Context, id string) error {
	m, err := tx.lockThread(ctx, id)
	if err != nil || m.MentionsBound {
		return err
	}

	edits, err := tx.CommentEdit.Query().Where(commentedit.CommentID(m.ID)).All(ctx)
	if err != nil {
		return err
	}
	nicknames := markdown.Mentions(m.Body)
	for _, edit := range edits {
		nicknames = append(nicknames, markdown.Mentions(edit.Body)...)
	}

	told, err := tx.Mention.Query().Where(mention.CommentID(m.ID)).Select(mention.FieldUserID).Strings(ctx)
	if err != nil {
		return err
	}
	told = append(told, m.AuthorID) // nobody is told of their own comment
	bearers, err := tx.User.Query().Where(user.IDIn(told...), user.NicknameIn(nicknames...)).All(ctx)
	if err != nil {
		return err
	}

	if err := tx.mention(ctx, m, bearers); err != nil {
		return err
	}
	return m.Update().SetMentionsBound(true).Exec(ctx)
}
