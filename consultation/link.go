package consultation

import (
	"context"
	"strings"
	"time"

	"golang.org/x/text/language"

	"ensemble/auth"
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
	write    func(link string) letter
}{
	mailedtoken.PurposeCONFIRM_EMAIL:  {confirmTime, "account/confirm", confirmLetter},
	mailedtoken.PurposeCHANGE_EMAIL:   {confirmTime, "account/confirm", changeLetter},
	mailedtoken.PurposeRESET_PASSWORD: {resetTime, "account/reset", resetLetter},
}

var errLink = &Error{Code: BadUserInput, Field: "token", Message: "This link was used already, or is too old. Ask for another one."}

// page is the address of a page of the site in the reader's language.
func (s *Service) page(reader, path string) string {
	if _, i, _ := matcher.Match(language.Make(reader)); spoken[i] == language.French {
		path = "fr/" + path
	}
	return strings.TrimSuffix(s.BaseURL, "/") + "/" + path
}

// openLink makes a link of the account for an address; "" when that has several already. Nobody's link is made the same,
// and is for nothing.
func (tx *Tx) openLink(ctx context.Context, purpose mailedtoken.Purpose, u *ent.User, address string) (string, error) {
	s, p := tx.service, purposes[purpose]
	open, err := tx.MailedToken.Query().Where(mailedtoken.Address(address), mailedtoken.PurposeEQ(purpose),
		mailedtoken.ExpiresAtGT(s.now())).Count(ctx)
	if err != nil || open >= openLinks {
		return "", err
	}
	token := auth.MailedToken.New()
	hash, _ := auth.MailedToken.Hash(token)
	create := tx.MailedToken.Create().SetID(s.NewID("link")).SetPurpose(purpose).SetAddress(address).SetTokenHash(hash).
		SetCreatedAt(s.now()).SetExpiresAt(s.now().Add(p.lifetime))
	reader := requestLanguage(ctx, language.French.String())
	if u != nil {
		create.SetUserID(u.ID)
		reader = u.Language
	}
	return s.page(reader, p.page) + "#" + token, create.Exec(ctx)
}

// mailLink mails a link of the account to an address. Nobody's is written too, so that the work is the same, and goes
// nowhere.
func (tx *Tx) mailLink(ctx context.Context, purpose mailedtoken.Purpose, u *ent.User, address string) error {
	link, err := tx.openLink(ctx, purpose, u, address)
	if err != nil || link == "" {
		return err
	}
	to := recipient{language: requestLanguage(ctx, language.French.String())}
	if u != nil {
		to = recipient{u.ID, address, u.Language}
	}
	return tx.service.mail(ctx, tx, to, purposes[purpose].write(link))
}

// mailToWhomever mails a link to the account with an address, if there is one and it needs the link.
func (s *Service) mailToWhomever(ctx context.Context, act, email string, purpose mailedtoken.Purpose, needs func(*ent.User) bool) (string, error) {
	if err := permit(auth.ViewerFrom(ctx), act, about{}); err != nil {
		return "", err
	}
	address, err := emailAddress(email)
	if err != nil {
		return "", err
	}
	if s.Mailer == nil {
		return "", errNoMail
	}
	if err := s.mayTry(ctx, mails, address); err != nil {
		return "", err
	}
	return address, s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		u, err := tx.User.Query().Where(user.Email(address), user.ErasedAtIsNil()).Only(ctx)
		if ignoreNotFound(err) != nil {
			return err
		}
		if u != nil && !needs(u) {
			u = nil
		}
		return tx.mailLink(ctx, purpose, u, address)
	})
}

// linkOf finds a link that still works, by its token.
func (s *Service) linkOf(ctx context.Context, from *ent.MailedTokenClient, token string, purposes ...mailedtoken.Purpose) (*ent.MailedToken, error) {
	hash, ok := auth.MailedToken.Hash(token)
	if !ok {
		return nil, errLink
	}
	link, err := from.Query().Where(mailedtoken.TokenHash(hash), mailedtoken.PurposeIn(purposes...), mailedtoken.UserIDNotNil(),
		mailedtoken.ExpiresAtGT(s.now())).Only(ctx)
	if ent.IsNotFound(err) {
		err = errLink
	}
	return link, err
}

// take uses a link up. Of several who try at once, one succeeds.
func (tx *Tx) take(ctx context.Context, token string, purposes ...mailedtoken.Purpose) (*ent.MailedToken, error) {
	link, err := tx.service.linkOf(ctx, tx.MailedToken, token, purposes...)
	if err != nil {
		return nil, err
	}
	n, err := tx.MailedToken.Delete().Where(mailedtoken.ID(link.ID)).Exec(ctx)
	if err == nil && n == 0 {
		err = errLink
	}
	return link, err
}
