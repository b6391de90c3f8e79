package consultation

import (
	"context"
	"fmt"

	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/idempotencykey"
	"ensemble/ent/identity"
	"ensemble/ent/mail"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/predicate"
	"ensemble/ent/session"
	"ensemble/ent/user"
)

// forgetUnconfirmed deletes accounts whose address nobody confirmed in time. One that did something stays: what it did
// refers to it, and the database refuses. It is not asked again.
func (s *Service) forgetUnconfirmed(ctx context.Context) error {
	due, err := s.Read.User.Query().Where(s.unconfirmed()...).Order(user.ByConfirmBy()).Limit(keepBatch).All(ctx)
	if err != nil {
		return fmt.Errorf("find unconfirmed accounts: %w", err)
	}
	return each(due, "forget account", func(u *ent.User) error {
		err := s.inTx(ctx, func(ctx context.Context, tx *Tx) error { return tx.forgetAccount(ctx, u.ID) })
		if ent.IsConstraintError(err) {
			err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
				return tx.User.Update().Where(user.ID(u.ID)).ClearConfirmBy().Exec(ctx)
			})
		}
		return err
	})
}

// unconfirmed are accounts that waited long enough. Whoever was given power has not done nothing.
func (s *Service) unconfirmed() []predicate.User {
	return []predicate.User{user.ConfirmByLTE(s.now()), user.EmailConfirmedAtIsNil(), user.ErasedAtIsNil(), user.SiteAdmin(false)}
}

// forgetAccount deletes an account with all that it has by itself, if it still waits.
func (tx *Tx) forgetAccount(ctx context.Context, id string) error {
	s := tx.service
	q := tx.User.Query().Where(append(s.unconfirmed(), user.ID(id))...)
	if s.onPostgres() {
		q.ForUpdate()
	}
	if _, err := q.Only(ctx); err != nil {
		return ignoreNotFound(err) // it was confirmed meanwhile
	}
	for _, forget := range []func() (int, error){
		func() (int, error) { return tx.Session.Delete().Where(session.UserID(id)).Exec(ctx) },
		func() (int, error) { return tx.AccessToken.Delete().Where(accesstoken.UserID(id)).Exec(ctx) },
		func() (int, error) { return tx.Identity.Delete().Where(identity.UserID(id)).Exec(ctx) },
		func() (int, error) { return tx.MailedToken.Delete().Where(mailedtoken.UserID(id)).Exec(ctx) },
		func() (int, error) { return tx.Mail.Delete().Where(mail.UserID(id)).Exec(ctx) },
		func() (int, error) { return tx.IdempotencyKey.Delete().Where(idempotencykey.UserID(id)).Exec(ctx) },
	} {
		if _, err := forget(); err != nil {
			return err
		}
	}
	viewerChanged(tx, id)
	return tx.User.DeleteOneID(id).Exec(ctx)
}
