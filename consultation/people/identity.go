package people

import (
	"context"
	"ensemble/consultation/text/clean"
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/identity"
	"ensemble/ent/user"
)

// SignInProvider is an OpenID Connect provider with which people may sign in.
type SignInProvider struct {
	Name        string // in addresses: a-z, 0-9 and -
	Label       string // on buttons
	StartURL    string // where a browser goes to sign in
	LogoutURL   string // where it goes to sign out, there too
	Issuer      string
	TrustsEmail bool // what it says about e-mail addresses is true: accounts are linked by it
}

// Claims are what a provider says of somebody, once it was made sure that the provider says so, now, and to us.
type Claims struct {
	Issuer        string
	Subject       string
	Email         string
	EmailVerified bool   // the provider says that it has made sure
	Name          string // as the person is called
	Nickname      string // as the person calls themselves; a wish
	Language      string // BCP 47
}

const (
	maxSubject    = 255 // characters; source: OpenID Connect Core 1.0 §2
	maxIdentities = 10  // of one account
	signInTries   = 4   // when others take the nickname, or open the same account, at the same time
)

// What becomes of a person who comes from a provider and cannot be let in.
var (
	// ErrAddressTaken means that an account has the address, and nobody trustworthy says that it is the same person's.
	ErrAddressTaken = &refusal.Error{
		Code: refusal.Conflict, Field: "email",
		Message: "An account has your e-mail address: sign in to it first, then link this one.",
	}
	// ErrIdentityTaken means that the identity belongs to another account.
	ErrIdentityTaken = refusal.New(refusal.Conflict, "With this you sign in to another account already.")
	// ErrOtherPerson means that somebody else is signed in than who began to link.
	ErrOtherPerson = refusal.New(refusal.Conflict,
		"You are no longer signed in as the person who began this. Begin again.")
	// ErrTooManyIdentities means that the account has as many as it may.
	ErrTooManyIdentities = refusal.New(refusal.Conflict, "Your account has as many ways to sign in as it may.")
	// ErrClaims means that a provider says too little.
	ErrClaims = refusal.New(refusal.Forbidden, "Your provider does not say who you are.")
)

// SignInWith opens a session for the person of whom a provider speaks. It signs in to the account that the identity
// belongs to; else to the one with the same address, where both that account and the provider are sure of it; else to a
// new one. idToken, unless it is empty, is kept for the end of the session.
// Errors: ErrClaims; ErrAddressTaken; ErrTooManyIdentities.
func (s *Accounts) SignInWith(ctx context.Context, c Claims, idToken string) (*Session, error) {
	if err := c.check(); err != nil {
		return nil, err
	}

	var made *Session
	var err error
	// When somebody else takes the nickname at the same time, or gives it up, or opens the same account, the next try
	// sees that.
	for range signInTries {
		err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
			account, err := tx.accountOf(ctx, c)
			if err != nil {
				return err
			}
			if made, err = tx.signIn(ctx, account); err != nil {
				return err
			}
			return tx.keepIDToken(ctx, made, s.providerOf(c.Issuer), idToken)
		})

		if !ent.IsConstraintError(err) && !errors.Is(err, errNicknameTaken) {
			break
		}
	}
	return made, err
}

// check refuses claims that do not name somebody, and blanks an e-mail address that is none.
// Errors: ErrClaims.
func (c *Claims) check() error {
	if c.Issuer == "" || c.Subject == "" || len(c.Subject) > maxSubject || strings.ContainsRune(c.Subject, 0) {
		return ErrClaims
	}

	email, err := EmailAddress(c.Email)
	if c.Email = email; err != nil {
		c.Email, c.EmailVerified = "", false
	}
	return nil
}

// accountOf finds or makes the account of somebody who comes from a provider, and returns its id.
// Errors: ErrAddressTaken; ErrTooManyIdentities.
func (tx *tx) accountOf(ctx context.Context, c Claims) (string, error) {
	known, err := tx.identityOf(ctx, c)
	if err != nil {
		return "", err
	}
	if known != nil {
		return known.UserID, nil
	}

	account, err := tx.accountWithAddress(ctx, c)
	if errors.Is(err, ErrAddressTaken) {
		// The same person may have come at the same time, and opened the account: then it has the identity by now.
		if known, again := tx.identityOf(ctx, c); again != nil || known != nil {
			return userOf(known), again
		}
	}
	if err != nil {
		return "", err
	}
	if account != nil {
		return account.ID, tx.link(ctx, account, c)
	}

	if account, err = tx.openAccount(ctx, c); err != nil {
		return "", err
	}
	if err := tx.addIdentity(ctx, account.ID, c); err != nil {
		return "", err
	}
	return account.ID, tx.askToConfirm(ctx, account)
}

// userOf returns the id of the account that an identity belongs to; "" for nil.
func userOf(i *ent.Identity) string {
	if i == nil {
		return ""
	}
	return i.UserID
}

// identityOf finds the identity of the claims; nil when there is none. If it belongs to an erased account, it is
// deleted: the person may begin anew.
func (tx *tx) identityOf(ctx context.Context, c Claims) (*ent.Identity, error) {
	same := identity.And(identity.Issuer(c.Issuer), identity.Subject(c.Subject))
	if _, err := tx.Identity.Delete().Where(same, identity.HasUserWith(user.ErasedAtNotNil())).Exec(ctx); err != nil {
		return nil, err
	}

	known, err := tx.Identity.Query().Where(same).Only(ctx)
	return known, refusal.IgnoreMissing(err)
}

// accountWithAddress returns the account that has the address of the claims, if it is sure to be the same person's: the
// site trusts the provider with addresses, the provider has verified this one, and the account has confirmed it. It
// returns nil when no account has the address. An account that signs in with another identity of the same provider is
// not linked: addresses pass on to other people.
// Errors: ErrAddressTaken.
func (tx *tx) accountWithAddress(ctx context.Context, c Claims) (*ent.User, error) {
	if c.Email == "" {
		return nil, nil
	}

	// Lock it: nobody changes the address, or erases the account, meanwhile.
	account, err := tx.User.Query().Where(user.Email(c.Email), tx.Locked()).Only(ctx)
	if err != nil {
		return nil, refusal.IgnoreMissing(err)
	}

	linked, err := tx.Identity.Query().Where(identity.UserID(account.ID), identity.Issuer(c.Issuer)).Exist(ctx)
	if err != nil {
		return nil, err
	}
	if linked || account.EmailConfirmedAt == nil || !tx.verifies(c) {
		return nil, ErrAddressTaken
	}
	return account, nil
}

// verifies says whether the provider has made sure that the address is the person's, and the site trusts it with that.
func (s *Accounts) verifies(c Claims) bool {
	return c.EmailVerified && slices.ContainsFunc(s.Providers,
		func(p *SignInProvider) bool { return p.Issuer == c.Issuer && p.TrustsEmail })
}

// openAccount makes an account for somebody new, without a password. The language is that of the claims, or else that
// of the request.
func (tx *tx) openAccount(ctx context.Context, c Claims) (*ent.User, error) {
	s := tx.Accounts
	name, nickname, err := tx.namesFrom(ctx, c)
	if err != nil {
		return nil, err
	}

	lang, err := input.Tag("language", c.Language)
	if err != nil {
		lang = input.Requested(ctx, language.French.String())
	}

	create := tx.User.Create().SetID(s.NewID("user")).SetName(name).SetNickname(nickname).
		SetNicknameLook(clean.Skeleton(nickname)).SetLanguage(lang).SetCreatedAt(s.Moment())

	// An address that nobody vouches for is to be confirmed by mail, where the site sends any.
	if c.Email != "" {
		create.SetEmail(c.Email)
	}
	switch {
	case c.Email == "":
	case s.verifies(c):
		create.SetEmailConfirmedAt(s.Moment())
	case s.outbox.Mailer != nil:
		create.SetConfirmBy(s.Moment().Add(s.Keeping.Unconfirmed))
	}

	account, err := create.Save(ctx)
	if err != nil {
		return nil, err
	}
	return account, tx.restsFor(ctx, account.ID, nickname)
}

// addIdentity makes an identity one of the ways to sign in to an account. The index refuses an identity that another
// account has.
// Errors: ErrTooManyIdentities; a constraint error when it is taken.
func (tx *tx) addIdentity(ctx context.Context, account string, c Claims) error {
	n, err := tx.Identity.Query().Where(identity.UserID(account)).Count(ctx)
	if err != nil {
		return err
	}
	if n >= maxIdentities {
		return ErrTooManyIdentities
	}

	s := tx.Accounts
	return tx.Identity.Create().SetID(s.NewID("identity")).SetUserID(account).SetIssuer(c.Issuer).SetSubject(c.Subject).
		SetCreatedAt(s.Moment()).Exec(ctx)
}

// ProviderOf returns the provider of an identity; nil when the site does not know it any more.
func (s *Accounts) ProviderOf(i *ent.Identity) *SignInProvider { return s.providerOf(i.Issuer) }

// providerOf returns the provider with an issuer; nil for none.
func (s *Accounts) providerOf(issuer string) *SignInProvider {
	i := slices.IndexFunc(s.Providers, func(p *SignInProvider) bool { return p.Issuer == issuer })
	if i < 0 {
		return nil
	}
	return s.Providers[i]
}
