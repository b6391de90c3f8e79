package people

import (
	"context"
	"net/mail"
	"strings"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/outbox"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/user"
)

const maxEmail = 254 // bytes; source: RFC 5321 §4.5.3.1.3, less the brackets

var errNoMail = refusal.New(refusal.Forbidden, "This site sends no mail. Ask those who run it.")

// EmailAddress returns the lower-case form of an e-mail address without a name or brackets.
// Errors: BAD_USER_INPUT on email.
func EmailAddress(s string) (string, error) {
	if len(s) <= maxEmail && !strings.ContainsAny(s, " \"<>\r\n") {
		if parsed, err := mail.ParseAddress(s); err == nil && parsed.Address == s {
			return strings.ToLower(s), nil
		}
	}
	return "", refusal.BadInput("email", "This is not an e-mail address.")
}

// askToConfirm mails a link to a new account, if its address waits for a confirmation.
func (tx *tx) askToConfirm(ctx context.Context, account *ent.User) error {
	if account.ConfirmBy == nil {
		return nil
	}
	return tx.mailLink(ctx, mailedtoken.PurposeCONFIRM_EMAIL, account, *account.Email)
}

// RequestEmailConfirmation mails a link that confirms an address, if there is an account whose address waits for it.
// Neither the answer nor the work reveals whether there is.
// Errors: BAD_USER_INPUT for what is no address; FORBIDDEN where the site sends no mail, and for access tokens;
// RATE_LIMITED.
func (s *Accounts) RequestEmailConfirmation(
	ctx context.Context, in RequestEmailConfirmationInput,
) (address string, err error) {
	return s.mailToWhomever(ctx, "requestEmailConfirmation", in.Email, mailedtoken.PurposeCONFIRM_EMAIL,
		func(u *ent.User) bool { return u.EmailConfirmedAt == nil })
}

// ConfirmEmail confirms the address that a link was mailed to. When the link is for a change of address, the account
// changes to it now.
// Errors: FORBIDDEN for access tokens; RATE_LIMITED; BAD_USER_INPUT for the token; CONFLICT when another account has
// the address meanwhile.
func (s *Accounts) ConfirmEmail(ctx context.Context, in ConfirmEmailInput) (address string, err error) {
	if err := permission.Ask(auth.ViewerFrom(ctx), "confirmEmail", permission.About{}); err != nil {
		return "", err
	}
	if err := s.TakeAttempt(ctx, SignIns, ""); err != nil {
		return "", err
	}

	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		link, account, err := tx.take(ctx, in.Token, mailedtoken.PurposeCONFIRM_EMAIL, mailedtoken.PurposeCHANGE_EMAIL)
		if err != nil {
			return err
		}

		address = link.Address
		ViewerChanged(tx.Tx, *link.UserID)
		if link.Purpose == mailedtoken.PurposeCHANGE_EMAIL {
			return tx.changeAddress(ctx, account, link)
		}

		err = tx.confirmAddress(ctx, account, link)
		if err != nil || account.PasswordHash == "" { // without a password, identities are their only way to sign in
			return err
		}

		_, err = tx.dropUnproven(ctx, account)
		return err
	})

	if ent.IsConstraintError(err) {
		err = addressTaken("token")
	}
	return address, err
}

// confirmAddress notes that the account's owner reads the mail that a link was sent to. before is the account, which
// stays as it was.
// Errors: errLink when the account has another address now.
func (tx *tx) confirmAddress(ctx context.Context, before *ent.User, link *ent.MailedToken) error {
	if before.Email == nil || *before.Email != link.Address {
		return errLink
	}
	return tx.User.Update().Where(user.ID(before.ID)).SetEmailConfirmedAt(tx.Moment()).ClearConfirmBy().Exec(ctx)
}

// changeAddress gives the account the address that a link was sent to. Links that went to the old address stop working,
// and the old address is told of the change, if it was confirmed. before is the account, locked.
func (tx *tx) changeAddress(ctx context.Context, before *ent.User, link *ent.MailedToken) error {
	if _, err := tx.MailedToken.Delete().Where(mailedtoken.UserID(before.ID)).Exec(ctx); err != nil {
		return err
	}

	// The old address was never confirmed: perhaps somebody else made this account, and what they linked is in doubt.
	if before.EmailConfirmedAt == nil && before.PasswordHash != "" {
		if _, err := tx.dropUnproven(ctx, before); err != nil {
			return err
		}
	}

	// What went to an address that was never confirmed is perhaps somebody else's.
	if old, ok := outbox.WriteTo(before); ok && before.EmailConfirmedAt != nil {
		if err := tx.forgetAddress(ctx, tx.Tx, old.Address); err != nil {
			return err
		}
		if err := tx.outbox.Mail(ctx, tx.Tx, old, changedLetter()); err != nil {
			return err
		}
	}

	return tx.User.Update().Where(user.ID(before.ID)).SetEmail(link.Address).SetEmailConfirmedAt(tx.Moment()).
		ClearConfirmBy().Exec(ctx)
}

// RequestEmailChange mails a link to the new address, with which the account changes to it, and a notice to the old
// one. Neither the answer nor the work reveals whether the new address has an account: only the mail says so. A site
// that sends no mail changes the address at once.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens; RATE_LIMITED; BAD_USER_INPUT, also for a wrong password, and
// when nothing would change; CONFLICT when the address is taken, only where the site sends no mail.
func (s *Accounts) RequestEmailChange(ctx context.Context, in RequestEmailChangeInput) (address string, err error) {
	v := auth.ViewerFrom(ctx)
	if err := permission.Ask(v, "requestEmailChange", permission.About{}); err != nil {
		return "", err
	}

	if address, err = EmailAddress(in.Email); err != nil {
		return "", err
	}
	// The attempt is counted before the password is checked, which is work.
	if err := s.TakeAttempt(ctx, MailRequests, address); err != nil {
		return "", err
	}

	u, err := s.prove(ctx, "password", in.Password)
	switch {
	case err != nil:
		return "", err
	case u.Email != nil && *u.Email == address:
		return "", refusal.BadInput("email", "This changes nothing.")
	case s.outbox.Mailer == nil:
		return address, s.changeUnseen(ctx, u, address)
	}

	return address, change.In(ctx, s, func(ctx context.Context, tx *tx) error { return tx.mailChange(ctx, u, address) })
}

// mailChange mails a notice to the old address, if it is confirmed, and to the new one either a link or, if that has an
// account, a letter that says so.
func (tx *tx) mailChange(ctx context.Context, u *ent.User, address string) error {
	s := tx.Accounts
	if old, ok := outbox.WriteTo(u); ok && u.EmailConfirmedAt != nil {
		notice := changeNotice(s.outbox.Page(u.Language, "account/reset"))
		if err := tx.outbox.Mail(ctx, tx.Tx, old, notice); err != nil {
			return err
		}
	}

	taken, err := tx.User.Query().Where(user.Email(address)).Only(ctx)
	if refusal.IgnoreMissing(err) != nil {
		return err
	}

	if taken == nil {
		return tx.mailLink(ctx, mailedtoken.PurposeCHANGE_EMAIL, u, address)
	}

	// A link to nobody is made for a taken address, too: so the work is the same, and the limit of open links applies.
	link, err := tx.openLink(ctx, mailedtoken.PurposeCHANGE_EMAIL, nil, address)
	if to, ok := outbox.WriteTo(taken); ok && link != "" && err == nil {
		err = tx.outbox.Mail(ctx, tx.Tx, to, takenLetter(s.outbox.Page(taken.Language, "account/reset")))
	}
	return err
}

// changeUnseen changes the address of an account where the site sends no mail, so that nobody can confirm it.
// Errors: CONFLICT on email when taken.
func (s *Accounts) changeUnseen(ctx context.Context, u *ent.User, address string) error {
	err := change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		err := tx.User.Update().Where(user.ID(u.ID), user.ErasedAtIsNil()).SetEmail(address).
			ClearEmailConfirmedAt().Exec(ctx)
		if err != nil || u.Email == nil {
			return err
		}
		return tx.forgetAddress(ctx, tx.Tx, *u.Email)
	})
	if ent.IsConstraintError(err) {
		err = addressTaken("email")
	}
	return err
}

// addressTaken refuses an address, which was given in a field, since there is an account with it: CONFLICT.
func addressTaken(field string) *refusal.Error {
	return &refusal.Error{Code: refusal.Conflict, Field: field, Message: "There is an account with this e-mail address."}
}
