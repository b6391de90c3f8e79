package consultation

import (
	"context"
	"time"

	"ensemble/auth"
	"ensemble/ent/session"
	"ensemble/ent/user"
)

// What opens a way in that outlasts a session, or cannot be undone, asks for a proof of now that the person is there: a session alone may be stolen.

// freshFor is for how long signing in is such a proof.
const freshFor = 15 * time.Minute

// ErrStale means that the person signed in too long ago.
var ErrStale = refuse(Forbidden, "Sign in again first: this needs a sign-in of the last %d minutes.", int(freshFor.Minutes()))

// proveAnew asks for the password again, of an account that has one, and of others for a session that is fresh.
func (s *Service) proveAnew(ctx context.Context, v auth.Viewer, password *string) error {
	able, err := s.proveIfAble(ctx, v.UserID, password)
	if err != nil || able {
		return err
	}
	return s.signedInLately(ctx, v)
}

// proveIfAble asks for the password again, of an account that has one: able says whether it has.
func (s *Service) proveIfAble(ctx context.Context, userID string, password *string) (able bool, err error) {
	u, err := s.Read.User.Query().Where(user.ID(userID)).Select(user.FieldPasswordHash).Only(ctx)
	if err != nil || u.PasswordHash == "" {
		return false, err
	}
	if password == nil {
		return true, BadInput("password", "Give your password.")
	}
	_, err = s.prove(ctx, "password", *password)
	return true, err
}

// signedInLately asks that the viewer's session is fresh. Errors: ErrStale.
func (s *Service) signedInLately(ctx context.Context, v auth.Viewer) error {
	fresh, err := s.Read.Session.Query().Where(session.ID(v.SessionID), session.CreatedAtGT(s.now().Add(-freshFor))).Exist(ctx)
	if err == nil && !fresh {
		err = ErrStale
	}
	return err
}
