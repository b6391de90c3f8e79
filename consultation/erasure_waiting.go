package consultation

import (
	"context"

	"ensemble/ent/amendment"
	"ensemble/ent/comment"
)

// waitingOf throws away the comments and amendments that were held, or refused, and never published: they never will be.
// Their cases are closed first, before those that are open still lapse (casesOf).
func (e *erasing) waitingOf(ctx context.Context) error {
	comments, err := e.Comment.Query().Where(comment.AuthorID(e.account.ID), comment.HeldAtNotNil()).IDs(ctx)
	if err != nil {
		return err
	}
	amendments, err := e.Amendment.Query().Where(amendment.AuthorID(e.account.ID), amendment.HeldAtNotNil()).IDs(ctx)
	if err != nil {
		return err
	}

	for _, id := range append(comments, amendments...) {
		if err := e.closeCase(ctx, id); err != nil {
			return err
		}
	}

	if _, err := e.Comment.Delete().Where(comment.IDIn(comments...)).Exec(ctx); err != nil {
		return err
	}
	_, err = e.Amendment.Delete().Where(amendment.IDIn(amendments...)).Exec(ctx)
	return err
}
