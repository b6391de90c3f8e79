package people_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/outbox"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// Whoever is signed in links up to ten identities to their own account, but none that is linked to another account.
func TestLinkByHand(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		link := func(by *testsite.Person, c people.Claims) func(context.Context) error {
			return func(ctx context.Context) error { return w.LinkIdentity(ctx, by.ID, c) }
		}
		unsure := jeannesClaims(func(c *people.Claims) { c.EmailVerified = false })
		testsite.Must(t, link(w.Alice, unsure)(scene.As(t, w.Alice)))
		w.Idle(t, func() error { return link(w.Alice, unsure)(scene.As(t, w.Alice)) }) // twice
		if u := comeFrom(t, w, jeannesClaims()); u.ID != w.Alice.ID || *u.Email != "alice@example.org" {
			t.Errorf("it signs in to %s", u.ID)
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody is signed in", nil, refusal.Unauthenticated, "", link(w.Alice, unsure)),
			scene.Case("somebody else began it", w.Bob, refusal.Conflict, "",
				link(w.Alice, jeannesClaims(func(c *people.Claims) { c.Subject = "new" }))),
			scene.Case("it is somebody else's", w.Bob, refusal.Conflict, "", link(w.Bob, unsure)),
			scene.Case("it is nobody", w.Bob, refusal.Forbidden, "", link(w.Bob, people.Claims{Issuer: scene.Trusted})),
		})

		for i := range 9 {
			another := jeannesClaims(func(c *people.Claims) { c.Subject = fmt.Sprint(i) })
			testsite.Must(t, link(w.Alice, another)(scene.As(t, w.Alice)))
		}
		eleventh := jeannesClaims(func(c *people.Claims) { c.Subject = "eleventh" })
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("it is one too many", w.Alice, refusal.Conflict, "", link(w.Alice, eleventh)),
		})
	})
}

// Linking an identity confirms the address of an account, when a trusted provider has verified that same address.
func TestLinkingConfirmsTheAddress(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		for _, c := range []struct {
			name      string
			change    func(*people.Claims)
			confirmed bool
		}{
			{"another address", func(*people.Claims) {}, false},
			{"not verified", func(c *people.Claims) { c.Email, c.EmailVerified = "alice@example.org", false }, false},
			{"not trusted", func(c *people.Claims) { c.Email, c.Issuer = "alice@example.org", scene.Untrusted }, false},
			{"the same", func(c *people.Claims) { c.Email = "Alice@example.org" }, true},
		} {
			testsite.Must(t, w.LinkIdentity(scene.As(t, w.Alice), w.Alice.ID, jeannesClaims(c.change)))

			u := testsite.Got(w.Read.User.Get(t.Context(), w.Alice.ID))(t)
			if (u.EmailConfirmedAt != nil) != c.confirmed {
				t.Errorf("%s: confirmed at %v", c.name, u.EmailConfirmedAt)
			}
		}
	})
}

// People take away a way to sign in as long as another is left: a password, or an identity of a provider that the site
// knows. The session goes on.
func TestUnlink(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignInWith(t.Context(), jeannesClaims(), ""))(t)
		ctx := auth.WithViewer(t.Context(), s.Viewer)
		of := func(v auth.Viewer) []*ent.Identity {
			return testsite.Got(testsite.Got(w.Identities(v))(t).All(t.Context()))(t)
		}
		first := of(s.Viewer)[0].ID
		unlink := func(ctx context.Context, id string) func(context.Context) error {
			return func(context.Context) error {
				return w.UnlinkIdentity(ctx, people.UnlinkIdentityInput{Identity: id})
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody", nil, refusal.Unauthenticated, "", unlink(t.Context(), first)),
			scene.Case("somebody else", nil, refusal.NotFound, "identity", unlink(scene.As(t, w.Bob), first)),
			scene.Case("absent", nil, refusal.NotFound, "identity", unlink(ctx, "identity_00000000000000000000000000")),
			scene.Case("the last", nil, refusal.Conflict, "", unlink(ctx, first)),
		})
		gone := jeannesClaims(func(c *people.Claims) { c.Issuer = "https://gone.example" })
		testsite.Must(t, w.LinkIdentity(ctx, s.Viewer.UserID, gone))
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("the last that the site knows", nil, refusal.Conflict, "", unlink(ctx, first)),
		})

		testsite.Must(t, w.Write.User.UpdateOneID(s.Viewer.UserID).SetPasswordHash("$argon2id$x").Exec(t.Context()))
		testsite.Must(t, w.UnlinkIdentity(ctx, people.UnlinkIdentityInput{Identity: first}))
		if left := of(s.Viewer); len(left) != 1 || w.ProviderOf(left[0]) != nil {
			t.Errorf("left are %+v", left)
		}

		testsite.Must(t, scene.Only(w.Viewer(t.Context(), s.Token)))
		if u := comeFrom(t, w, jeannesClaims(func(c *people.Claims) { c.Email = "" })); u.ID == s.Viewer.UserID {
			t.Error("it still signs in to the account")
		}
	})
}

// Of two ways to sign in that are taken away at once, one is left.
func TestUnlinkingBothAtOnce(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignInWith(t.Context(), jeannesClaims(), ""))(t)
		ctx := auth.WithViewer(t.Context(), s.Viewer)
		other := jeannesClaims(func(c *people.Claims) { c.Issuer = scene.Untrusted })
		testsite.Must(t, w.LinkIdentity(ctx, s.Viewer.UserID, other))

		both := testsite.Got(testsite.Got(w.Identities(s.Viewer))(t).IDs(t.Context()))(t)
		errs := scene.AtOnce(t, 2, func(i int) error {
			return w.UnlinkIdentity(ctx, people.UnlinkIdentityInput{Identity: both[i]})
		})

		refused := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
		if len(refused) != 1 || refusal.CodeOf(refused[0]) != refusal.Conflict {
			t.Errorf("refused: %v", refused)
		}
	})
}

// waysToProve are the ways in which Jeanne proves that her address is hers, given the link of the mail that confirms
// it.
var waysToProve = map[string]func(*testing.T, *scene.World, string){
	"confirms": func(t *testing.T, w *scene.World, link string) {
		testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: link})))
	},
	"resets": func(t *testing.T, w *scene.World, _ string) {
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
			people.RequestPasswordResetInput{Email: jeanne})))
		testsite.Must(t, scene.Only(w.ResetPassword(t.Context(), people.ResetPasswordInput{
			Token: w.Mailer.(*scene.Mailbox).Link(t, w, jeanne), Password: "another password",
		})))
	},
}

// When somebody opens an account with another person's address and links their own identity, that identity is removed
// as soon as the person who gets the mail to that address confirms it or sets a password. What is linked afterwards
// stays.
func TestPreHijacking(t *testing.T) {
	for name, prove := range waysToProve {
		t.Run(name, func(t *testing.T) {
			eachWithProviders(t, func(t *testing.T, w *scene.World) {
				box := scene.WithMail(w)
				s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
				link := box.Link(t, w, jeanne)

				mallory := jeannesClaims(func(c *people.Claims) {
					c.Subject, c.Email = "mallory", "mallory@example.net"
				})
				testsite.Must(t, w.LinkIdentity(signedIn(t, w, s), s.Viewer.UserID, mallory))
				w.Clock.Advance(time.Hour)
				box.Arrived(t, w)

				prove(t, w, link)
				told := box.Arrived(t, w)
				if !slices.ContainsFunc(told, func(m outbox.Mail) bool {
					return m.To == jeanne && m.Subject == "Des façons de vous connecter ont été retirées"
				}) {
					t.Errorf("told %+v", told)
				}

				if u := comeFrom(t, w, mallory); u.ID == s.Viewer.UserID {
					t.Error("it is still a way in")
				}

				// From now on the account is Jeanne's, and so is what she links.
				later := testsite.Got(w.SignIn(t.Context(),
					people.SignInInput{Email: jeanne, Password: passwordAfter[name]}))(t)
				own := jeannesClaims(func(c *people.Claims) { c.Email = "" })
				w.Clock.Advance(time.Hour)
				testsite.Must(t, w.LinkIdentity(signedIn(t, w, later), later.Viewer.UserID, own))

				box.Arrived(t, w)
				w.Clock.Advance(time.Hour)
				testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
					people.RequestPasswordResetInput{Email: jeanne})))
				testsite.Must(t, scene.Only(w.ResetPassword(t.Context(), people.ResetPasswordInput{
					Token: box.Link(t, w, jeanne), Password: "a third password",
				})))

				if u := comeFrom(t, w, own); u.ID != s.Viewer.UserID {
					t.Error("what was linked afterwards is no way in any more")
				}
				if told := box.Arrived(t, w); len(told) != 1 {
					t.Errorf("told %+v", told)
				}
			})
		})
	}
}

// passwordAfter is the password that opens the account once its address was proved in a way.
var passwordAfter = map[string]string{"confirms": scene.Password, "resets": "another password"}

// Whoever opened an account by way of a provider still comes in that way after they confirm its address, since there
// is no other way. They do not once somebody sets a password by a link that was mailed to that address.
func TestPreHijackingByAProvider(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		claims := jeannesClaims(func(c *people.Claims) { c.Email, c.EmailVerified = jeanne, false })
		u := comeFrom(t, w, claims)

		w.Clock.Advance(time.Hour)
		testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(),
			people.ConfirmEmailInput{Token: box.Link(t, w, jeanne)})))
		if again := comeFrom(t, w, claims); again.ID != u.ID {
			t.Error("it is no way in any more")
		}

		w.Clock.Advance(time.Hour)
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(),
			people.RequestPasswordResetInput{Email: jeanne})))
		testsite.Must(t, scene.Only(w.ResetPassword(t.Context(), people.ResetPasswordInput{
			Token: box.Link(t, w, jeanne), Password: "another password",
		})))
		w.Refused(t, refusal.Conflict, "email", func() error {
			return scene.Only(w.SignInWith(t.Context(), claims, ""))
		})
	})
}
