package people_test

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
	"ensemble/internal/testsite/scene"
)

// anew opens a new session of a person, now, and returns them in it.
func anew(t testing.TB, w *scene.World, p *testsite.Person) *testsite.Person {
	t.Helper()
	token := auth.NewToken()
	hash, _ := auth.HashToken(token)
	testsite.Must(t, w.Write.Session.Create().SetID(w.NewID("session")).SetUserID(p.ID).
		SetTokenHash(hash).SetCreatedAt(w.Now()).SetExpiresAt(w.Now().Add(people.SessionLifetime)).Exec(t.Context()))

	return w.As(&people.Session{Token: token, Viewer: testsite.Got(w.Viewer(t.Context(), token))(t)})
}

// An access token is made with the password or, where there is none, by whoever has just signed in.
func TestProofForAccessTokens(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		able := w.As(testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t))
		program, _ := token(t, w, &people.Session{Token: able.Token})
		ofAlice, _, err := w.CreateAccessToken(scene.As(t, w.Alice), people.CreateAccessTokenInput{
			Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour),
		})
		testsite.Must(t, err)

		create := func(password *string) func(context.Context) error {
			return func(ctx context.Context) error {
				_, _, err := w.CreateAccessToken(ctx, people.CreateAccessTokenInput{
					Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour), Password: password,
				})
				return err
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("without the password", able, refusal.BadUserInput, "password", create(nil)),
			scene.Case("with a wrong one", able, refusal.BadUserInput, "password",
				create(scene.Ptr("wrong horse battery"))),
			scene.Case("with none", able, refusal.BadUserInput, "password", create(scene.Ptr(""))),
		})

		w.Clock.Advance(15*time.Minute - time.Microsecond)
		testsite.Must(t, create(nil)(scene.As(t, w.Alice)))
		w.Clock.Advance(time.Microsecond)

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("a quarter of an hour later", w.Alice, refusal.Forbidden, "", create(nil)),
			scene.Case("with a password that there is not", w.Alice, refusal.Forbidden, "",
				create(scene.Ptr(scene.Password))),
		})

		for _, token := range []string{program, ofAlice} {
			w.Refused(t, refusal.Forbidden, "",
				func() error { return create(scene.Ptr(scene.Password))(by(t, w, token)) })
		}

		testsite.Must(t, create(scene.Ptr(scene.Password))(scene.As(t, able)))
		testsite.Must(t, create(nil)(scene.As(t, anew(t, w, w.Alice))))
	})
}

// An account is erased with the password or, where there is none, by whoever has just signed in: to steal a session is
// not enough.
func TestProofForErasing(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		able := w.As(testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t))
		program, _, err := w.CreateAccessToken(scene.As(t, w.Bob), people.CreateAccessTokenInput{
			Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour),
		})
		testsite.Must(t, err)

		erase := func(password *string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.EraseAccount(ctx, consultation.EraseAccountInput{Password: password}))
			}
		}

		w.Clock.Advance(15*time.Minute - time.Microsecond)
		testsite.Must(t, erase(nil)(scene.As(t, w.Alice)))

		w.Clock.Advance(time.Microsecond)

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("without the password", able, refusal.BadUserInput, "password", erase(nil)),
			scene.Case("with a wrong one", able, refusal.BadUserInput, "password",
				erase(scene.Ptr("wrong horse battery"))),
			scene.Case("a quarter of an hour later", w.Bob, refusal.Forbidden, "", erase(nil)),
			scene.Case("with a password that there is not", w.Bob, refusal.Forbidden, "",
				erase(scene.Ptr(scene.Password))),
		})
		w.Refused(t, refusal.Forbidden, "", func() error { return erase(nil)(by(t, w, program)) })

		testsite.Must(t, erase(scene.Ptr(scene.Password))(scene.As(t, able)))
		testsite.Must(t, erase(nil)(scene.As(t, anew(t, w, w.Bob))))
	})
}

// An identity is linked by whoever has just signed in, in whatever way. To sign in with one needs no proof.
func TestProofForLinking(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		begin := func(account string) func(context.Context) error {
			return func(ctx context.Context) error {
				_, _, err := w.BeginSignIn(ctx,
					people.SignInAttempt{Provider: "keycloak", ReturnTo: "/", UserID: account})
				return err
			}
		}

		program, _, err := w.CreateAccessToken(scene.As(t, w.Alice), people.CreateAccessTokenInput{
			Name: "x", ExpiresAt: w.Now().Add(48 * time.Hour),
		})
		testsite.Must(t, err)

		w.Clock.Advance(15*time.Minute - time.Microsecond)
		testsite.Must(t, begin(w.Alice.ID)(scene.As(t, w.Alice)))

		w.Clock.Advance(time.Microsecond)
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody", nil, refusal.Unauthenticated, "", begin(w.Alice.ID)),
			scene.Case("somebody else", w.Bob, refusal.Conflict, "", begin(w.Alice.ID)),
			scene.Case("a quarter of an hour later", w.Alice, refusal.Forbidden, "", begin(w.Alice.ID)),
		})

		for name, do := range map[string]func(context.Context) error{
			"begins": begin(w.Alice.ID),
			"links":  func(ctx context.Context) error { return w.LinkIdentity(ctx, w.Alice.ID, jeannesClaims()) },
		} {
			t.Run("a program "+name, func(t *testing.T) {
				w.Refused(t, refusal.Forbidden, "", func() error { return do(by(t, w, program)) })
			})
		}

		testsite.Must(t, begin(w.Alice.ID)(scene.As(t, anew(t, w, w.Alice))))
		testsite.Must(t, begin("")(t.Context()))

		// Who began in time may take some time at the provider.
		testsite.Must(t, w.LinkIdentity(scene.As(t, w.Alice), w.Alice.ID, jeannesClaims()))
	})
}

// Who made a token is told so by mail, in their language: what the token allows, but not the token itself. Nothing is
// mailed to an address that nobody confirmed.
func TestAccessTokensAreTold(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		link := box.Link(t, w, jeanne)

		token(t, w, s, "read")
		if mails := box.Arrived(t, w); len(mails) > 0 {
			t.Errorf("before the address is confirmed they are told %+v", mails)
		}

		testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: link})))

		for language, want := range map[string][]string{
			"fr": {
				"Un nouveau jeton d’accès de votre compte", "jusqu’au 2026-04-09",
				"Tableau de bord", "Il commente, soutient",
				"https://consultation.example.org/fr/account/reset",
			},
			"en": {
				"A new access token of your account", "until 2026-04-09", "Tableau de bord", "It comments, supports",
				"https://consultation.example.org/account/reset",
			},
		} {
			testsite.Must(t, scene.Only(w.UpdateAccount(signedIn(t, w, s),
				people.UpdateAccountInput{Language: &language})))
			token, _ := token(t, w, s, "participate")

			mails := box.Arrived(t, w)
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

// settingPassword sets the password of an account anew, and removes the linked identities where unlink says so.
type settingPassword func(t *testing.T, w *scene.World, s *people.Session, box *scene.Mailbox, unlink bool) people.Ended

// A new password leaves the linked identities, and the mail says who can still sign in with them. Where it is asked
// to, it removes them all, so that a thief cannot sign in any more with what they linked.
func TestNewPasswordUnlinks(t *testing.T) {
	for name, set := range map[string]settingPassword{
		"changes": func(t *testing.T, w *scene.World, s *people.Session, _ *scene.Mailbox, unlink bool) people.Ended {
			return testsite.Got(w.ChangePassword(signedIn(t, w, s), people.ChangePasswordInput{
				CurrentPassword: scene.Password, NewPassword: scene.Password, UnlinkIdentities: unlink,
			}))(t)
		},

		"resets": func(t *testing.T, w *scene.World, _ *people.Session, box *scene.Mailbox, unlink bool) people.Ended {
			testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
				people.RequestPasswordResetInput{Email: jeanne})))

			return testsite.Got(w.ResetPassword(t.Context(), people.ResetPasswordInput{
				Token: box.Link(t, w, jeanne), Password: scene.Password, UnlinkIdentities: unlink,
			}))(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWithProviders(t, func(t *testing.T, w *scene.World) { unlinksWhereAsked(t, w, set) })
		})
	}
}

// unlinksWhereAsked links four identities to an account, and sets its password twice: the second time they are removed.
func unlinksWhereAsked(t *testing.T, w *scene.World, set settingPassword) {
	box := scene.WithMail(w)
	s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
	testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: box.Link(t, w, jeanne)})))
	w.Clock.Advance(time.Minute)

	thief := jeannesClaims(func(c *people.Claims) { c.Subject, c.Email = "mallory", "mallory@example.net" })
	for _, c := range []people.Claims{
		thief,
		jeannesClaims(func(c *people.Claims) { c.Subject = "another" }),
		jeannesClaims(func(c *people.Claims) { c.Issuer = scene.Untrusted }),
		jeannesClaims(func(c *people.Claims) { c.Issuer = "https://gone.example" }),
	} {
		testsite.Must(t, w.LinkIdentity(signedIn(t, w, s), s.Viewer.UserID, c))
	}

	box.Arrived(t, w)
	says := func(part string) bool {
		mails := box.Arrived(t, w)
		return len(mails) == 1 && mails[0].To == jeanne && strings.Contains(mails[0].Body, part)
	}

	if ended := set(t, w, s, box, false); ended.Identities != 0 {
		t.Errorf("%+v ended", ended)
	}
	if !says("On peut encore s’y connecter avec Keycloak, Other : retirez ce qui n’est pas à vous.") {
		t.Error("it is not said who can sign in still")
	}

	s = testsite.Got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: scene.Password}))(t)
	if u := comeFrom(t, w, thief); u.ID != s.Viewer.UserID {
		t.Error("identities are gone though nobody asked for that")
	}

	if ended := set(t, w, s, box, true); ended.Identities != 4 || ended.Sessions == 0 {
		t.Errorf("%+v ended", ended)
	}
	if !says("Les autres façons de s’y connecter ont été retirées.") {
		t.Error("it is not said that ways to sign in were removed")
	}

	if testsite.Got(w.Read.Identity.Query().Where(identity.UserID(s.Viewer.UserID)).Exist(t.Context()))(t) {
		t.Error("identities are left")
	}
	if u := comeFrom(t, w, thief); u.ID == s.Viewer.UserID {
		t.Error("it is still a way in")
	}
}

// An identity that is linked at the moment at which all are removed is either removed or left, and counted accordingly.
func TestLinkingWhileUnlinking(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		testsite.Must(t, w.LinkIdentity(signedIn(t, w, s), s.Viewer.UserID, jeannesClaims()))
		ctx := signedIn(t, w, s)

		var ended people.Ended
		errs := scene.AtOnce(t, 2, func(i int) (err error) {
			if i == 0 {
				other := jeannesClaims(func(c *people.Claims) { c.Issuer = scene.Untrusted })
				return w.LinkIdentity(ctx, s.Viewer.UserID, other)
			}
			ended, err = w.ChangePassword(ctx, people.ChangePasswordInput{
				CurrentPassword: scene.Password, NewPassword: "another password", UnlinkIdentities: true,
			})
			return err
		})

		if slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
			t.Errorf("%v", errs)
		}

		left := testsite.Got(w.Read.Identity.Query().Where(identity.UserID(s.Viewer.UserID)).Count(t.Context()))(t)
		if left+ended.Identities != 2 {
			t.Errorf("%d are left, and %d were taken away", left, ended.Identities)
		}
	})
}
