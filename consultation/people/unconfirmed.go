package people

import (
	"context"
	"errors"
	"fmt"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/commentmention"
	"ensemble/ent/mail"
	"ensemble/ent/predicate"
	"ensemble/ent/restingnickname"
	"ensemble/ent/user"
)

// forgetUnconfirmed deletes accounts whose address nobody confirmed in time. An account that did something stays: what
// it did refers to it, and the database refuses to delete it. Such an account is not tried again.
func (s *Accounts) forgetUnconfirmed(ctx context.Context) error {
	due, err := s.Read.User.Query().Where(s.unconfirmed()...).Order(user.ByConfirmBy()).Limit(change.JobBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find unconfirmed accounts: %w", err)
	}

	return change.Each(due, "forget account", func(u *ent.User) error {
		err := change.In(ctx, s, func(ctx context.Context, tx *tx) error { return tx.forgetAccount(ctx, u.ID) })
		if errors.Is(err, errConfirmed) {
			return nil
		}

		// It did something: it waits for its confirmation no more, so that the next run does not find it.
		if ent.IsConstraintError(err) {
			err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
				return tx.User.Update().Where(user.ID(u.ID)).ClearConfirmBy().Exec(ctx)
			})
		}
		return err
	})
}

// unconfirmed matches accounts that waited long enough. Site administrators are left out: somebody trusts them.
func (s *Accounts) unconfirmed() []predicate.User {
	return []predicate.User{user.ConfirmByLTE(s.Moment()), user.EmailConfirmedAtIsNil(),
		user.ErasedAtIsNil(), user.SiteAdmin(false)}
}

// errConfirmed undoes what was deleted of an account whose address was confirmed meanwhile.
var errConfirmed = errors.New("people: the account waits for its confirmation no more")

// forgetAccount deletes an account with all that belongs to it alone. Errors: errConfirmed when it waits no more.
func (tx *tx) forgetAccount(ctx context.Context, id string) error {
	s := tx.Accounts
	if err := ForgetRetries(ctx, tx.Tx, id); err != nil {
		return err
	}
	if _, err := tx.User.Query().Where(append(s.unconfirmed(), user.ID(id), tx.Locked())...).Only(ctx); err != nil {
		if ent.IsNotFound(err) {
			err = errConfirmed
		}
		return err
	}

	// The ways in and what was written to it go first: their rows refer to the account.
	if err := endWaysIn(ctx, tx.Tx, id); err != nil {
		return err
	}
	if _, err := tx.Mail.Delete().Where(mail.UserID(id)).Exec(ctx); err != nil {
		return err
	}

	// It leaves no name behind: neither one at rest, nor who is meant where others mention it.
	if _, err := tx.RestingNickname.Delete().Where(restingnickname.UserID(id)).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.CommentMention.Delete().Where(commentmention.UserID(id)).Exec(ctx); err != nil {
		return err
	}

	ViewerChanged(tx.Tx, id)
	return tx.User.DeleteOneID(id).Exec(ctx)
}
