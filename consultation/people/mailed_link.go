package people

import (
	"context"
	"errors"
	"time"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/outbox"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/user"
)

// Links in mails contain a token that works once; only its hash is stored. The token is after the "#" of the address,
// which browsers do not send: so it is in no log and in no Referer.

const (
	confirmTime = 48 * time.Hour // for a link that confirms an address
	resetTime   = time.Hour      // for a link that sets a password
	openLinks   = 5              // of one purpose to one address, that were not used yet
)

// purposes says for each purpose of links how long they work, where they lead, and in which letter they are sent.
var purposes = map[mailedtoken.Purpose]struct {
	lifetime time.Duration
	page     string
	write    func(link string) outbox.Letter
}{
	mailedtoken.PurposeCONFIRM_EMAIL:  {confirmTime, "account/confirm", confirmLetter},
	mailedtoken.PurposeCHANGE_EMAIL:   {confirmTime, "account/confirm", changeLetter},
	mailedtoken.PurposeRESET_PASSWORD: {resetTime, "account/reset", resetLetter},
}

var errLink = &refusal.Error{
	Code: refusal.BadUserInput, Field: "token",
	Message: "This link was used already, or is too old. Ask for another one.",
}

// openLink makes a link of the account u for an address, and returns it; "" when the address has openLinks of this
// purpose already. u may be nil: then a link is made that opens nothing, so that the work does not reveal whether there
// is an account.
func (tx *tx) openLink(ctx context.Context, purpose mailedtoken.Purpose, u *ent.User, address string) (string, error) {
	s, p := tx.Accounts, purposes[purpose]
	open, err := tx.MailedToken.Query().Where(mailedtoken.Address(address), mailedtoken.PurposeEQ(purpose),
		mailedtoken.ExpiresAtGT(s.Moment())).Count(ctx)
	if err != nil || open >= openLinks {
		return "", err
	}

	token := auth.MailedToken.New()
	hash, _ := auth.MailedToken.Hash(token)
	create := tx.MailedToken.Create().SetID(s.NewID("link")).SetPurpose(purpose).SetAddress(address).SetTokenHash(hash).
		SetCreatedAt(s.Moment()).SetExpiresAt(s.Moment().Add(p.lifetime))

	lang := input.Requested(ctx, language.French.String())
	if u != nil {
		create.SetUserID(u.ID)
		lang = u.Language
	}

	return s.outbox.Page(lang, p.page) + "#" + token, create.Exec(ctx)
}

// mailLink mails a link of the account u to an address. For nil a mail is written, too, so that the work is the same;
// but it is sent to nobody.
func (tx *tx) mailLink(ctx context.Context, purpose mailedtoken.Purpose, u *ent.User, address string) error {
	link, err := tx.openLink(ctx, purpose, u, address)
	if err != nil || link == "" {
		return err
	}

	to := outbox.Recipient{Language: input.Requested(ctx, language.French.String())}
	if u != nil {
		to = outbox.Recipient{User: u.ID, Address: address, Language: u.Language}
	}
	return tx.outbox.Mail(ctx, tx.Tx, to, purposes[purpose].write(link))
}

// mailToWhomever mails a link to the account with an address, if there is one and it needs the link. It returns the
// address in its clean form, and does the same work in each case.
// Errors: FORBIDDEN where the site sends no mail, and for access tokens; BAD_USER_INPUT for what is no address;
// RATE_LIMITED.
func (s *Accounts) mailToWhomever(
	ctx context.Context, act, email string, purpose mailedtoken.Purpose, needs func(*ent.User) bool,
) (string, error) {
	if err := permission.Ask(auth.ViewerFrom(ctx), act, permission.About{}); err != nil {
		return "", err
	}

	address, err := EmailAddress(email)
	if err != nil {
		return "", err
	}

	if s.outbox.Mailer == nil {
		return "", errNoMail
	}
	if err := s.TakeAttempt(ctx, MailRequests, address); err != nil {
		return "", err
	}

	return address, change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		u, err := tx.User.Query().Where(user.Email(address), user.ErasedAtIsNil()).Only(ctx)
		if refusal.IgnoreMissing(err) != nil {
			return err
		}

		// From here on, no account and one that needs no link are the same.
		if u != nil && !needs(u) {
			u = nil
		}
		return tx.mailLink(ctx, purpose, u, address)
	})
}

// linkOf finds a link of one of the purposes that still works, by its token.
// Errors: errLink.
func (s *Accounts) linkOf(
	ctx context.Context, from *ent.MailedTokenClient, token string, purposes ...mailedtoken.Purpose,
) (*ent.MailedToken, error) {
	hash, ok := auth.MailedToken.Hash(token)
	if !ok {
		return nil, errLink
	}

	link, err := from.Query().
		Where(mailedtoken.TokenHash(hash), mailedtoken.PurposeIn(purposes...), mailedtoken.UserIDNotNil(),
			mailedtoken.ExpiresAtGT(s.Moment())).Only(ctx)
	if ent.IsNotFound(err) {
		err = errLink
	}
	return link, err
}

// take finds a link that still works, and deletes it, so that it works once. Of several who try at the same time, one
// succeeds. It returns the link, and its account, which is locked.
// Errors: errLink, also when the account is erased.
func (tx *tx) take(
	ctx context.Context, token string, purposes ...mailedtoken.Purpose,
) (*ent.MailedToken, *ent.User, error) {
	link, err := tx.linkOf(ctx, tx.MailedToken, token, purposes...)
	if err != nil {
		return nil, nil, err
	}

	// Lock the account before its link: others lock the account, and then delete all of its links.
	account, err := tx.lockAccount(ctx, *link.UserID)
	if errors.Is(err, refusal.ErrSignIn) {
		err = errLink
	}
	if err != nil {
		return nil, nil, err
	}

	n, err := tx.MailedToken.Delete().Where(mailedtoken.ID(link.ID)).Exec(ctx)
	if err == nil && n == 0 {
		err = errLink
	}
	return link, account, err
}
