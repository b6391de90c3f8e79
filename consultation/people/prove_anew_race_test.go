package people_test

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
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

const newPassword = "another password"

// afterReading runs change once, right after the account was read for the nth time from now.
func afterReading(w *scene.World, n int, change func()) {
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

// onlySession requires that an account is open to this one session, and to no access token.
func onlySession(t *testing.T, w *scene.World, s *people.Session) {
	t.Helper()
	tokens := testsite.Got(w.Read.AccessToken.Query().Where(accesstoken.UserID(s.Viewer.UserID)).Count(t.Context()))(t)
	if tokens > 0 {
		t.Errorf("%d access tokens are left", tokens)
	}

	left := testsite.Got(w.Read.Session.Query().Where(session.UserID(s.Viewer.UserID)).IDs(t.Context()))(t)
	if len(left) != 1 || left[0] != s.Viewer.SessionID {
		t.Errorf("left are the sessions %v", left)
	}
}

// A password that was proved just before it was changed opens nothing afterwards.
func TestPasswordChangedAfterProof(t *testing.T) {
	for name, c := range map[string]struct {
		reads int // of the account, until its password is proved
		code  refusal.Code
		field string
		do    func(t *testing.T, w *scene.World, same, other *people.Session) error
	}{
		"signs in": {1, refusal.WrongCredentials, "",
			func(t *testing.T, w *scene.World, _, _ *people.Session) error { return withOldPassword(t, w) }},
		"makes a token": {2, refusal.BadUserInput, "password",
			func(t *testing.T, w *scene.World, same, _ *people.Session) error {
				return makeToken(t, w, same, scene.Password)
			}},
		"makes a token in a session that has ended": {2, refusal.Unauthenticated, "",
			func(t *testing.T, w *scene.World, _, other *people.Session) error {
				return makeToken(t, w, other, scene.Password)
			}},
	} {
		t.Run(name, func(t *testing.T) {
			scene.Each(t, func(t *testing.T, w *scene.World) {
				same := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
				other := testsite.Got(w.SignIn(t.Context(), people.SignInInput{
					Email: scene.NewAccount().Email, Password: scene.Password,
				}))(t)
				ctx := signedIn(t, w, same)
				afterReading(w, c.reads, func() {
					testsite.Must(t, scene.Only(w.ChangePassword(ctx, people.ChangePasswordInput{
						CurrentPassword: scene.Password, NewPassword: newPassword,
					})))
				})

				err := c.do(t, w, same, other)

				refused, _ := err.(*refusal.Error)
				if refusal.CodeOf(err) != c.code || refused == nil || refused.Field != c.field {
					t.Errorf("answered %v", err)
				}

				onlySession(t, w, same)
			})
		})
	}
}

// makeToken makes an access token in a session, good for two days.
func makeToken(t testing.TB, w *scene.World, s *people.Session, password string) error {
	_, _, err := w.CreateAccessToken(auth.WithViewer(t.Context(), s.Viewer), people.CreateAccessTokenInput{
		Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour), Password: &password,
	})
	return err
}

// withOldPassword signs in with the password that the account had at first.
func withOldPassword(t testing.TB, w *scene.World) error {
	return scene.Only(w.SignIn(t.Context(), people.SignInInput{
		Email: scene.NewAccount().Email, Password: scene.Password,
	}))
}

// When a password is changed while others use it, what they open with it does not outlive the change, whoever is first.
func TestPasswordChangedWhileUsed(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		same := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		other := testsite.Got(w.SignIn(t.Context(), people.SignInInput{
			Email: scene.NewAccount().Email, Password: scene.Password,
		}))(t)

		answers := scene.AtOnce(t, 7, func(i int) error {
			switch i % 3 {
			case 1:
				return withOldPassword(t, w)
			case 2:
				return makeToken(t, w, []*people.Session{same, other}[i/3], scene.Password)
			}
			if i > 0 {
				return nil
			}
			return scene.Only(w.ChangePassword(auth.WithViewer(t.Context(), same.Viewer), people.ChangePasswordInput{
				CurrentPassword: scene.Password, NewPassword: newPassword,
			}))
		})

		testsite.Must(t, answers[0])
		onlySession(t, w, same)
	})
}

// An identity that is being linked while the session ends, as it does when the password is changed elsewhere, is not
// linked.
func TestSessionEndsWhileAnIdentityIsLinked(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		alice := scene.As(t, w.Alice)

		turn := scene.Hold(t, w, "SELECT 1 FROM users WHERE id = $1 FOR UPDATE", w.Alice.ID)
		answer := scene.Start(t, w, 1, func() error { return w.LinkIdentity(alice, w.Alice.ID, jeannesClaims()) })
		turn.Do("DELETE FROM sessions WHERE user_id = $1", w.Alice.ID)
		turn.Over()

		scene.RefusedWith(t, answer, refusal.Unauthenticated)
		if n := testsite.Got(w.Read.Identity.Query().Count(t.Context()))(t); n > 0 {
			t.Errorf("%d identities are linked", n)
		}
	})
}
