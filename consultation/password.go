package consultation

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/mailedtoken"
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

// ChangePassword sets the viewer's password, ends their other sessions, of which it says how many, and revokes their access tokens. Links that were mailed before
// lead nowhere any more. Errors: BAD_USER_INPUT.
func (s *Service) ChangePassword(ctx context.Context, current, next string) (ended int, err error) {
	v := auth.ViewerFrom(ctx)
	if err := permit(v, "changePassword", about{}); err != nil {
		return 0, err
	}
	if err := suitable("newPassword", next); err != nil {
		return 0, err
	}
	before, err := s.prove(ctx, "currentPassword", current)
	if err != nil {
		return 0, err
	}
	hash, err := s.Passwords.Hash(ctx, next)
	if err != nil {
		return 0, err
	}
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		n, err := tx.User.Update().Where(user.ID(v.UserID), user.PasswordHash(before.PasswordHash)).SetPasswordHash(hash).Save(ctx)
		if err != nil {
			return err
		}
		if n == 0 { // another change was faster
			return BadInput("currentPassword", "The password is wrong.")
		}
		if ended, err = tx.Session.Delete().Where(session.UserID(v.UserID), session.IDNEQ(v.SessionID)).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.AccessToken.Delete().Where(accesstoken.UserID(v.UserID)).Exec(ctx); err != nil {
			return err
		}
		return tx.passwordChanged(ctx, v.UserID)
	})
	return ended, err
}

// passwordChanged forgets links that were mailed before, has sockets look again, and tells the person.
func (tx *Tx) passwordChanged(ctx context.Context, userID string) error {
	if _, err := tx.MailedToken.Delete().Where(mailedtoken.UserID(userID)).Exec(ctx); err != nil {
		return err
	}
	tx.viewerChanged(userID)
	u, err := tx.User.Get(ctx, userID)
	if err != nil {
		return err
	}
	if to, ok := writeTo(u); ok {
		return tx.mail(ctx, to, passwordChangedLetter(tx.service.page(u.Language, "account/reset")))
	}
	return nil
}

// RequestPasswordReset mails a link to set a new password, if there is an account with the address. Neither the answer nor
// the work tells whether there is.
// Errors: BAD_USER_INPUT for what is no address; FORBIDDEN where the site sends no mail.
func (s *Service) RequestPasswordReset(ctx context.Context, email string) (address string, err error) {
	return s.mailToWhomever(ctx, "requestPasswordReset", email, mailedtoken.PurposeRESET_PASSWORD,
		func(*ent.User) bool { return true })
}

// ResetPassword sets a password by the token of a mailed link. Whoever has it reads the account's mail, so the address is
// confirmed. All sessions end, all access tokens, and identities that were linked before the address was confirmed: somebody
// else may have made them.
// Errors: BAD_USER_INPUT for the token or the password.
func (s *Service) ResetPassword(ctx context.Context, token, password string) (ended int, err error) {
	if err := permit(auth.ViewerFrom(ctx), "resetPassword", about{}); err != nil {
		return 0, err
	}
	if err := suitable("password", password); err != nil {
		return 0, err
	}
	if err := s.mayTry(ctx, signIns, ""); err != nil {
		return 0, err
	}
	if _, err := s.linkOf(ctx, s.Read.MailedToken, token, mailedtoken.PurposeRESET_PASSWORD); err != nil {
		return 0, err // no work for those who guess
	}
	hash, err := s.Passwords.Hash(ctx, password)
	if err != nil {
		return 0, err
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
		if err := tx.dropUnproven(ctx, before); err != nil {
			return err
		}
		if ended, err = tx.Session.Delete().Where(session.UserID(*link.UserID)).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.AccessToken.Delete().Where(accesstoken.UserID(*link.UserID)).Exec(ctx); err != nil {
			return err
		}
		return tx.passwordChanged(ctx, *link.UserID)
	})
	return ended, err
}
