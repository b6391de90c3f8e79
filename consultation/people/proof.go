package people

import (
	"context"
	"time"

	"ensemble/auth"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/session"
	"ensemble/ent/user"
)

// What opens a way in that outlasts a session, or cannot be undone, asks for a proof of now that the person is there: a session alone may be stolen.

// freshFor is for how long signing in is such a proof.
const freshFor = 15 * time.Minute

// ErrStale means that the person signed in too long ago.
var ErrStale = refusal.New(refusal.Forbidden, "Sign in again first: this needs a sign-in of the last %d minutes.", int(freshFor.Minutes()))

// ProveAnew asks for the password again, of an account that has one, and of others for a session that is fresh. What it
// returns is for stillProved, in the transaction that the proof is for.
func (s *Accounts) ProveAnew(ctx context.Context, v auth.Viewer, password *string) (proved string, err error) {
	u, err := s.Read.User.Query().Where(user.ID(v.UserID)).Select(user.FieldPasswordHash).Only(ctx)
	if err != nil {
		return "", err
	}
	if u.PasswordHash == "" {
		return "", s.signedInLately(ctx, v)
	}
	if password == nil {
		return "", refusal.BadInput("password", "Give your password.")
	}
	if u, err = s.prove(ctx, "password", *password); err != nil {
		return "", err
	}
	return u.PasswordHash, nil
}

// stillProved asks that the viewer's session goes on, and that the password of their account, which is locked, is the one
// that was proved: a new one ends what the old one opened.
func (tx *tx) stillProved(ctx context.Context, v auth.Viewer, account *ent.User, proved string) error {
	goesOn, err := tx.Session.Query().Where(session.ID(v.SessionID), session.UserID(account.ID)).Exist(ctx)
	switch {
	case err != nil:
		return err
	case !goesOn:
		return refusal.ErrSignIn
	case account.PasswordHash != proved:
		return refusal.BadInput("password", "The password is wrong.")
	}
	return nil
}

// signedInLately asks that the viewer's session is fresh. Errors: ErrStale.
func (s *Accounts) signedInLately(ctx context.Context, v auth.Viewer) error {
	fresh, err := s.Read.Session.Query().Where(session.ID(v.SessionID), session.CreatedAtGT(s.Moment().Add(-freshFor))).Exist(ctx)
	if err == nil && !fresh {
		err = ErrStale
	}
	return err
}
