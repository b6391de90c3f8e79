package people

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/ent/accesstoken"
	"ensemble/ent/idempotencykey"
	"ensemble/ent/identity"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/session"
	"ensemble/ent/signinattempt"
)

// EraseAccess ends every way to act as the person who is erased, and forgets the keys of their repeated requests.
func EraseAccess(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	// Who is signed in, or has a token, is let in no more.
	if _, err := tx.Session.Delete().Where(session.UserID(e.Account.ID)).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.AccessToken.Delete().Where(accesstoken.UserID(e.Account.ID)).Exec(ctx); err != nil {
		return err
	}

	// Providers and mailed links lead to the account no more, not even those on their way.
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

// EraseIdentity blanks the account, and notes when it was erased. The row stays, because what the person wrote refers
// to it.
func EraseIdentity(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	return tx.User.UpdateOne(e.Account).SetName("").ClearNickname().ClearEmail().ClearEmailConfirmedAt().
		SetPasswordHash("").ClearConfirmBy().SetTermsVersion("").ClearTermsAcceptedAt().
		SetSiteAdmin(false).SetErasedAt(e.At).Exec(ctx)
}
