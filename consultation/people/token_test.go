package people_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/session"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// by is a context in which the person acts whom a token stands for.
func by(t testing.TB, w *scene.World, token string) context.Context {
	t.Helper()
	return auth.WithViewer(t.Context(), testsite.Got(w.Viewer(t.Context(), token))(t))
}

// token makes an access token with these scopes, good for a month.
func token(t testing.TB, w *scene.World, s *people.Session, scopes ...string) (string, *ent.AccessToken) {
	t.Helper()
	token, made, err := w.CreateAccessToken(signedIn(t, w, s), people.CreateAccessTokenInput{
		Name: "Tableau de bord", Scopes: scopes, ExpiresAt: w.Now().Add(30 * 24 * time.Hour),
		Password: scene.Ptr(scene.Password),
	})
	testsite.Must(t, err)
	return token, made
}

// An access token may do what its scopes allow: reading at least, whatever else is asked for.
func TestAccessTokens(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		c := w.SomeCommitment(t)
		comment := func(token string) error {
			return w.TryComment(by(t, w, token), roadmap.PostCommentInput{Subject: c.ID, Body: "x"})
		}

		reads, _ := token(t, w, s)
		takesPart, _ := token(t, w, s, "admin", "participate", "participate", "made up")

		v := testsite.Got(w.Viewer(t.Context(), takesPart))(t)
		if v.UserID != s.Viewer.UserID || v.SessionID != "" ||
			!reflect.DeepEqual(v.Scopes, []string{"read", "participate", "admin"}) ||
			!v.ExpiresAt.Equal(w.Now().Add(30*24*time.Hour)) {
			t.Errorf("%+v", v)
		}

		testsite.Must(t, comment(takesPart))
		w.Refused(t, refusal.Forbidden, "", func() error { return comment(reads) })
	})
}

// What only the person may do, no access token does for them, not even one with all scopes.
func TestAccessTokensAreNoSessions(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		token, made := token(t, w, s, "read", "participate", "moderate", "admin")
		ctx := by(t, w, token)

		for name, do := range map[string]func() error{
			"createAccessToken": func() error {
				_, _, err := w.CreateAccessToken(ctx, people.CreateAccessTokenInput{
					Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour),
				})
				return err
			},
			"revokeAccessToken": func() error {
				return w.RevokeAccessToken(ctx, people.RevokeAccessTokenInput{AccessToken: made.ID})
			},
			"endSession": func() error {
				return w.EndSession(ctx, people.EndSessionInput{Session: s.Viewer.SessionID})
			},

			// The account.
			"changePassword": func() error {
				return scene.Only(w.ChangePassword(ctx, people.ChangePasswordInput{
					CurrentPassword: scene.Password, NewPassword: "another password",
				}))
			},
			"requestEmailChange": func() error {
				return scene.Only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{
					Email: "x@example.org", Password: scene.Password,
				}))
			},
			"updateAccount": func() error {
				return scene.Only(w.UpdateAccount(ctx, people.UpdateAccountInput{Name: scene.Ptr("X")}))
			},
			"confirmEmail": func() error {
				return scene.Only(w.ConfirmEmail(ctx, people.ConfirmEmailInput{Token: "x"}))
			},
			"resetPassword": func() error {
				return scene.Only(w.ResetPassword(ctx, people.ResetPasswordInput{Token: "x", Password: scene.Password}))
			},

			// What is read.
			"sessions":     func() error { return scene.Only(w.Sessions(auth.ViewerFrom(ctx))) },
			"accessTokens": func() error { return scene.Only(w.AccessTokens(auth.ViewerFrom(ctx))) },
		} {
			t.Run(name, func(t *testing.T) { w.Refused(t, refusal.Forbidden, "", do) })
		}
	})
}

// An access token has a name, ends in a day to a year, and is one of twenty at most that a person has at once.
func TestAccessTokenRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		create := func(name string, left time.Duration) func(context.Context) error {
			return func(ctx context.Context) error {
				_, _, err := w.CreateAccessToken(ctx,
					people.CreateAccessTokenInput{Name: name, ExpiresAt: w.Now().Add(left)})
				return err
			}
		}

		const day = 24 * time.Hour
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("no name", w.Alice, refusal.BadUserInput, "name", create(" ", 2*day)),
			scene.Case("long name", w.Alice, refusal.BadUserInput, "name", create(strings.Repeat("x", 81), 2*day)),
			scene.Case("less than a day", w.Alice, refusal.BadUserInput, "expiresAt", create("x", day-time.Second)),
			scene.Case("more than a year", w.Alice, refusal.BadUserInput, "expiresAt", create("x", 367*day)),
			scene.Case("in the past", w.Alice, refusal.BadUserInput, "expiresAt", create("x", -day)),
			scene.Case("revoking nothing", w.Alice, refusal.NotFound, "accessToken", func(ctx context.Context) error {
				return w.RevokeAccessToken(ctx, people.RevokeAccessTokenInput{AccessToken: "accesstoken_x"})
			}),
			scene.Case("ending nothing", w.Alice, refusal.NotFound, "session", func(ctx context.Context) error {
				return w.EndSession(ctx, people.EndSessionInput{Session: "session_x"})
			}),
		})

		for range 20 {
			testsite.Must(t, create("x", day)(scene.As(t, w.Alice)))
		}
		w.Refused(t, refusal.Conflict, "", func() error { return create("x", day)(scene.As(t, w.Alice)) })

		w.Clock.Advance(day)
		testsite.Must(t, create("x", day)(scene.As(t, anew(t, w, w.Alice)))) // the others have ended
		testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
		if n := testsite.Got(w.Read.AccessToken.Query().Count(t.Context()))(t); n != 1 {
			t.Errorf("%d are kept", n)
		}
	})
}

// A token that is malformed, unknown, revoked or past its time stands for nobody. Nobody but its owner revokes it.
func TestAccessTokensEnd(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		first, made := token(t, w, s, "read")
		second, _ := token(t, w, s, "read")
		nobody := func(name, token string) {
			t.Helper()
			if v, err := w.Viewer(t.Context(), token); !errors.Is(err, people.ErrToken) {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
		}

		nobody("malformed", first[:len(first)-1])
		nobody("unknown", auth.AccessToken.New())
		nobody("as a session", "ens_"+first[4:])
		nobody("a session as a token", "enp_"+s.Token[4:])

		w.Refused(t, refusal.NotFound, "accessToken", func() error {
			return w.RevokeAccessToken(scene.As(t, w.Bob), people.RevokeAccessTokenInput{AccessToken: made.ID})
		})
		testsite.Must(t, scene.Only(w.Viewer(t.Context(), first)))

		w.Announces(t, func() error {
			return w.RevokeAccessToken(signedIn(t, w, s), people.RevokeAccessTokenInput{AccessToken: made.ID})
		}, scene.FactOf(live.ViewerTopic(s.Viewer.UserID), live.ViewerChanged, s.Viewer.UserID, "", nil))

		nobody("revoked", first)
		w.Refused(t, refusal.NotFound, "accessToken", func() error {
			return w.RevokeAccessToken(signedIn(t, w, s), people.RevokeAccessTokenInput{AccessToken: made.ID})
		})

		w.Clock.Advance(30 * 24 * time.Hour)
		nobody("expired", second)
	})
}

// People see their own sessions, each with its device, and end any of them; nobody else does.
func TestSessionsAreEnded(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		here := testsite.Got(w.SignUp(auth.WithDevice(t.Context(), "Firefox, Linux"), scene.NewAccount()))(t)
		w.Clock.Advance(time.Minute)
		there := testsite.Got(w.SignIn(auth.WithDevice(t.Context(), "Safari, iOS"), people.SignInInput{
			Email: jeanne, Password: scene.Password,
		}))(t)

		list := func() []*ent.Session {
			return testsite.Got(testsite.Got(w.Sessions(here.Viewer))(t).
				Order(session.ByCreatedAt()).All(t.Context()))(t)
		}
		if all := list(); len(all) != 2 || all[0].Device != "Firefox, Linux" || all[1].Device != "Safari, iOS" {
			t.Errorf("%v", all)
		}

		w.Refused(t, refusal.NotFound, "session", func() error {
			return w.EndSession(scene.As(t, w.Bob), people.EndSessionInput{Session: there.Viewer.SessionID})
		})
		w.Announces(t, func() error {
			return w.EndSession(signedIn(t, w, here), people.EndSessionInput{Session: there.Viewer.SessionID})
		}, scene.FactOf(live.ViewerTopic(here.Viewer.UserID), live.ViewerChanged, here.Viewer.UserID, "", nil))

		if _, err := w.Viewer(t.Context(), there.Token); !errors.Is(err, people.ErrToken) {
			t.Errorf("a session that was ended: %v", err)
		}
		if all := list(); len(all) != 1 || all[0].ID != here.Viewer.SessionID {
			t.Errorf("%v", all)
		}
	})
}

// The use of a session or a token is noted by the hour, once an hour at most.
func TestUsesAreNotedByTheHour(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		token, made := token(t, w, s)
		use := func() {
			for range 3 {
				testsite.Must(t, scene.Only(w.Viewer(t.Context(), s.Token)))
				testsite.Must(t, scene.Only(w.Viewer(t.Context(), token)))
			}
		}

		note := func() error { use(); return w.Jobs.Do(t.Context(), "note when tokens were used") }
		used := func(want time.Time) {
			t.Helper()
			session := testsite.Got(w.Read.Session.Get(t.Context(), s.Viewer.SessionID))(t)
			program := testsite.Got(w.Read.AccessToken.Get(t.Context(), made.ID))(t)
			if session.UsedAt == nil || !session.UsedAt.Equal(want) || program.UsedAt == nil ||
				!program.UsedAt.Equal(want) {
				t.Errorf("%v, %v; want %v", session.UsedAt, program.UsedAt, want)
			}
		}

		hour := w.Now().Truncate(time.Hour)
		w.Clock.Set(hour.Add(10 * time.Minute))
		testsite.Must(t, note())
		used(hour)

		w.Clock.Advance(40 * time.Minute)
		w.Idle(t, note)

		w.Clock.Advance(10 * time.Minute)
		testsite.Must(t, note())
		used(hour.Add(time.Hour))
		w.Idle(t, note)
	})
}
