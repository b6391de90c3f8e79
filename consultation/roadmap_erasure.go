package consultation

import (
	"context"

	"ensemble/consultation/text"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/role"
)

// lockThreadsAbout keeps others from changing the threads in which something of the person is to change, in one order: before
// anything else of them is touched, as whoever posts or decides does.
func lockThreadsAbout(ctx context.Context, tx *Tx, e Erasing) error {
	u := e.Account
	about := comment.And(comment.AuthorID(u.ID), comment.HeldAtNotNil())
	if u.Nickname != nil {
		about = comment.Or(about, comment.BodyContainsFold("@"+*u.Nickname), comment.HasEditsWith(commentedit.BodyContainsFold("@"+*u.Nickname)))
	}
	found, err := tx.Comment.Query().Where(about).Select(comment.FieldPath).All(ctx)
	if err != nil || len(found) == 0 || !tx.service.onPostgres() {
		return err
	}
	roots := make([]string, len(found))
	for n, m := range found {
		roots[n] = PathIDs(m)[0]
	}
	_, err = tx.Comment.Query().Where(comment.IDIn(roots...)).Order(comment.ByID()).ForUpdate().IDs(ctx)
	return err
}

// eraseRoles takes back what they were trusted with in processes.
func eraseRoles(ctx context.Context, tx *Tx, e Erasing) error {
	_, err := tx.Role.Delete().Where(role.UserID(e.Account.ID)).Exec(ctx)
	return err
}

// eraseDrafts deletes what nobody else has seen.
func eraseDrafts(ctx context.Context, tx *Tx, e Erasing) error {
	_, err := tx.Amendment.Delete().Where(amendment.AuthorID(e.Account.ID), amendment.StateEQ(amendment.StateDRAFT)).Exec(ctx)
	return err
}

// eraseMentions takes the nickname out of what others wrote to the person.
func (s *Service) eraseMentions(ctx context.Context, tx *Tx, e Erasing) error {
	if e.Account.Nickname == nil {
		return nil
	}
	nickname := *e.Account.Nickname
	comments, err := tx.Comment.Query().Where(comment.BodyContainsFold("@" + nickname)).All(ctx)
	if err != nil {
		return err
	}
	for _, m := range comments {
		if body := text.Unmention(m.Body, nickname); body != m.Body {
			if m, err = tx.Comment.UpdateOne(m).SetBody(body).Save(ctx); err != nil {
				return err
			}
			if err := s.Index(ctx, tx, m); err != nil {
				return err
			}
		}
	}
	return eraseMentionsInEdits(ctx, tx, nickname)
}

func eraseMentionsInEdits(ctx context.Context, tx *Tx, nickname string) error {
	edits, err := tx.CommentEdit.Query().Where(commentedit.BodyContainsFold("@" + nickname)).All(ctx)
	if err != nil {
		return err
	}
	for _, edit := range edits {
		if body := text.Unmention(edit.Body, nickname); body != edit.Body {
			if _, err := tx.ExecContext(ctx, `UPDATE comment_edits SET body = $1 WHERE id = $2`, body, edit.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
