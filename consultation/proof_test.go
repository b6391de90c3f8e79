package consultation_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/ent/identity"
	"ensemble/internal/testsite"
)

// anew is a person who has just signed in again.
func (w *world) anew(t testing.TB, p *testsite.Person) *testsite.Person {
	t.Helper()
	token := auth.NewToken()
	hash, _ := auth.HashToken(token)
	must(t, w.Write.Session.Create().SetID(w.NewID("session")).SetUserID(p.ID).SetTokenHash(hash).SetCreatedAt(w.Now()).
		SetExpiresAt(w.Now().Add(people.SessionLifetime)).Exec(t.Context()))
	return w.As(&people.Session{Token: token, Viewer: got(w.Viewer(t.Context(), token))(t)})
}

// An access token is made with the password or, where there is none, by who has just signed in.
func TestProofForAccessTokens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		able := w.As(got(w.SignUp(t.Context(), newAccount()))(t))
		program, _ := w.token(t, &people.Session{Token: able.Token})
		ofAlice, _, err := w.CreateAccessToken(as(t, w.Alice), people.CreateAccessTokenInput{Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour)})
		must(t, err)
		make := func(password *string) func(context.Context) error {
			return func(ctx context.Context) error {
				_, _, err := w.CreateAccessToken(ctx, people.CreateAccessTokenInput{Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour), Password: password})
				return err
			}
		}
		w.refusals(t, []refusedCase{
			{"without the password", able, refusal.BadUserInput, "password", make(nil)},
			{"with a wrong one", able, refusal.BadUserInput, "password", make(ptr("wrong horse battery"))},
			{"with none", able, refusal.BadUserInput, "password", make(ptr(""))},
		})
		w.Clock.Advance(15*time.Minute - time.Microsecond)
		must(t, make(nil)(as(t, w.Alice)))
		w.Clock.Advance(time.Microsecond)
		w.refusals(t, []refusedCase{
			{"a quarter of an hour later", w.Alice, refusal.Forbidden, "", make(nil)},
			{"with a password that there is not", w.Alice, refusal.Forbidden, "", make(ptr(password))},
		})
		for _, token := range []string{program, ofAlice} {
			w.refused(t, refusal.Forbidden, "", func() error { return make(ptr(password))(w.by(t, token)) })
		}
		must(t, make(ptr(password))(as(t, able)))
		must(t, make(nil)(as(t, w.anew(t, w.Alice))))
	})
}

// An account is erased with the password or, where there is none, by who has just signed in: a stolen session is not enough.
func TestProofForErasing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		able := w.As(got(w.SignUp(t.Context(), newAccount()))(t))
		program, _, err := w.CreateAccessToken(as(t, w.Bob), people.CreateAccessTokenInput{Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour)})
		must(t, err)
		erase := func(password *string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.EraseAccount(ctx, consultation.EraseAccountInput{Password: password}))
			}
		}
		w.Clock.Advance(15*time.Minute - time.Microsecond)
		must(t, erase(nil)(as(t, w.Alice)))
		w.Clock.Advance(time.Microsecond)
		w.refusals(t, []refusedCase{
			{"without the password", able, refusal.BadUserInput, "password", erase(nil)},
			{"with a wrong one", able, refusal.BadUserInput, "password", erase(ptr("wrong horse battery"))},
			{"a quarter of an hour later", w.Bob, refusal.Forbidden, "", erase(nil)},
			{"with a password that there is not", w.Bob, refusal.Forbidden, "", erase(ptr(password))},
		})
		w.refused(t, refusal.Forbidden, "", func() error { return erase(nil)(w.by(t, program)) })
		must(t, erase(ptr(password))(as(t, able)))
		must(t, erase(nil)(as(t, w.anew(t, w.Bob))))
	})
}

// An identity is linked by who has just signed in, whatever way; who signs in with it needs nothing.
func TestProofForLinking(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		begin := func(account string) func(context.Context) error {
			return func(ctx context.Context) error {
				_, _, err := w.BeginSignIn(ctx, people.SignInAttempt{Provider: "keycloak", ReturnTo: "/", UserID: account})
				return err
			}
		}
		program, _, err := w.CreateAccessToken(as(t, w.Alice), people.CreateAccessTokenInput{Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour)})
		must(t, err)
		w.Clock.Advance(15*time.Minute - time.Microsecond)
		must(t, begin(w.Alice.ID)(as(t, w.Alice)))
		w.Clock.Advance(time.Microsecond)
		w.refusals(t, []refusedCase{
			{"nobody", nil, refusal.Unauthenticated, "", begin(w.Alice.ID)},
			{"somebody else", w.Bob, refusal.Conflict, "", begin(w.Alice.ID)},
			{"a quarter of an hour later", w.Alice, refusal.Forbidden, "", begin(w.Alice.ID)},
		})
		for name, do := range map[string]func(context.Context) error{
			"begins": begin(w.Alice.ID), "links": func(ctx context.Context) error { return w.LinkIdentity(ctx, w.Alice.ID, jeannesClaims()) },
		} {
			t.Run("a program "+name, func(t *testing.T) {
				w.refused(t, refusal.Forbidden, "", func() error { return do(w.by(t, program)) })
			})
		}
		must(t, begin(w.Alice.ID)(as(t, w.anew(t, w.Alice))))
		must(t, begin("")(t.Context()))
		must(t, w.LinkIdentity(as(t, w.Alice), w.Alice.ID, jeannesClaims())) // who began in time may take some at the provider
	})
}

// Who made a token is told so, in their language, with what it is for and not the token; an address that nobody confirmed is not.
func TestAccessTokensAreTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		box := withMail(w)
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		link := box.link(t, w, jeanne)
		w.token(t, s, "read")
		if mails := box.arrived(t, w); len(mails) > 0 {
			t.Errorf("before the address is confirmed they are told %+v", mails)
		}
		must(t, only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: link})))
		for language, want := range map[string][]string{
			"fr": {"Un nouveau jeton d’accès de votre compte", "jusqu’au 2026-04-09", "Tableau de bord", "Il commente, soutient", "https://consultation.example.org/fr/account/reset"},
			"en": {"A new access token of your account", "until 2026-04-09", "Tableau de bord", "It comments, supports", "https://consultation.example.org/account/reset"},
		} {
			must(t, only(w.UpdateAccount(w.in(t, s), people.UpdateAccountInput{Language: &language})))
			token, _ := w.token(t, s, "participate")
			mails := box.arrived(t, w)
			if len(mails) != 1 || mails[0].To != jeanne {
				t.Fatalf("%s: told are %+v", language, mails)
			}
			text := mails[0].Subject + "\n" + mails[0].Body
			for _, part := range want {
				if !strings.Contains(text, part) {
					t.Errorf("%s: no %q in %s", language, part, text)
				}
			}
			if strings.Contains(text, token) || strings.Contains(text, "moder") || strings.Contains(text, "modér") {
				t.Errorf("%s: it says %s", language, text)
			}
		}
	})
}

// A new password says who can sign in still, and takes that away when it is asked to: what a thief linked is no way in any more.
func TestNewPasswordUnlinks(t *testing.T) {
	type setting func(t *testing.T, w *world, s *people.Session, box *mailbox, unlink bool) people.Ended
	for name, set := range map[string]setting{
		"changes": func(t *testing.T, w *world, s *people.Session, _ *mailbox, unlink bool) people.Ended {
			return got(w.ChangePassword(w.in(t, s), people.ChangePasswordInput{CurrentPassword: password, NewPassword: password, UnlinkIdentities: unlink}))(t)
		},
		"resets": func(t *testing.T, w *world, _ *people.Session, box *mailbox, unlink bool) people.Ended {
			must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
			return got(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: box.link(t, w, jeanne), Password: password, UnlinkIdentities: unlink}))(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWithProviders(t, func(t *testing.T, w *world) {
				box := withMail(w)
				s := got(w.SignUp(t.Context(), newAccount()))(t)
				must(t, only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: box.link(t, w, jeanne)})))
				w.Clock.Advance(time.Minute)
				thief := jeannesClaims(func(c *people.Claims) { c.Subject, c.Email = "mallory", "mallory@example.net" })
				for _, c := range []people.Claims{
					thief, jeannesClaims(func(c *people.Claims) { c.Subject = "another" }), jeannesClaims(func(c *people.Claims) { c.Issuer = untrusted }),
					jeannesClaims(func(c *people.Claims) { c.Issuer = "https://gone.example" }),
				} {
					must(t, w.LinkIdentity(w.in(t, s), s.Viewer.UserID, c))
				}
				box.arrived(t, w)
				says := func(part string) bool {
					mails := box.arrived(t, w)
					return len(mails) == 1 && mails[0].To == jeanne && strings.Contains(mails[0].Body, part)
				}
				w.Mailer = box
				if ended := set(t, w, s, box, false); ended.Identities != 0 {
					t.Errorf("%+v ended", ended)
				}
				if !says("On peut encore s’y connecter avec Keycloak, Other : retirez ce qui n’est pas à vous.") {
					t.Error("it is not said who can sign in still")
				}
				s = got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: password}))(t)
				if u := w.comes(t, thief); u.ID != s.Viewer.UserID {
					t.Error("identities are gone though nobody asked for that")
				}
				if ended := set(t, w, s, box, true); ended.Identities != 4 || ended.Sessions == 0 {
					t.Errorf("%+v ended", ended)
				}
				if !says("Les autres façons de s’y connecter ont été retirées.") {
					t.Error("it is not said that ways to sign in were removed")
				}
				if got(w.Read.Identity.Query().Where(identity.UserID(s.Viewer.UserID)).Exist(t.Context()))(t) {
					t.Error("identities are left")
				}
				if u := w.comes(t, thief); u.ID == s.Viewer.UserID {
					t.Error("it is still a way in")
				}
			})
		})
	}
}

// Whoever links an identity at the moment at which all are taken away has it after, or not; it is not in between.
func TestLinkingWhileUnlinking(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		must(t, w.LinkIdentity(w.in(t, s), s.Viewer.UserID, jeannesClaims()))
		ctx := w.in(t, s)
		var ended people.Ended
		errs := atOnce(t, 2, func(i int) (err error) {
			if i == 0 {
				return w.LinkIdentity(ctx, s.Viewer.UserID, jeannesClaims(func(c *people.Claims) { c.Issuer = untrusted }))
			}
			ended, err = w.ChangePassword(ctx, people.ChangePasswordInput{CurrentPassword: password, NewPassword: "another password", UnlinkIdentities: true})
			return err
		})
		if slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
			t.Errorf("%v", errs)
		}
		if left := got(w.Read.Identity.Query().Where(identity.UserID(s.Viewer.UserID)).Count(t.Context()))(t); left+ended.Identities != 2 {
			t.Errorf("%d are left, and %d were taken away", left, ended.Identities)
		}
	})
}
