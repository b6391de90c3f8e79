package consultation

import (
	"context"
	"slices"

	"ensemble/auth"
	"ensemble/consultation/text"
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

// suitable asks that a password is long enough, and not so long that hashing it is work.
func suitable(field, password string) error {
	if n := text.Length(password); n < minPassword || n > maxPassword {
		return BadInput(field, "Use %d to %d characters.", minPassword, maxPassword)
	}
	return nil
}

// prove asks the viewer for their password again. Tries count as tries to sign in.
func (s *Service) prove(ctx context.Context, field, password string) (*ent.User, error) {
	u, err := s.Read.User.Query().Where(user.ID(auth.ViewerFrom(ctx).UserID), user.ErasedAtIsNil()).Only(ctx)
	if err != nil {
		return nil, err
	}
	if u.Email != nil {
		if err := s.mayTry(ctx, signIns, *u.Email); err != nil {
			return nil, err
		}
	}
	ok, err := s.isPassword(ctx, password, u)
	if err == nil && !ok {
		err = BadInput(field, "The password is wrong.")
	}
	return u, err
}

// isPassword takes the same work whatever is wrong: u may be nil, or have no password.
func (s *Service) isPassword(ctx context.Context, password string, u *ent.User) (bool, error) {
	if text.Length(password) > maxPassword {
		password = "" // no stored password is that long, or empty
	}
	var stored string
	if u != nil {
		stored = u.PasswordHash
	}
	return s.Passwords.Check(ctx, password, stored)
}

// Ended is what a new password ended.
type Ended struct {
	Sessions   int
	Identities int // that sign in to the account no more
}

// ChangePassword sets the viewer's password, ends their other sessions, and revokes their access tokens; unlink ends that
// identities sign in to the account, too. Links that were mailed before lead nowhere any more. Errors: BAD_USER_INPUT.
func (s *Service) ChangePassword(ctx context.Context, current, next string, unlink bool) (ended Ended, err error) {
	v := auth.ViewerFrom(ctx)
	if err := permit(v, "changePassword", about{}); err != nil {
		return ended, err
	}
	if err := suitable("newPassword", next); err != nil {
		return ended, err
	}
	before, err := s.prove(ctx, "currentPassword", current)
	if err != nil {
		return ended, err
	}
	hash, err := s.Passwords.Hash(ctx, next)
	if err != nil {
		return ended, err
	}
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		n, err := tx.User.Update().Where(user.ID(v.UserID), user.PasswordHash(before.PasswordHash)).SetPasswordHash(hash).Save(ctx)
		if err != nil {
			return err
		}
		if n == 0 { // another change was faster
			return BadInput("currentPassword", "The password is wrong.")
		}
		ended, err = tx.passwordChanged(ctx, v.UserID, unlink, session.IDNEQ(v.SessionID))
		return err
	})
	return ended, err
}

// passwordChanged ends the sessions that match, access tokens, links that were mailed before and, if it is to unlink, all
// identities; has sockets look again, and tells the person.
func (tx *Tx) passwordChanged(ctx context.Context, userID string, unlink bool, which ...predicate.Session) (ended Ended, err error) {
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
	viewerChanged(tx, userID)
	return ended, tx.tellPasswordChanged(ctx, userID, ended.Identities)
}

// tellPasswordChanged writes to the person that it is, and with which providers one can sign in still.
func (tx *Tx) tellPasswordChanged(ctx context.Context, userID string, unlinked int) error {
	s := tx.service
	u, err := tx.User.Get(ctx, userID)
	if err != nil {
		return err
	}
	to, ok := writeTo(u)
	if !ok || s.Mailer == nil {
		return nil
	}
	left, err := tx.Identity.Query().Where(identity.UserID(userID)).Order(identity.ByCreatedAt(), identity.ByID()).All(ctx)
	if err != nil {
		return err
	}
	var still []string
	for _, i := range left {
		if from := s.providerOf(i.Issuer); from != nil && !slices.Contains(still, from.Label) {
			still = append(still, from.Label)
		}
	}
	return tx.service.mail(ctx, tx, to, passwordChangedLetter(s.page(u.Language, "account/reset"), unlinked, still))
}

// RequestPasswordReset mails a link to set a new password, if there is an account with the address. Neither the answer nor
// the work tells whether there is.
// Errors: BAD_USER_INPUT for what is no address; FORBIDDEN where the site sends no mail.
func (s *Service) RequestPasswordReset(ctx context.Context, email string) (address string, err error) {
	return s.mailToWhomever(ctx, "requestPasswordReset", email, mailedtoken.PurposeRESET_PASSWORD,
		func(*ent.User) bool { return true })
}

// ResetPassword sets a password by the token of a mailed link. Whoever has it reads the account's mail, so the address is
// confirmed. All sessions end, all access tokens, and identities that were linked before the address was confirmed, since
// somebody else may have made them; unlink ends the other identities, too.
// Errors: BAD_USER_INPUT for the token or the password.
func (s *Service) ResetPassword(ctx context.Context, token, password string, unlink bool) (ended Ended, err error) {
	if err := permit(auth.ViewerFrom(ctx), "resetPassword", about{}); err != nil {
		return ended, err
	}
	if err := suitable("password", password); err != nil {
		return ended, err
	}
	if err := s.mayTry(ctx, signIns, ""); err != nil {
		return ended, err
	}
	if _, err := s.linkOf(ctx, s.Read.MailedToken, token, mailedtoken.PurposeRESET_PASSWORD); err != nil {
		return ended, err // no work for those who guess
	}
	hash, err := s.Passwords.Hash(ctx, password)
	if err != nil {
		return ended, err
	}
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		link, err := tx.take(ctx, token, mailedtoken.PurposeRESET_PASSWORD)
		if err != nil {
			return err
		}
		before, err := tx.confirmAddress(ctx, link)
		if err != nil {
			return err
		}
		if err := tx.User.Update().Where(user.ID(before.ID)).SetPasswordHash(hash).Exec(ctx); err != nil {
			return err
		}
		unproven, err := tx.dropUnproven(ctx, before)
		if err != nil {
			return err
		}
		ended, err = tx.passwordChanged(ctx, before.ID, unlink)
		ended.Identities += unproven
		return err
	})
	return ended, err
}
