package consultation_test

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
	"ensemble/live"
)

// by is a context in which whoever a token stands for acts.
func (w *world) by(t testing.TB, token string) context.Context {
	t.Helper()
	return auth.WithViewer(t.Context(), got(w.Viewer(t.Context(), token))(t))
}

// token makes an access token, good for a month.
func (w *world) token(t testing.TB, s *people.Session, scopes ...string) (string, *ent.AccessToken) {
	t.Helper()
	token, made, err := w.CreateAccessToken(w.in(t, s), people.CreateAccessTokenInput{
		Name: "Tableau de bord", Scopes: scopes, ExpiresAt: w.Now().Add(30 * 24 * time.Hour), Password: ptr(password),
	})
	must(t, err)
	return token, made
}

func TestAccessTokens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		c := w.commitment(t)
		comment := func(token string) error {
			return w.post(w.by(t, token), roadmap.PostCommentInput{Subject: c.ID, Body: "x"})
		}
		reads, _ := w.token(t, s)
		takesPart, _ := w.token(t, s, "admin", "participate", "participate", "made up")
		v := got(w.Viewer(t.Context(), takesPart))(t)
		if v.UserID != s.Viewer.UserID || v.SessionID != "" || !reflect.DeepEqual(v.Scopes, []string{"read", "participate", "admin"}) ||
			!v.ExpiresAt.Equal(w.Now().Add(30*24*time.Hour)) {
			t.Errorf("%+v", v)
		}
		must(t, comment(takesPart))
		w.refused(t, refusal.Forbidden, "", func() error { return comment(reads) })
	})
}

// What only the person may do, no program does for them: not even one that may do everything.
func TestAccessTokensAreNoSessions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		token, made := w.token(t, s, "read", "participate", "moderate", "admin")
		ctx := w.by(t, token)
		for name, do := range map[string]func() error{
			"createAccessToken": func() error {
				_, _, err := w.CreateAccessToken(ctx, people.CreateAccessTokenInput{Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour)})
				return err
			},
			"revokeAccessToken": func() error { return w.RevokeAccessToken(ctx, people.RevokeAccessTokenInput{AccessToken: made.ID}) },
			"endSession":        func() error { return w.EndSession(ctx, people.EndSessionInput{Session: s.Viewer.SessionID}) },
			"changePassword": func() error {
				return only(w.ChangePassword(ctx, people.ChangePasswordInput{CurrentPassword: password, NewPassword: "another password"}))
			},
			"requestEmailChange": func() error {
				return only(w.RequestEmailChange(ctx, people.RequestEmailChangeInput{Email: "x@example.org", Password: password}))
			},
			"updateAccount": func() error { return only(w.UpdateAccount(ctx, people.UpdateAccountInput{Name: ptr("X")})) },
			"confirmEmail":  func() error { return only(w.ConfirmEmail(ctx, people.ConfirmEmailInput{Token: "x"})) },
			"resetPassword": func() error {
				return only(w.ResetPassword(ctx, people.ResetPasswordInput{Token: "x", Password: password}))
			},
			"sessions":     func() error { return only(w.Sessions(auth.ViewerFrom(ctx))) },
			"accessTokens": func() error { return only(w.AccessTokens(auth.ViewerFrom(ctx))) },
		} {
			t.Run(name, func(t *testing.T) { w.refused(t, refusal.Forbidden, "", do) })
		}
	})
}

func TestAccessTokenRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		make := func(name string, left time.Duration) func(context.Context) error {
			return func(ctx context.Context) error {
				_, _, err := w.CreateAccessToken(ctx, people.CreateAccessTokenInput{Name: name, ExpiresAt: w.Now().Add(left)})
				return err
			}
		}
		const day = 24 * time.Hour
		w.refusals(t, []refusedCase{
			{"no name", w.Alice, refusal.BadUserInput, "name", make(" ", 2*day)},
			{"long name", w.Alice, refusal.BadUserInput, "name", make(strings.Repeat("x", 81), 2*day)},
			{"less than a day", w.Alice, refusal.BadUserInput, "expiresAt", make("x", day-time.Second)},
			{"more than a year", w.Alice, refusal.BadUserInput, "expiresAt", make("x", 367*day)},
			{"in the past", w.Alice, refusal.BadUserInput, "expiresAt", make("x", -day)},
			{"revoking nothing", w.Alice, refusal.NotFound, "accessToken", func(ctx context.Context) error {
				return w.RevokeAccessToken(ctx, people.RevokeAccessTokenInput{AccessToken: "accesstoken_x"})
			}},
			{"ending nothing", w.Alice, refusal.NotFound, "session", func(ctx context.Context) error {
				return w.EndSession(ctx, people.EndSessionInput{Session: "session_x"})
			}},
		})
		for range 20 {
			must(t, make("x", day)(as(t, w.Alice)))
		}
		w.refused(t, refusal.Conflict, "", func() error { return make("x", day)(as(t, w.Alice)) })
		w.Clock.Advance(day)
		must(t, make("x", day)(as(t, w.anew(t, w.Alice)))) // the others have ended
		must(t, w.Jobs.Do(t.Context(), expiring...))
		if n := got(w.Read.AccessToken.Query().Count(t.Context()))(t); n != 1 {
			t.Errorf("%d are kept", n)
		}
	})
}

// A token that is malformed, unknown, revoked or past its time stands for nobody; nobody but its owner revokes it.
func TestAccessTokensEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		first, made := w.token(t, s, "read")
		second, _ := w.token(t, s, "read")
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
		w.refused(t, refusal.NotFound, "accessToken", func() error {
			return w.RevokeAccessToken(as(t, w.Bob), people.RevokeAccessTokenInput{AccessToken: made.ID})
		})
		must(t, only(w.Viewer(t.Context(), first)))
		w.announces(t, func() error {
			return w.RevokeAccessToken(w.in(t, s), people.RevokeAccessTokenInput{AccessToken: made.ID})
		},
			fact{live.ViewerTopic(s.Viewer.UserID), live.ViewerChanged, s.Viewer.UserID, "", nil})
		nobody("revoked", first)
		w.refused(t, refusal.NotFound, "accessToken", func() error {
			return w.RevokeAccessToken(w.in(t, s), people.RevokeAccessTokenInput{AccessToken: made.ID})
		})
		w.Clock.Advance(30 * 24 * time.Hour)
		nobody("expired", second)
	})
}

func TestSessionsAreEnded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		here := got(w.SignUp(auth.WithDevice(t.Context(), "Firefox, Linux"), newAccount()))(t)
		w.Clock.Advance(time.Minute)
		there := got(w.SignIn(auth.WithDevice(t.Context(), "Safari, iOS"), people.SignInInput{Email: jeanne, Password: password}))(t)
		list := func() []*ent.Session {
			return got(got(w.Sessions(here.Viewer))(t).Order(session.ByCreatedAt()).All(t.Context()))(t)
		}
		if all := list(); len(all) != 2 || all[0].Device != "Firefox, Linux" || all[1].Device != "Safari, iOS" {
			t.Errorf("%v", all)
		}
		w.refused(t, refusal.NotFound, "session", func() error {
			return w.EndSession(as(t, w.Bob), people.EndSessionInput{Session: there.Viewer.SessionID})
		})
		w.announces(t, func() error {
			return w.EndSession(w.in(t, here), people.EndSessionInput{Session: there.Viewer.SessionID})
		},
			fact{live.ViewerTopic(here.Viewer.UserID), live.ViewerChanged, here.Viewer.UserID, "", nil})
		if _, err := w.Viewer(t.Context(), there.Token); !errors.Is(err, people.ErrToken) {
			t.Errorf("a session that was ended: %v", err)
		}
		if all := list(); len(all) != 1 || all[0].ID != here.Viewer.SessionID {
			t.Errorf("%v", all)
		}
	})
}

// That something was used is written once an hour, however often it is.
func TestUsesAreNotedByTheHour(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		token, made := w.token(t, s)
		use := func() {
			for range 3 {
				must(t, only(w.Viewer(t.Context(), s.Token)))
				must(t, only(w.Viewer(t.Context(), token)))
			}
		}
		note := func() error { use(); return w.Jobs.Do(t.Context(), "note when tokens were used") }
		used := func(want time.Time) {
			t.Helper()
			session, program := got(w.Read.Session.Get(t.Context(), s.Viewer.SessionID))(t), got(w.Read.AccessToken.Get(t.Context(), made.ID))(t)
			if session.UsedAt == nil || !session.UsedAt.Equal(want) || program.UsedAt == nil || !program.UsedAt.Equal(want) {
				t.Errorf("%v, %v; want %v", session.UsedAt, program.UsedAt, want)
			}
		}
		hour := w.Now().Truncate(time.Hour)
		w.Clock.Set(hour.Add(10 * time.Minute))
		must(t, note())
		used(hour)
		w.Clock.Advance(40 * time.Minute)
		w.idle(t, note)
		w.Clock.Advance(10 * time.Minute)
		must(t, note())
		used(hour.Add(time.Hour))
		w.idle(t, note)
	})
}
