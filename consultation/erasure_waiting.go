package consultation

import (
	"context"

	"ensemble/ent/amendment"
	"ensemble/ent/comment"
)

// eraseWaiting throws away the comments and amendments that were held, or refused, and never published: they never will be.
// Their cases are closed first, before those that are open still lapse (eraseCases).
func eraseWaiting(ctx context.Context, tx *Tx, e Erasing) error {
	comments, err := tx.Comment.Query().Where(comment.AuthorID(e.Account.ID), comment.HeldAtNotNil()).IDs(ctx)
	if err != nil {
		return err
	}
	amendments, err := tx.Amendment.Query().Where(amendment.AuthorID(e.Account.ID), amendment.HeldAtNotNil()).IDs(ctx)
	if err != nil {
		return err
	}

	for _, id := range append(comments, amendments...) {
		if err := closeCase(ctx, tx, id); err != nil {
			return err
		}
	}

	if _, err := tx.Comment.Delete().Where(comment.IDIn(comments...)).Exec(ctx); err != nil {
		return err
	}
	_, err = tx.Amendment.Delete().Where(amendment.IDIn(amendments...)).Exec(ctx)
	return err
}
