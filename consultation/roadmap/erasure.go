package roadmap

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/moderation"
	"ensemble/consultation/text/markdown"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commentedit"
	"ensemble/ent/predicate"
)

// EraseWaiting deletes the person's comments and amendments that were held or refused: they will never be published. It
// closes their cases first, before moderation.EraseCases lets those lapse that are still open.
func EraseWaiting(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	comments, err := tx.Comment.Query().Where(comment.AuthorID(e.Account.ID), comment.HeldAtNotNil()).IDs(ctx)
	if err != nil {
		return err
	}
	amendments, err := tx.Amendment.Query().Where(amendment.AuthorID(e.Account.ID), amendment.HeldAtNotNil()).IDs(ctx)
	if err != nil {
		return err
	}

	for _, id := range append(comments, amendments...) {
		if err := moderation.CloseCase(ctx, tx, id); err != nil {
			return err
		}
	}

	if _, err := tx.Comment.Delete().Where(comment.IDIn(comments...)).Exec(ctx); err != nil {
		return err
	}
	_, err = tx.Amendment.Delete().Where(amendment.IDIn(amendments...)).Exec(ctx)
	return err
}

// LockThreadsAbout locks the threads in which something of the person will change, ordered by their roots' ids. It runs
// before anything else of the person is touched: whoever posts or decides locks the thread first as well.
func LockThreadsAbout(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	u := e.Account
	about := comment.Or(comment.And(comment.AuthorID(u.ID), comment.HeldAtNotNil()), deletedBy(u.ID))
	if u.Nickname != nil {
		about = comment.Or(about, comment.BodyContainsFold("@"+*u.Nickname),
			comment.HasEditsWith(commentedit.BodyContainsFold("@"+*u.Nickname)))
	}

	found, err := tx.Comment.Query().Where(about).Select(comment.FieldPath).All(ctx)
	if err != nil || len(found) == 0 {
		return err
	}

	roots := make([]string, len(found))
	for n, m := range found {
		roots[n] = PathIDs(m)[0]
	}
	_, err = tx.Comment.Query().Where(comment.IDIn(roots...), tx.Locked()).Order(comment.ByID()).IDs(ctx)
	return err
}

// EraseDrafts deletes the person's drafts of amendments, which nobody else has seen.
func EraseDrafts(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	_, err := tx.Amendment.Delete().
		Where(amendment.AuthorID(e.Account.ID), amendment.StateEQ(amendment.StateDRAFT)).Exec(ctx)
	return err
}

// deletedBy matches the comments that a person has deleted, and whose text is still stored.
func deletedBy(person string) predicate.Comment {
	return comment.And(comment.AuthorID(person), comment.DeletedAtNotNil(), comment.BodyNEQ(""))
}

// EraseDeleted blanks the comments that the person has deleted, and deletes what these said before edits: nobody could
// read that any more but the person.
func EraseDeleted(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	deleted := deletedBy(e.Account.ID)
	if _, err := tx.CommentEdit.Delete().Where(commentedit.HasCommentWith(deleted)).Exec(ctx); err != nil {
		return err
	}
	return tx.Comment.Update().Where(deleted).SetBody("").Exec(ctx)
}

// EraseMentions takes the person's nickname out of what others wrote to them, and out of what their comments said
// before edits.
func (s *Roadmap) EraseMentions(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	if e.Account.Nickname == nil {
		return nil
	}

	nickname := *e.Account.Nickname
	comments, err := tx.Comment.Query().Where(comment.BodyContainsFold("@" + nickname)).All(ctx)
	if err != nil {
		return err
	}

	// The query finds more than mentions, such as part of a longer nickname: change only what is one.
	for _, m := range comments {
		if body := markdown.Unmention(m.Body, nickname); body != m.Body {
			if m, err = tx.Comment.UpdateOne(m).SetBody(body).Save(ctx); err != nil {
				return err
			}
			if err := s.search.Refresh(ctx, tx, m); err != nil {
				return err
			}
		}
	}
	return eraseMentionsInEdits(ctx, tx, nickname)
}

// eraseMentionsInEdits takes a nickname out of what comments said before they were edited. An edit cannot change
// otherwise: SQL does it here.
func eraseMentionsInEdits(ctx context.Context, tx *change.Tx, nickname string) error {
	edits, err := tx.CommentEdit.Query().Where(commentedit.BodyContainsFold("@" + nickname)).All(ctx)
	if err != nil {
		return err
	}

	for _, edit := range edits {
		if body := markdown.Unmention(edit.Body, nickname); body != edit.Body {
			_, err := tx.ExecContext(ctx, `UPDATE comment_edits SET body = $1 WHERE id = $2`, body, edit.ID)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
