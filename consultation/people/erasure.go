package people

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/outbox"
	"ensemble/ent/accesstoken"
	"ensemble/ent/idempotencykey"
	"ensemble/ent/identity"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/session"
	"ensemble/ent/signinattempt"
)

// ForgetRetries deletes the keys of a person's repeated requests. It comes before any lock: requests take their key
// first, and may then wait for what a transaction has locked.
func ForgetRetries(ctx context.Context, tx *change.Tx, person string) error {
	_, err := tx.IdempotencyKey.Delete().Where(idempotencykey.UserID(person)).Exec(ctx)
	return err
}

// EraseAccess ends every way to act as the person who is erased. Like EraseIdentity, it is a step of the command in
// consultation/erasure.go; permissions.go says who may give that command.
func EraseAccess(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	return endWaysIn(ctx, tx, e.Account.ID)
}

// endWaysIn deletes what lets somebody act as a person.
func endWaysIn(ctx context.Context, tx *change.Tx, person string) error {
	for _, end := range []func() (int, error){
		// Who is signed in, or has a token, is let in no more.
		func() (int, error) { return tx.Session.Delete().Where(session.UserID(person)).Exec(ctx) },
		func() (int, error) { return tx.AccessToken.Delete().Where(accesstoken.UserID(person)).Exec(ctx) },

		// Providers and mailed links lead to the account no more, not even those on their way.
		func() (int, error) { return tx.Identity.Delete().Where(identity.UserID(person)).Exec(ctx) },
		func() (int, error) { return tx.SignInAttempt.Delete().Where(signinattempt.UserID(person)).Exec(ctx) },
		func() (int, error) { return tx.MailedToken.Delete().Where(mailedtoken.UserID(person)).Exec(ctx) },
	} {
		if _, err := end(); err != nil {
			return err
		}
	}
	return nil
}

// ForgetAddress deletes what was sent to an address, and is for whoever reads its mail.
type ForgetAddress func(ctx context.Context, tx *change.Tx, address string) error

// ForgetAddressWith registers what is done once an account has an address no more, besides what is done here.
func (s *Accounts) ForgetAddressWith(forget ForgetAddress) { s.addresses = append(s.addresses, forget) }

// forgetAddress forgets an address that an account has no more. Mailed links go, too, that are for nobody: they were
// asked for when there was no account with the address.
func (s *Accounts) forgetAddress(ctx context.Context, tx *change.Tx, address string) error {
	if _, err := tx.MailedToken.Delete().Where(mailedtoken.Address(address)).Exec(ctx); err != nil {
		return err
	}
	for _, forget := range append([]ForgetAddress{outbox.ForgetMailTo}, s.addresses...) {
		if err := forget(ctx, tx, address); err != nil {
			return err
		}
	}
	return nil
}

// EraseAddress forgets the address of the person who is erased, unless it might have been confirmed and was not: what
// went to it is perhaps somebody else's. What went to one that they had before was forgotten when they left it.
func (s *Accounts) EraseAddress(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	if e.Account.Email == nil || e.Account.EmailConfirmedAt == nil && s.outbox.Mailer != nil {
		return nil
	}
	return s.forgetAddress(ctx, tx, *e.Account.Email)
}

// EraseIdentity blanks the account, lets its nicknames rest, and notes when it was erased. The row stays, because what
// the person wrote refers to it.
func (s *Accounts) EraseIdentity(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	if err := s.restErased(ctx, tx, e); err != nil {
		return err
	}
	return tx.User.UpdateOne(e.Account).SetName("").ClearNickname().ClearNicknameLook().ClearEmail().
		ClearEmailConfirmedAt().SetPasswordHash("").ClearConfirmBy().SetTermsVersion("").ClearTermsAcceptedAt().
		SetSiteAdmin(false).SetErasedAt(e.At).Exec(ctx)
}
