package consultation

import (
	"context"

	"ensemble/ent/accesstoken"
	"ensemble/ent/idempotencykey"
	"ensemble/ent/identity"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/session"
	"ensemble/ent/signinattempt"
)

// eraseAccess ends every way to act as the person.
func eraseAccess(ctx context.Context, tx *Tx, e Erasing) error {
	if _, err := tx.Session.Delete().Where(session.UserID(e.Account.ID)).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.AccessToken.Delete().Where(accesstoken.UserID(e.Account.ID)).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.Identity.Delete().Where(identity.UserID(e.Account.ID)).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.SignInAttempt.Delete().Where(signinattempt.UserID(e.Account.ID)).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.MailedToken.Delete().Where(mailedtoken.UserID(e.Account.ID)).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.IdempotencyKey.Delete().Where(idempotencykey.UserID(e.Account.ID)).Exec(ctx)
	return err
}

// eraseIdentity blanks the account. When it was erased stays.
func eraseIdentity(ctx context.Context, tx *Tx, e Erasing) error {
	return tx.User.UpdateOne(e.Account).SetName("").ClearNickname().ClearEmail().ClearEmailConfirmedAt().SetPasswordHash("").ClearConfirmBy().SetTermsVersion("").ClearTermsAcceptedAt().
		SetSiteAdmin(false).SetErasedAt(e.At).Exec(ctx)
}
