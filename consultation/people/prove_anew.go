package people

import (
	"context"
	"time"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/session"
	"ensemble/ent/user"
)

// Some acts open a way in that outlasts a session, or cannot be undone. They ask for a fresh proof that the person is
// there: a session alone may be stolen.

// freshFor is how long a sign-in counts as such a proof.
const freshFor = 15 * time.Minute

// ErrStale means that the person signed in too long ago.
var ErrStale = refusal.New(refusal.Forbidden,
	"Sign in again first: this needs a sign-in of the last %d minutes.", int(freshFor.Minutes()))

// ProveAnew asks for the password again if the account has one, and otherwise for a fresh session. It returns what
// StillProved needs, in the transaction that the proof is for: the hash of the password, or "".
// Errors: BAD_USER_INPUT on password when it is missing or wrong; RATE_LIMITED; ErrStale.
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

// StillProved refuses when the viewer's session has ended, or the account has another password than the one that was
// proved: a new password ends what the old one opened. The account is locked.
// Errors: UNAUTHENTICATED; BAD_USER_INPUT on password.
func StillProved(
	ctx context.Context, tx *change.Tx, v auth.Viewer, account *ent.User, proved string,
) error {
	if err := stillSignedIn(ctx, tx, v); err != nil {
		return err
	}
	if account.PasswordHash != proved {
		return refusal.BadInput("password", "The password is wrong.")
	}
	return nil
}

// stillSignedIn refuses when the viewer's session has ended since the request began. The viewer's account is locked.
// Errors: UNAUTHENTICATED.
func stillSignedIn(ctx context.Context, tx *change.Tx, v auth.Viewer) error {
	goesOn, err := tx.Session.Query().Where(session.ID(v.SessionID), session.UserID(v.UserID)).Exist(ctx)
	if err == nil && !goesOn {
		err = refusal.ErrSignIn
	}
	return err
}

// signedInLately refuses when the viewer's session is not fresh.
// Errors: ErrStale.
func (s *Accounts) signedInLately(ctx context.Context, v auth.Viewer) error {
	fresh, err := s.Read.Session.Query().
		Where(session.ID(v.SessionID), session.CreatedAtGT(s.Moment().Add(-freshFor))).Exist(ctx)
	if err == nil && !fresh {
		err = ErrStale
	}
	return err
}
