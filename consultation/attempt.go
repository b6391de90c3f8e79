package consultation

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/predicate"
	"ensemble/ent/providersession"
	"ensemble/ent/session"
	"ensemble/ent/signinattempt"
)

// attemptLifetime is how long somebody may take at a provider.
const attemptLifetime = 10 * time.Minute

// SignInAttempt is somebody on their way to a provider and back. It is a row, so that any process can answer who comes back.
type SignInAttempt struct {
	Provider string
	Nonce    string // the ID token must repeat it
	Verifier string // of PKCE, if the provider knows that
	ReturnTo string // a path of this site
	UserID   string // who links an identity to their account; "" for who signs in
}

// ErrAttempt means that nobody here is on the way back from a provider with this: it is unknown, was used, is too old, or
// belongs to another browser.
var ErrAttempt = refuse(Conflict, "This sign-in was used already, took too long, or was not begun here.")

// BeginSignIn remembers an attempt. The secret stays in the browser, the state goes round by the provider; it is the
// secret's hash, so only this browser can come back with both. Who links an identity is the viewer, and has just signed in.
// Errors: RATE_LIMITED; ErrStale.
func (s *Service) BeginSignIn(ctx context.Context, a SignInAttempt) (secret, state string, err error) {
	if a.UserID != "" {
		if err := s.mayBeginToLink(ctx, a.UserID); err != nil {
			return "", "", err
		}
	}
	if err := s.mayTry(ctx, signIns, ""); err != nil {
		return "", "", err
	}
	secret = RandomHex()
	state = StateOf(secret)
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		create := tx.SignInAttempt.Create().SetID(s.NewID("attempt")).SetState(state).SetProvider(a.Provider).SetNonce(a.Nonce).
			SetVerifier(a.Verifier).SetReturnTo(a.ReturnTo).SetCreatedAt(s.now())
		if a.UserID != "" {
			create.SetUserID(a.UserID)
		}
		return create.Exec(ctx)
	})
	return secret, state, err
}

// RandomHex is 256 random bits in 64 characters of 0-9 and a-f, which every provider takes for a state or a nonce.
func RandomHex() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// StateOf is the state that belongs to a browser's secret.
func StateOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// EndSignIn takes an attempt back, once, whatever becomes of it. Errors: ErrAttempt.
func (s *Service) EndSignIn(ctx context.Context, provider, secret string) (SignInAttempt, error) {
	var row *ent.SignInAttempt
	var taken int
	err := s.inTx(ctx, func(ctx context.Context, tx *Tx) (err error) {
		if row, err = tx.SignInAttempt.Query().Where(signinattempt.State(StateOf(secret))).Only(ctx); err != nil {
			return err
		}
		taken, err = tx.SignInAttempt.Delete().Where(signinattempt.ID(row.ID)).Exec(ctx)
		return err
	})
	switch {
	case ent.IsNotFound(err):
		return SignInAttempt{}, ErrAttempt
	case err != nil:
		return SignInAttempt{}, err
	case taken == 0, row.Provider != provider, !row.CreatedAt.After(s.attemptsBegan()): // taken by another, at the same time
		return SignInAttempt{}, ErrAttempt
	}
	a := SignInAttempt{Provider: row.Provider, Nonce: row.Nonce, Verifier: row.Verifier, ReturnTo: row.ReturnTo}
	if row.UserID != nil {
		a.UserID = *row.UserID
	}
	return a, nil
}

// attemptsBegan is when those began that are too old by now.
func (s *Service) attemptsBegan() time.Time { return s.now().Add(-attemptLifetime) }

// keepIDToken keeps, until the session ends, what its provider wants to see then.
func (tx *Tx) keepIDToken(ctx context.Context, of *Session, from *SignInProvider, idToken string) error {
	if idToken == "" || from == nil {
		return nil
	}
	sealed, err := auth.Seal(of.Token, []byte(idToken))
	if err != nil {
		return err
	}
	return tx.ProviderSession.Create().SetID(tx.service.NewID("proof")).SetSessionID(of.Viewer.SessionID).SetProvider(from.Name).
		SetIDToken(sealed).Exec(ctx)
}

// SignOutWith ends the session of a token and returns the ID token that its provider wants to see, "" if none was kept. It does
// nothing when the session has ended.
func (s *Service) SignOutWith(ctx context.Context, token, provider string) (idToken string, err error) {
	v, err := s.Viewer(ctx, token)
	if err != nil {
		if CodeOf(err) == Unauthenticated {
			err = nil
		}
		return "", err
	}
	row, err := s.Read.ProviderSession.Query().Where(keptFor(v.SessionID, provider)).Only(ctx)
	if ignoreNotFound(err) != nil {
		return "", err
	}
	if row != nil {
		opened, err := auth.Unseal(token, row.IDToken)
		if err != nil {
			return "", err
		}
		idToken = string(opened)
	}
	return idToken, s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		viewerChanged(tx, v.UserID)
		_, err := tx.Session.Delete().Where(session.ID(v.SessionID)).Exec(ctx)
		return err
	})
}

func keptFor(sessionID, provider string) predicate.ProviderSession {
	return providersession.And(providersession.SessionID(sessionID), providersession.Provider(provider))
}
