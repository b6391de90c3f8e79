package consultation_test

import (
	"context"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/session"
)

const newPassword = "another password"

// afterReading runs change once, right after the account was read for the nth time from now.
func (w *world) afterReading(n int, change func()) {
	w.Read.User.Intercept(ent.InterceptFunc(func(next ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
			found, err := next.Query(ctx, q)
			if n--; n == 0 {
				change()
			}
			return found, err
		})
	}))
}

// onlySession asks that an account is open to one session, and to no program.
func (w *world) onlySession(t *testing.T, s *people.Session) {
	t.Helper()
	if n := got(w.Read.AccessToken.Query().Where(accesstoken.UserID(s.Viewer.UserID)).Count(t.Context()))(t); n > 0 {
		t.Errorf("%d access tokens are left", n)
	}
	left := got(w.Read.Session.Query().Where(session.UserID(s.Viewer.UserID)).IDs(t.Context()))(t)
	if len(left) != 1 || left[0] != s.Viewer.SessionID {
		t.Errorf("left are the sessions %v", left)
	}
}

// Whoever proved the old password just before it was changed opens nothing with it after.
func TestPasswordChangedAfterProof(t *testing.T) {
	for name, c := range map[string]struct {
		reads int // of the account, until its password is proved
		code  refusal.Code
		field string
		do    func(t *testing.T, w *world, same, other *people.Session) error
	}{
		"signs in": {1, refusal.Unauthenticated, "", func(t *testing.T, w *world, _, _ *people.Session) error {
			return only(w.SignIn(t.Context(), people.SignInInput{Email: newAccount().Email, Password: password}))
		}},
		"makes a token": {2, refusal.BadUserInput, "password", func(t *testing.T, w *world, same, _ *people.Session) error {
			return w.makeToken(t, same, password)
		}},
		"makes a token in a session that has ended": {2, refusal.Unauthenticated, "", func(t *testing.T, w *world, _, other *people.Session) error {
			return w.makeToken(t, other, password)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				same, other := got(w.SignUp(t.Context(), newAccount()))(t), got(w.SignIn(t.Context(), people.SignInInput{Email: newAccount().Email, Password: password}))(t)
				ctx := w.in(t, same)
				w.afterReading(c.reads, func() {
					must(t, only(w.ChangePassword(ctx, people.ChangePasswordInput{CurrentPassword: password, NewPassword: newPassword})))
				})
				err := c.do(t, w, same, other)
				refused, _ := err.(*refusal.Error)
				if refusal.CodeOf(err) != c.code || refused == nil || refused.Field != c.field {
					t.Errorf("answered %v", err)
				}
				w.onlySession(t, same)
			})
		})
	}
}

func (w *world) makeToken(t testing.TB, s *people.Session, password string) error {
	_, _, err := w.CreateAccessToken(auth.WithViewer(t.Context(), s.Viewer), people.CreateAccessTokenInput{Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour), Password: &password})
	return err
}

// Whatever comes first, the old password leaves nothing behind.
func TestPasswordChangedWhileUsed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		same := got(w.SignUp(t.Context(), newAccount()))(t)
		other := got(w.SignIn(t.Context(), people.SignInInput{Email: newAccount().Email, Password: password}))(t)
		answers := atOnce(t, 7, func(i int) error {
			switch i % 3 {
			case 1:
				return only(w.SignIn(t.Context(), people.SignInInput{Email: newAccount().Email, Password: password}))
			case 2:
				return w.makeToken(t, []*people.Session{same, other}[i/3], password)
			}
			if i > 0 {
				return nil
			}
			return only(w.ChangePassword(auth.WithViewer(t.Context(), same.Viewer), people.ChangePasswordInput{CurrentPassword: password, NewPassword: newPassword}))
		})
		must(t, answers[0])
		w.onlySession(t, same)
	})
}
