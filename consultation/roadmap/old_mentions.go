package roadmap

import (
	"context"
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

// bindOldMentions goes through all comments that wait for it, each in a transaction of its own.
func (s *Roadmap) bindOldMentions(ctx context.Context) error {
	after := ""
	for {
		due, err := s.Read.Comment.Query().Where(unbound, comment.CreatedAtLT(s.Moment().Add(-unboundAfter)),
			comment.IDGT(after)).Order(comment.ByID()).Limit(change.JobBatch).All(ctx)
		if err != nil {
			return fmt.Errorf("find comments: %w", err)
		}

		err = change.Each(due, "bind mentions of", func(m *ent.Comment) error {
			return change.In(ctx, s, func(ctx context.Context, tx *tx) error { return tx.bindOld(ctx, m.ID) })
		})
		if err != nil || len(due) < change.JobBatch {
			return err
		}
		after = due[len(due)-1].ID
	}
}

// unbound matches the comments that the job has to look at. It says so in the words of the index.
func unbound(s *sql.Selector) { s.Where(sql.ExprP("mentions_bound = false AND body LIKE '%@%'")) }

// bindOld binds a nickname of the comment, or of what it said before, to the person who bears it if they were told,
// when it was new, that the comment mentions them. Otherwise the nickname may have changed hands since: it names nobody.
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
	bearers, err := tx.User.Query().Where(user.IDIn(told...), user.NicknameIn(nicknames...)).All(ctx)
	if err != nil {
		return err
	}

	if err := tx.mention(ctx, m, bearers); err != nil {
		return err
	}
	return m.Update().SetMentionsBound(true).Exec(ctx)
}
