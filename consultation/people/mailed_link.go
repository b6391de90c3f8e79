package people

import (
	"context"
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

// Links in mails hold a token, kept as a hash, that works once. It stands after the "#" of the address, which browsers do
// not send: it is in no log and in no Referer.

const (
	confirmTime = 48 * time.Hour // for a link that confirms an address
	resetTime   = time.Hour      // for a link that sets a password
	openLinks   = 5              // of one purpose to one address, that were not used yet
)

// purposes are what links are for: how long they work and where they lead.
var purposes = map[mailedtoken.Purpose]struct {
	lifetime time.Duration
	page     string
	write    func(link string) outbox.Letter
}{
	mailedtoken.PurposeCONFIRM_EMAIL:  {confirmTime, "account/confirm", confirmLetter},
	mailedtoken.PurposeCHANGE_EMAIL:   {confirmTime, "account/confirm", changeLetter},
	mailedtoken.PurposeRESET_PASSWORD: {resetTime, "account/reset", resetLetter},
}

var errLink = &refusal.Error{Code: refusal.BadUserInput, Field: "token", Message: "This link was used already, or is too old. Ask for another one."}

// openLink makes a link of the account for an address; "" when that has several already. Nobody's link is made the same,
// and is for nothing.
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
	reader := input.Requested(ctx, language.French.String())
	if u != nil {
		create.SetUserID(u.ID)
		reader = u.Language
	}
	return s.outbox.Page(reader, p.page) + "#" + token, create.Exec(ctx)
}

// mailLink mails a link of the account to an address. Nobody's is written too, so that the work is the same, and goes
// nowhere.
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

// mailToWhomever mails a link to the account with an address, if there is one and it needs the link.
func (s *Accounts) mailToWhomever(ctx context.Context, act, email string, purpose mailedtoken.Purpose, needs func(*ent.User) bool) (string, error) {
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
	if err := s.MayTry(ctx, change.MailRequests, address); err != nil {
		return "", err
	}
	return address, s.inTx(ctx, func(ctx context.Context, tx *tx) error {
		u, err := tx.User.Query().Where(user.Email(address), user.ErasedAtIsNil()).Only(ctx)
		if refusal.IgnoreMissing(err) != nil {
			return err
		}
		if u != nil && !needs(u) {
			u = nil
		}
		return tx.mailLink(ctx, purpose, u, address)
	})
}

// linkOf finds a link that still works, by its token.
func (s *Accounts) linkOf(ctx context.Context, from *ent.MailedTokenClient, token string, purposes ...mailedtoken.Purpose) (*ent.MailedToken, error) {
	hash, ok := auth.MailedToken.Hash(token)
	if !ok {
		return nil, errLink
	}
	link, err := from.Query().Where(mailedtoken.TokenHash(hash), mailedtoken.PurposeIn(purposes...), mailedtoken.UserIDNotNil(),
		mailedtoken.ExpiresAtGT(s.Moment())).Only(ctx)
	if ent.IsNotFound(err) {
		err = errLink
	}
	return link, err
}

// take uses a link up. Of several who try at once, one succeeds.
func (tx *tx) take(ctx context.Context, token string, purposes ...mailedtoken.Purpose) (*ent.MailedToken, error) {
	link, err := tx.linkOf(ctx, tx.MailedToken, token, purposes...)
	if err != nil {
		return nil, err
	}
	n, err := tx.MailedToken.Delete().Where(mailedtoken.ID(link.ID)).Exec(ctx)
	if err == nil && n == 0 {
		err = errLink
	}
	return link, err
}
