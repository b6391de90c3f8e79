package roadmap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/mention"
	"ensemble/ent/user"
)

// bindOldMentions is the name of the job that finds out whom comments mention that were written by a program that did
// not note it.
const bindOldMentions = "bind old mentions"

// bindOldEvery is how often the job looks: a person who is renamed before is not mentioned by what is not bound yet.
const bindOldEvery = time.Minute

// bindOldMentions goes through all comments that wait for it, each in a transaction of its own. Where one fails, the
// others are bound all the same.
func (s *Roadmap) bindOldMentions(ctx context.Context) error {
	var failed error
	for after := ""; ; {
		due, err := s.Read.Comment.Query().Where(unbound, comment.IDGT(after)).
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

// bindOld binds the nicknames of the comment, and of what it said before, to whom they named: see named.
func (tx *tx) bindOld(ctx context.Context, id string) error {
	m, err := tx.lockThread(ctx, id)
	if err != nil || m.MentionsBound {
		return err
	}

	edits, err := tx.CommentEdit.Query().Where(commentedit.CommentID(m.ID)).All(ctx)
	if err != nil {
		return err
	}
	nicknames := public.FirstMentions(m.Body)
	for _, edit := range edits {
		nicknames = append(nicknames, public.FirstMentions(edit.Body)...)
	}

	bearers, err := tx.User.Query().Where(user.NicknameIn(nicknames...)).All(ctx)
	if err != nil {
		return err
	}
	told, err := tx.Mention.Query().Where(mention.CommentID(m.ID)).Select(mention.FieldUserID).Strings(ctx)
	if err != nil {
		return err
	}

	if err := tx.mention(ctx, m, named(m, bearers, told)); err != nil {
		return err
	}
	return m.Update().SetMentionsBound(true).Exec(ctx)
}

// named returns those whom a comment named when it was written, of the people who bear its nicknames now: who was told
// of it, and, where nothing says that its nicknames changed hands, whoever had an account then. They did when somebody
// was told who bears none of them any more: each nickname of the others may have been that person's, the author's too.
func named(m *ent.Comment, bearers []*ent.User, told []string) []*ent.User {
	changedHands := slices.ContainsFunc(told, func(id string) bool {
		return !slices.ContainsFunc(bearers, func(u *ent.User) bool { return u.ID == id })
	})
	return slices.DeleteFunc(bearers, func(u *ent.User) bool {
		return !slices.Contains(told, u.ID) && (changedHands || u.CreatedAt.After(m.CreatedAt))
	})
}
