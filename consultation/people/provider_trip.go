package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/predicate"
	"ensemble/ent/providersession"
	"ensemble/ent/session"
	"ensemble/ent/signinattempt"
)

// attemptLifetime is how long somebody may take at a provider.
const attemptLifetime = 10 * time.Minute

// SignInAttempt is somebody on their way to a provider and back. It is a row in the database, so that any process can
// answer whoever comes back.
type SignInAttempt struct {
	Provider string
	Nonce    string // the ID token must repeat it
	Verifier string // of PKCE, if the provider knows that
	ReturnTo string // a path of this site
	UserID   string // who links an identity to their account; "" for who signs in
}

// ErrAttempt means that nobody in this browser is on the way back from the provider: the attempt is unknown, was used,
// is too old, or belongs to another browser.
var ErrAttempt = refusal.New(refusal.Conflict, "This sign-in was used already, took too long, or was not begun here.")

// BeginSignIn stores an attempt to sign in. The secret stays in the browser, and the state goes to the provider and
// back. The state is the hash of the secret, so only this browser can come back with both. Whoever links an identity
// must be the viewer, and must have just signed in.
// Errors: RATE_LIMITED; and to link: UNAUTHENTICATED; FORBIDDEN for access tokens; ErrOtherPerson; ErrStale.
func (s *Accounts) BeginSignIn(ctx context.Context, a SignInAttempt) (secret, state string, err error) {
	if a.UserID != "" {
		if err := s.mayBeginToLink(ctx, a.UserID); err != nil {
			return "", "", err
		}
	}
	if err := s.TakeAttempt(ctx, SignIns, ""); err != nil {
		return "", "", err
	}

	secret = RandomHex()
	state = StateOf(secret)
	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		create := tx.SignInAttempt.Create().SetID(s.NewID("attempt")).SetState(state).
			SetProvider(a.Provider).SetNonce(a.Nonce).
			SetVerifier(a.Verifier).SetReturnTo(a.ReturnTo).SetCreatedAt(s.Moment())
		if a.UserID != "" {
			create.SetUserID(a.UserID)
		}
		return create.Exec(ctx)
	})

	return secret, state, err
}

// RandomHex returns 256 random bits as 64 characters of 0-9 and a-f, which every provider accepts as a state or a
// nonce.
func RandomHex() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// StateOf returns the state that belongs to a browser's secret: its SHA-256 hash in hexadecimal.
func StateOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// EndSignIn takes an attempt out of the database, once, whatever comes of it, and returns it.
// Errors: ErrAttempt.
func (s *Accounts) EndSignIn(ctx context.Context, provider, secret string) (SignInAttempt, error) {
	var row *ent.SignInAttempt
	var taken int
	err := change.In(ctx, s, func(ctx context.Context, tx *tx) (err error) {
		if row, err = tx.SignInAttempt.Query().Where(signinattempt.State(StateOf(secret))).Only(ctx); err != nil {
			return err
		}
		taken, err = tx.SignInAttempt.Delete().Where(signinattempt.ID(row.ID)).Exec(ctx)
		return err
	})

	// Nothing is taken when another request took the attempt at the same time.
	switch {
	case ent.IsNotFound(err):
		return SignInAttempt{}, ErrAttempt
	case err != nil:
		return SignInAttempt{}, err
	case taken == 0, row.Provider != provider, !row.CreatedAt.After(s.attemptsBegan()):
		return SignInAttempt{}, ErrAttempt
	}

	a := SignInAttempt{Provider: row.Provider, Nonce: row.Nonce, Verifier: row.Verifier, ReturnTo: row.ReturnTo}
	if row.UserID != nil {
		a.UserID = *row.UserID
	}
	return a, nil
}

// attemptsBegan returns the moment before which those attempts began that are too old by now.
func (s *Accounts) attemptsBegan() time.Time { return s.Moment().Add(-attemptLifetime) }

// keepIDToken stores the ID token, sealed with the session's token, until the session ends: then the provider asks for
// it. It does nothing when there is no ID token or no provider.
func (tx *tx) keepIDToken(ctx context.Context, of *Session, from *SignInProvider, idToken string) error {
	if idToken == "" || from == nil {
		return nil
	}
	sealed, err := auth.Seal(of.Token, []byte(idToken))
	if err != nil {
		return err
	}

	return tx.ProviderSession.Create().SetID(tx.NewID("proof")).
		SetSessionID(of.Viewer.SessionID).SetProvider(from.Name).SetIDToken(sealed).Exec(ctx)
}

// SignOutWith ends the session of a token, and returns the ID token that the provider asks for; "" if none was stored.
// It does nothing when the session has ended.
// Errors: none but those of the database.
func (s *Accounts) SignOutWith(ctx context.Context, token, provider string) (idToken string, err error) {
	v, err := s.Viewer(ctx, token)
	if err != nil {
		if refusal.CodeOf(err) == refusal.Unauthenticated {
			err = nil
		}
		return "", err
	}

	// The ID token is read first: it goes with the session.
	row, err := s.Read.ProviderSession.Query().Where(keptFor(v.SessionID, provider)).Only(ctx)
	if refusal.IgnoreMissing(err) != nil {
		return "", err
	}

	if row != nil {
		opened, err := auth.Unseal(token, row.IDToken)
		if err != nil {
			return "", err
		}
		idToken = string(opened)
	}

	return idToken, change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		ViewerChanged(tx.Tx, v.UserID)
		_, err := tx.Session.Delete().Where(session.ID(v.SessionID)).Exec(ctx)
		return err
	})
}

// keptFor matches the ID token that is stored for a session with a provider.
func keptFor(sessionID, provider string) predicate.ProviderSession {
	return providersession.And(providersession.SessionID(sessionID), providersession.Provider(provider))
}
