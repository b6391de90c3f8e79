package people

import (
	"context"
	"slices"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/outbox"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/identity"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/predicate"
	"ensemble/ent/session"
	"ensemble/ent/user"
)

const (
	minPassword = 10 // code points
	maxPassword = 200
)

// suitable refuses a password that is too short, or so long that hashing it is much work.
// Errors: BAD_USER_INPUT on the field.
func suitable(field, password string) error {
	if n := clean.Length(password); n < minPassword || n > maxPassword {
		return refusal.BadInput(field, "Use %d to %d characters.", minPassword, maxPassword)
	}
	return nil
}

// prove checks the viewer's password again, and returns their account. Attempts are counted as attempts to sign in.
// Errors: RATE_LIMITED; BAD_USER_INPUT on the field for a wrong password.
func (s *Accounts) prove(ctx context.Context, field, password string) (*ent.User, error) {
	u, err := s.Read.User.Query().Where(user.ID(auth.ViewerFrom(ctx).UserID), user.ErasedAtIsNil()).Only(ctx)
	if err != nil {
		return nil, err
	}

	if u.Email != nil {
		if err := s.TakeAttempt(ctx, SignIns, *u.Email); err != nil {
			return nil, err
		}
	}

	ok, err := s.isPassword(ctx, password, u)
	if err == nil && !ok {
		err = refusal.BadInput(field, "The password is wrong.")
	}
	return u, err
}

// isPassword says whether the password is that of u. It does the same work whatever is wrong: u may be nil, or have no
// password.
func (s *Accounts) isPassword(ctx context.Context, password string, u *ent.User) (bool, error) {
	if clean.Length(password) > maxPassword {
		password = "" // no stored password is that long, or empty
	}

	var stored string
	if u != nil {
		stored = u.PasswordHash
	}
	return s.Passwords.Check(ctx, password, stored)
}

// Ended says how much a new password ended.
type Ended struct {
	Sessions   int
	Identities int // that sign in to the account no more
}

// ChangePassword sets the viewer's password, ends their other sessions, and revokes their access tokens; if unlink is
// set, it also removes their identities. Links that were mailed before stop working.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens; RATE_LIMITED; BAD_USER_INPUT on newPassword, or on
// currentPassword when it is wrong.
func (s *Accounts) ChangePassword(ctx context.Context, in ChangePasswordInput) (ended Ended, err error) {
	v := auth.ViewerFrom(ctx)
	if err := permission.Ask(v, "changePassword", permission.About{}); err != nil {
		return ended, err
	}
	if err := suitable("newPassword", in.NewPassword); err != nil {
		return ended, err
	}

	before, err := s.prove(ctx, "currentPassword", in.CurrentPassword)
	if err != nil {
		return ended, err
	}

	hash, err := s.Passwords.Hash(ctx, in.NewPassword)
	if err != nil {
		return ended, err
	}

	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		n, err := tx.User.Update().Where(user.ID(v.UserID), user.PasswordHash(before.PasswordHash)).
			SetPasswordHash(hash).Save(ctx)
		if err != nil {
			return err
		}
		if n == 0 { // another change was faster
			return refusal.BadInput("currentPassword", "The password is wrong.")
		}

		ended, err = tx.passwordChanged(ctx, v.UserID, in.UnlinkIdentities, session.IDNEQ(v.SessionID))
		return err
	})
	return ended, err
}

// passwordChanged ends what a new password ends: the sessions that match which, all access tokens, all links that were
// mailed before and, if unlink is set, all identities. Then it makes open sockets look again, and tells the person.
func (tx *tx) passwordChanged(
	ctx context.Context, userID string, unlink bool, which ...predicate.Session,
) (ended Ended, err error) {
	if ended.Sessions, err = tx.Session.Delete().Where(append(which, session.UserID(userID))...).Exec(ctx); err != nil {
		return ended, err
	}
	if _, err := tx.AccessToken.Delete().Where(accesstoken.UserID(userID)).Exec(ctx); err != nil {
		return ended, err
	}
	if _, err := tx.MailedToken.Delete().Where(mailedtoken.UserID(userID)).Exec(ctx); err != nil {
		return ended, err
	}

	if unlink {
		if ended.Identities, err = tx.Identity.Delete().Where(identity.UserID(userID)).Exec(ctx); err != nil {
			return ended, err
		}
	}

	ViewerChanged(tx.Tx, userID)
	return ended, tx.tellPasswordChanged(ctx, userID, ended.Identities)
}

// tellPasswordChanged writes to the person that their password changed, whether identities were removed, and with which
// providers one can still sign in.
func (tx *tx) tellPasswordChanged(ctx context.Context, userID string, unlinked int) error {
	s := tx.Accounts
	u, err := tx.User.Get(ctx, userID)
	if err != nil {
		return err
	}

	to, ok := outbox.WriteTo(u)
	if !ok || s.outbox.Mailer == nil {
		return nil
	}

	left, err := tx.Identity.Query().Where(identity.UserID(userID)).
		Order(identity.ByCreatedAt(), identity.ByID()).All(ctx)
	if err != nil {
		return err
	}
	var still []string
	for _, i := range left {
		if from := s.providerOf(i.Issuer); from != nil && !slices.Contains(still, from.Label) {
			still = append(still, from.Label)
		}
	}

	return tx.outbox.Mail(ctx, tx.Tx, to,
		passwordChangedLetter(s.outbox.Page(u.Language, "account/reset"), unlinked, still))
}

// RequestPasswordReset mails a link to set a new password, if there is an account with the address. Neither the answer
// nor the work reveals whether there is.
// Errors: BAD_USER_INPUT for what is no address; FORBIDDEN where the site sends no mail, and for access tokens;
// RATE_LIMITED.
func (s *Accounts) RequestPasswordReset(ctx context.Context, in RequestPasswordResetInput) (address string, err error) {
	return s.mailToWhomever(ctx, "requestPasswordReset", in.Email, mailedtoken.PurposeRESET_PASSWORD,
		func(*ent.User) bool { return true })
}

// ResetPassword sets a password by the token of a mailed link. Whoever has the token reads the account's mail, so the
// address is confirmed. All sessions and all access tokens end. Identities that were linked before the address was
// confirmed are removed, since somebody else may have linked them; if unlink is set, the others are, too.
// Errors: FORBIDDEN for access tokens; RATE_LIMITED; BAD_USER_INPUT for the token or the password.
func (s *Accounts) ResetPassword(ctx context.Context, in ResetPasswordInput) (ended Ended, err error) {
	if err := permission.Ask(auth.ViewerFrom(ctx), "resetPassword", permission.About{}); err != nil {
		return ended, err
	}
	if err := suitable("password", in.Password); err != nil {
		return ended, err
	}

	if err := s.TakeAttempt(ctx, SignIns, ""); err != nil {
		return ended, err
	}

	// The link is looked at before the password is hashed: those who guess cause no work.
	if _, err := s.linkOf(ctx, s.Read.MailedToken, in.Token, mailedtoken.PurposeRESET_PASSWORD); err != nil {
		return ended, err
	}
	hash, err := s.Passwords.Hash(ctx, in.Password)
	if err != nil {
		return ended, err
	}

	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		link, before, err := tx.take(ctx, in.Token, mailedtoken.PurposeRESET_PASSWORD)
		if err != nil {
			return err
		}
		if err := tx.confirmAddress(ctx, before, link); err != nil {
			return err
		}
		if err := tx.User.Update().Where(user.ID(before.ID)).SetPasswordHash(hash).Exec(ctx); err != nil {
			return err
		}

		unproven, err := tx.dropUnproven(ctx, before)
		if err != nil {
			return err
		}

		ended, err = tx.passwordChanged(ctx, before.ID, in.UnlinkIdentities)
		ended.Identities += unproven
		return err
	})
	return ended, err
}
