package consultation

import (
	"context"
	"errors"
	"net/mail"
	"strings"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/user"
)

const maxEmail = 254 // bytes; source: RFC 5321 §4.5.3.1.3, less the brackets

var errNoMail = refuse(Forbidden, "This site sends no mail. Ask those who run it.")

// emailAddress is the lower-case form of a bare address.
func emailAddress(s string) (string, error) {
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || len(s) > maxEmail || strings.ContainsAny(s, " \"<>\r\n") {
		return "", BadInput("email", "This is not an e-mail address.")
	}
	return strings.ToLower(s), nil
}

// askToConfirm mails a link to a new account, if it waits for it.
func (tx *Tx) askToConfirm(ctx context.Context, account *ent.User) error {
	if account.ConfirmBy == nil {
		return nil
	}
	return tx.mailLink(ctx, mailedtoken.PurposeCONFIRM_EMAIL, account, *account.Email)
}

// RequestEmailConfirmation mails a link that confirms an address, if there is an account that waits for it. Neither the
// answer nor the work tells whether there is.
// Errors: BAD_USER_INPUT for what is no address; FORBIDDEN where the site sends no mail.
func (s *Service) RequestEmailConfirmation(ctx context.Context, email string) (address string, err error) {
	return s.mailToWhomever(ctx, "requestEmailConfirmation", email, mailedtoken.PurposeCONFIRM_EMAIL,
		func(u *ent.User) bool { return u.EmailConfirmedAt == nil })
}

// ConfirmEmail confirms the address that a link was mailed to; when the account was to change to it, it does now.
// Errors: BAD_USER_INPUT for the token; CONFLICT when another account has the address meanwhile.
func (s *Service) ConfirmEmail(ctx context.Context, token string) (address string, err error) {
	if err := permit(auth.ViewerFrom(ctx), "confirmEmail", about{}); err != nil {
		return "", err
	}
	if err := s.mayTry(ctx, signIns, ""); err != nil {
		return "", err
	}
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		link, err := tx.take(ctx, token, mailedtoken.PurposeCONFIRM_EMAIL, mailedtoken.PurposeCHANGE_EMAIL)
		if err != nil {
			return err
		}
		address = link.Address
		viewerChanged(tx, *link.UserID)
		if link.Purpose == mailedtoken.PurposeCHANGE_EMAIL {
			return tx.changeAddress(ctx, link)
		}
		before, err := tx.confirmAddress(ctx, link)
		if err != nil || before.PasswordHash == "" { // they have no other way to sign in
			return err
		}
		_, err = tx.dropUnproven(ctx, before)
		return err
	})
	if ent.IsConstraintError(err) {
		err = &Error{Code: Conflict, Field: "token", Message: "There is an account with this e-mail address."}
	}
	return address, err
}

// confirmAddress notes that the account's owner reads the mail that a link was sent to, and returns the account as it was before.
func (tx *Tx) confirmAddress(ctx context.Context, link *ent.MailedToken) (before *ent.User, err error) {
	before, err = tx.lockAccount(ctx, *link.UserID)
	if errors.Is(err, errSignIn) || err == nil && (before.Email == nil || *before.Email != link.Address) {
		return nil, errLink // the account has another address since
	}
	if err != nil {
		return nil, err
	}
	return before, tx.User.Update().Where(user.ID(before.ID)).SetEmailConfirmedAt(tx.service.now()).ClearConfirmBy().Exec(ctx)
}

// changeAddress gives the account the address that a link was sent to. Links that went to the old one lead nowhere any
// more, and it is told, if it was the person's.
func (tx *Tx) changeAddress(ctx context.Context, link *ent.MailedToken) error {
	before, err := tx.lockAccount(ctx, *link.UserID)
	if errors.Is(err, errSignIn) {
		return errLink
	}
	if err != nil {
		return err
	}
	if _, err := tx.MailedToken.Delete().Where(mailedtoken.UserID(before.ID)).Exec(ctx); err != nil {
		return err
	}
	if before.EmailConfirmedAt == nil && before.PasswordHash != "" {
		if _, err := tx.dropUnproven(ctx, before); err != nil {
			return err
		}
	}
	if old, ok := writeTo(before); ok && before.EmailConfirmedAt != nil {
		if err := tx.service.mail(ctx, tx, old, changedLetter()); err != nil {
			return err
		}
	}
	return tx.User.Update().Where(user.ID(before.ID)).SetEmail(link.Address).SetEmailConfirmedAt(tx.service.now()).
		ClearConfirmBy().Exec(ctx)
}

// RequestEmailChange mails a link to the new address, with which the account changes to it, and a notice to the old one.
// Neither the answer nor the work tells whether the address has an account: it is told in the mail. A site that sends no
// mail changes it at once.
// Errors: BAD_USER_INPUT; CONFLICT when the address is taken, where the site sends no mail.
func (s *Service) RequestEmailChange(ctx context.Context, email, password string) (address string, err error) {
	v := auth.ViewerFrom(ctx)
	if err := permit(v, "requestEmailChange", about{}); err != nil {
		return "", err
	}
	if address, err = emailAddress(email); err != nil {
		return "", err
	}
	if err := s.mayTry(ctx, mails, address); err != nil {
		return "", err
	}
	u, err := s.prove(ctx, "password", password)
	switch {
	case err != nil:
		return "", err
	case u.Email != nil && *u.Email == address:
		return "", BadInput("email", "This changes nothing.")
	case s.Mailer == nil:
		return address, s.changeUnseen(ctx, u, address)
	}
	return address, s.inTx(ctx, func(ctx context.Context, tx *Tx) error { return tx.mailChange(ctx, u, address) })
}

func (tx *Tx) mailChange(ctx context.Context, u *ent.User, address string) error {
	s := tx.service
	if old, ok := writeTo(u); ok && u.EmailConfirmedAt != nil {
		if err := tx.service.mail(ctx, tx, old, changeNotice(s.page(u.Language, "account/reset"))); err != nil {
			return err
		}
	}
	taken, err := tx.User.Query().Where(user.Email(address)).Only(ctx)
	if ignoreNotFound(err) != nil {
		return err
	}
	if taken == nil {
		return tx.mailLink(ctx, mailedtoken.PurposeCHANGE_EMAIL, u, address)
	}
	link, err := tx.openLink(ctx, mailedtoken.PurposeCHANGE_EMAIL, nil, address)
	if to, ok := writeTo(taken); ok && link != "" && err == nil {
		err = tx.service.mail(ctx, tx, to, takenLetter(s.page(taken.Language, "account/reset")))
	}
	return err
}

// changeUnseen changes an address that nobody can confirm.
func (s *Service) changeUnseen(ctx context.Context, u *ent.User, address string) error {
	err := s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		return tx.User.Update().Where(user.ID(u.ID), user.ErasedAtIsNil()).SetEmail(address).ClearEmailConfirmedAt().Exec(ctx)
	})
	if ent.IsConstraintError(err) {
		err = &Error{Code: Conflict, Field: "email", Message: "There is an account with this e-mail address."}
	}
	return err
}
