package people_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/outbox"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/identity"
	"ensemble/ent/user"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// withProviders has the site offer two providers to sign in with: it trusts the addresses of the first only.
func withProviders(w *scene.World) {
	w.Providers = []*people.SignInProvider{
		{Name: "keycloak", Label: "Keycloak", Issuer: scene.Trusted, TrustsEmail: true},
		{Name: "other", Label: "Other", Issuer: scene.Untrusted},
	}
}

// eachWithProviders runs a test as scene.Each does, on a site that offers the two providers.
func eachWithProviders(t *testing.T, test func(t *testing.T, w *scene.World)) {
	t.Helper()
	scene.Each(t, func(t *testing.T, w *scene.World) {
		withProviders(w)
		test(t, w)
	})
}

// jeannesClaims returns what the trusted provider says of Jeanne, with changes.
func jeannesClaims(change ...func(*people.Claims)) people.Claims {
	c := people.Claims{
		Issuer: scene.Trusted, Subject: "a5f0", Email: "Jeanne@Example.org", EmailVerified: true, Name: "Jeanne Élodie Dupont",
		Nickname: "jeanne_d", Language: "fr-FR",
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

// comeFrom signs somebody in, which must succeed, and returns the account.
func comeFrom(t *testing.T, w *scene.World, c people.Claims) *ent.User {
	t.Helper()
	return accountOf(t, w, testsite.Got(w.SignInWith(t.Context(), c, ""))(t))
}

// profile is what an account says of its person.
type profile struct{ name, nickname, email, language string }

// newcomers come one after the other: each changes what the trusted provider says of Jeanne, and gets an account.
var newcomers = []struct {
	what      string
	change    func(*people.Claims)
	want      profile
	confirmed bool
}{
	{
		"all is known",
		func(*people.Claims) {},
		profile{"Jeanne Élodie Dupont", "jeanne-d", "jeanne@example.org", "fr-FR"}, true,
	},
	{
		"not verified",
		func(c *people.Claims) { c.Email, c.EmailVerified = "b@example.org", false },
		profile{"Jeanne Élodie Dupont", "jeanne-d-2", "b@example.org", "fr-FR"}, false,
	},
	{
		"verified by somebody not trusted",
		func(c *people.Claims) { c.Email, c.Issuer = "c@example.org", scene.Untrusted },
		profile{"Jeanne Élodie Dupont", "jeanne-d-3", "c@example.org", "fr-FR"}, false,
	},
	{
		"no address",
		func(c *people.Claims) { c.Email = "" },
		profile{"Jeanne Élodie Dupont", "jeanne-d-4", "", "fr-FR"}, false,
	},
	{
		"no address either",
		func(c *people.Claims) { c.Email, c.Nickname = "", "" },
		profile{"Jeanne Élodie Dupont", "jeanne-elodie-dupont", "", "fr-FR"}, false,
	},
	{
		"no address, but what looks like one",
		func(c *people.Claims) { c.Email = "Jeanne <d@example.org>" },
		profile{"Jeanne Élodie Dupont", "jeanne-d-5", "", "fr-FR"}, false,
	},
	{
		"an address for a nickname",
		func(c *people.Claims) { c.Email, c.Nickname, c.Name = "", "jeanne@example.org", "Jo" },
		profile{"Jo", "participant", "", "fr-FR"}, false,
	},
	{
		"nothing",
		func(c *people.Claims) { *c = people.Claims{Issuer: scene.Trusted} },
		profile{"participant-2", "participant-2", "", "en"}, false,
	},
	{
		"nonsense",
		func(c *people.Claims) { c.Email, c.Name, c.Nickname, c.Language = "\x00", "a\u202eb", "<script>", "??" },
		profile{"script", "script", "", "en"}, false,
	},
	{
		"a long name",
		func(c *people.Claims) { c.Email, c.Name, c.Nickname = "", strings.Repeat("é", 200), "" },
		profile{strings.Repeat("é", 80), strings.Repeat("e", 20), "", "fr-FR"}, false,
	},
	{
		"and again",
		func(c *people.Claims) { c.Email, c.Name, c.Nickname = "", strings.Repeat("é", 200), "" },
		profile{strings.Repeat("é", 80), strings.Repeat("e", 18) + "-2", "", "fr-FR"}, false,
	},
}

// Somebody new gets an account from what the provider says of them, without what does not fit. Their address counts as
// confirmed when a trusted provider has verified it.
func TestSomebodyNew(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		for i, c := range newcomers {
			claims := jeannesClaims(c.change)
			claims.Subject = fmt.Sprint(i)
			ctx := auth.WithLanguages(t.Context(), []language.Tag{language.English})
			u := accountOf(t, w, testsite.Got(w.SignInWith(ctx, claims, ""))(t))

			is := profile{name: u.Name, nickname: *u.Nickname, language: u.Language}
			if u.Email != nil {
				is.email = *u.Email
			}
			if is != c.want || (u.EmailConfirmedAt != nil) != c.confirmed || u.PasswordHash != "" || u.SiteAdmin {
				t.Errorf("%s: %+v, confirmed %v", c.what, is, u.EmailConfirmedAt)
			}

			if again := comeFrom(t, w, claims); again.ID != u.ID {
				t.Errorf("%s: the next time it is another account", c.what)
			}
		}
	})
}

// Nobody is signed in when the provider does not name them.
func TestNobodyComes(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		var cases []scene.RefusedCase
		for name, c := range map[string]people.Claims{
			"no subject": {Issuer: scene.Trusted}, "no issuer": {Subject: "x"},
			"a long subject":       {Issuer: scene.Trusted, Subject: strings.Repeat("x", 256)},
			"a subject with a NUL": {Issuer: scene.Trusted, Subject: "a\x00"},
		} {
			cases = append(cases, scene.Case(name, nil, refusal.Forbidden, "", func(ctx context.Context) error {
				return scene.Only(w.SignInWith(ctx, c, ""))
			}))
		}

		w.Refusals(t, cases)
	})
}

// An identity is linked by its address to an account that has the same, if both the provider and the site are sure of
// it.
func TestLinkedByAddress(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		box := &scene.Mailbox{}
		w.Mailer = box
		w.Confirmed(t, w.Alice)

		comes := func(change func(*people.Claims)) func(context.Context) error {
			c := jeannesClaims(func(c *people.Claims) { c.Email = "ALICE@example.org" }, change)
			return func(ctx context.Context) error { return scene.Only(w.SignInWith(ctx, c, "")) }
		}
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("the provider is not sure", nil, refusal.Conflict, "email",
				comes(func(c *people.Claims) { c.EmailVerified = false })),
			scene.Case("the provider is not trusted", nil, refusal.Conflict, "email",
				comes(func(c *people.Claims) { c.Issuer = scene.Untrusted })),
			scene.Case("the provider is unknown", nil, refusal.Conflict, "email",
				comes(func(c *people.Claims) { c.Issuer = "https://evil.example" })),
			scene.Case("we are not sure", nil, refusal.Conflict, "email",
				comes(func(c *people.Claims) { c.Email = "bob@example.org" })),
		})

		testsite.Must(t, comes(func(*people.Claims) {})(t.Context()))
		if u := comeFrom(t, w, jeannesClaims()); u.ID != w.Alice.ID {
			t.Error("it is another account")
		}

		testsite.Must(t, w.Jobs.Do(t.Context(), "send mail"))
		if len(box.Mails) != 1 || box.Mails[0].To != "alice@example.org" || !strings.Contains(box.Mails[0].Body, "Keycloak") {
			t.Errorf("alice was told %+v", box.Mails)
		}

		w.Refusals(t, []scene.RefusedCase{scene.Case(
			"the address has moved on to somebody else there", nil, refusal.Conflict, "email",
			comes(func(c *people.Claims) { c.Subject = "the next one" }),
		)})
	})
}

// The identity of an erased account leads to no account: whoever has it gets a new one.
func TestErasedAccountsHaveNoIdentity(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		before := comeFrom(t, w, jeannesClaims())
		testsite.Must(t, w.Write.User.UpdateOneID(before.ID).
			SetName("").ClearNickname().ClearEmail().SetErasedAt(w.Now()).Exec(t.Context()))

		after := comeFrom(t, w, jeannesClaims())
		if after.ID == before.ID || after.ErasedAt != nil {
			t.Errorf("it is %+v", after)
		}
		found := testsite.Got(w.Read.Identity.Query().Where(identity.Subject("a5f0")).Only(t.Context()))(t)
		if of := found.UserID; of != after.ID {
			t.Errorf("the identity is that of %s", of)
		}
	})
}

// Whoever comes several times at once gets one account, and a session each time.
func TestComingTwiceAtOnce(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		before := testsite.Got(w.Read.User.Query().Count(t.Context()))(t)

		sessions := make([]*people.Session, 4)
		for _, err := range scene.AtOnce(t, len(sessions), func(i int) (err error) {
			sessions[i], err = w.SignInWith(t.Context(), jeannesClaims(), "")
			return err
		}) {
			testsite.Must(t, err)
		}

		for _, s := range sessions {
			if s.Viewer.UserID != sessions[0].Viewer.UserID {
				t.Error("they are in different accounts")
			}
		}

		if after := testsite.Got(w.Read.User.Query().Count(t.Context()))(t); after != before+1 {
			t.Errorf("%d accounts were made", after-before)
		}
	})
}

// Namesakes who come at once all get a nickname of their own. When several bring the same address at once, one gets an
// account.
func TestNamesakesAtOnce(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		named := func(i int, email string) error {
			return scene.Only(w.SignInWith(t.Context(), jeannesClaims(func(c *people.Claims) {
				c.Subject, c.Email, c.EmailVerified = fmt.Sprint(email, i), email, false
			}), ""))
		}

		for _, err := range scene.AtOnce(t, 3, func(i int) error { return named(i, "") }) {
			testsite.Must(t, err)
		}
		if n := testsite.Got(w.Read.User.Query().Where(user.NicknameHasPrefix("jeanne-d")).Count(t.Context()))(t); n != 3 {
			t.Errorf("%d have a nickname like theirs", n)
		}

		let := 0
		for _, err := range scene.AtOnce(t, 3, func(i int) error { return named(i, "same@example.org") }) {
			if err == nil {
				let++
			} else if !errors.Is(err, people.ErrAddressTaken) {
				t.Error(err)
			}
		}
		if let != 1 {
			t.Errorf("%d have the same address", let)
		}
	})
}

// Whoever is signed in links up to ten identities to their own account, but none that is linked to another account.
func TestLinkByHand(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		link := func(p *testsite.Person, by *testsite.Person, c people.Claims) func(context.Context) error {
			return func(ctx context.Context) error { return w.LinkIdentity(ctx, by.ID, c) }
		}
		unsure := jeannesClaims(func(c *people.Claims) { c.EmailVerified = false })
		testsite.Must(t, link(w.Alice, w.Alice, unsure)(scene.As(t, w.Alice)))
		w.Idle(t, func() error { return link(w.Alice, w.Alice, unsure)(scene.As(t, w.Alice)) }) // twice
		if u := comeFrom(t, w, jeannesClaims()); u.ID != w.Alice.ID || *u.Email != "alice@example.org" {
			t.Errorf("it signs in to %s", u.ID)
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody is signed in", nil, refusal.Unauthenticated, "", link(nil, w.Alice, unsure)),
			scene.Case("somebody else began it", w.Bob, refusal.Conflict, "",
				link(w.Bob, w.Alice, jeannesClaims(func(c *people.Claims) { c.Subject = "new" }))),
			scene.Case("it is somebody else's", w.Bob, refusal.Conflict, "", link(w.Bob, w.Bob, unsure)),
			scene.Case("it is nobody", w.Bob, refusal.Forbidden, "", link(w.Bob, w.Bob, people.Claims{Issuer: scene.Trusted})),
		})

		for i := range 9 {
			another := jeannesClaims(func(c *people.Claims) { c.Subject = fmt.Sprint(i) })
			testsite.Must(t, link(w.Alice, w.Alice, another)(scene.As(t, w.Alice)))
		}
		eleventh := jeannesClaims(func(c *people.Claims) { c.Subject = "eleventh" })
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("it is one too many", w.Alice, refusal.Conflict, "", link(w.Alice, w.Alice, eleventh)),
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

			if u := testsite.Got(w.Read.User.Get(t.Context(), w.Alice.ID))(t); (u.EmailConfirmedAt != nil) != c.confirmed {
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
			return func(context.Context) error { return w.UnlinkIdentity(ctx, people.UnlinkIdentityInput{Identity: id}) }
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

// An attempt to sign in ends once, within ten minutes, at the provider and in the browser that began it.
func TestAttempts(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		begin := func() (people.SignInAttempt, string) {
			a := people.SignInAttempt{
				Provider: "keycloak", Nonce: "n", Verifier: "v", ReturnTo: "/x", UserID: w.Alice.ID,
			}
			secret, state, err := w.BeginSignIn(scene.As(t, w.Alice), a)
			testsite.Must(t, err)
			if state != people.StateOf(secret) || len(state) != 64 || state == secret {
				t.Errorf("%s and %s", secret, state)
			}
			return a, secret
		}
		end := func(provider, secret string) error { return scene.Only(w.EndSignIn(t.Context(), provider, secret)) }

		a, secret := begin()
		if back := testsite.Got(w.EndSignIn(t.Context(), "keycloak", secret))(t); back != a {
			t.Errorf("%+v comes back as %+v", a, back)
		}

		_, elsewhere := begin()
		_, state := begin()
		for name, c := range map[string]struct{ provider, secret string }{
			"used":                {"keycloak", secret},
			"of another provider": {"other", elsewhere},
			"its state":           {"keycloak", people.StateOf(state)},
			"none":                {"keycloak", ""},
			"unknown":             {"keycloak", people.RandomHex()},
		} {

			if err := end(c.provider, c.secret); !errors.Is(err, people.ErrAttempt) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := end("keycloak", elsewhere); !errors.Is(err, people.ErrAttempt) {
			t.Errorf("after another provider had it: %v", err)
		}

		_, late := begin()
		_, just := begin()
		w.Clock.Advance(10*time.Minute - time.Microsecond)
		testsite.Must(t, end("keycloak", just))
		w.Clock.Advance(time.Microsecond)
		if err := end("keycloak", late); !errors.Is(err, people.ErrAttempt) {
			t.Errorf("too late: %v", err)
		}

		// Attempts are forgotten once they are too late.
		_, young := begin()
		begin()
		w.Clock.Advance(time.Minute)
		testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
		testsite.Must(t, end("keycloak", young))

		w.Clock.Advance(time.Hour)
		testsite.Must(t, w.Jobs.Do(t.Context(), scene.Expiring...))
		if n := testsite.Got(w.Read.SignInAttempt.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d are kept", n)
		}
	})
}

// Of several who end the same attempt at once, one succeeds.
func TestAnAttemptEndsOnce(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		secret, _, err := w.BeginSignIn(t.Context(), people.SignInAttempt{Provider: "keycloak", ReturnTo: "/"})
		testsite.Must(t, err)
		errs := scene.AtOnce(t, 4, func(int) error { return scene.Only(w.EndSignIn(t.Context(), "keycloak", secret)) })

		if failed := slices.DeleteFunc(errs, func(err error) bool { return err == nil }); len(failed) != 3 {
			t.Errorf("of 4 failed %v", failed)
		}
	})
}

// The ID token, which a provider wants to see at the end, is given once to whoever holds the session's token. It is
// stored sealed, and not for longer than the session.
func TestIDTokens(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		const idToken = "eyJ.a.b"
		s := testsite.Got(w.SignInWith(t.Context(), jeannesClaims(), idToken))(t)

		row := testsite.Got(w.Read.ProviderSession.Query().Only(t.Context()))(t)
		if strings.Contains(string(row.IDToken), "eyJ") || row.SessionID != s.Viewer.SessionID {
			t.Errorf("kept is %+v", row)
		}

		plain := testsite.Got(w.SignInWith(t.Context(), jeannesClaims(), ""))(t)
		elsewhere := testsite.Got(w.SignInWith(t.Context(), jeannesClaims(), idToken))(t)

		for _, c := range []struct{ name, token, provider, want string }{
			{"none was kept", plain.Token, "keycloak", ""},
			{"of another provider", elsewhere.Token, "other", ""},
			{"kept", s.Token, "keycloak", idToken},
			{"again", s.Token, "keycloak", ""},
			{"no session", "", "keycloak", ""},
		} {
			if back := testsite.Got(w.SignOutWith(t.Context(), c.token, c.provider))(t); back != c.want {
				t.Errorf("%s: %q", c.name, back)
			}
			if _, err := w.Viewer(t.Context(), c.token); !errors.Is(err, people.ErrToken) {
				t.Errorf("%s: the session goes on: %v", c.name, err)
			}
		}

		if n := testsite.Got(w.Read.ProviderSession.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d are kept without a session", n)
		}
	})
}

// When somebody opens an account with another person's address and links their own identity, that identity is removed
// as soon as the reader of the address proves that it is theirs. What is linked afterwards stays.
func TestPreHijacking(t *testing.T) {
	for name, prove := range map[string]func(*testing.T, *scene.World, string){
		"confirms": func(t *testing.T, w *scene.World, link string) {
			testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: link})))
		},
		"resets": func(t *testing.T, w *scene.World, _ string) {
			testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
			testsite.Must(t, scene.Only(w.ResetPassword(t.Context(), people.ResetPasswordInput{
				Token: w.Mailer.(*scene.Mailbox).Link(t, w, jeanne), Password: "another password",
			})))
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWithProviders(t, func(t *testing.T, w *scene.World) {
				box := scene.WithMail(w)
				s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
				link := box.Link(t, w, jeanne)

				mallory := jeannesClaims(func(c *people.Claims) { c.Subject, c.Email = "mallory", "mallory@example.net" })
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
				later := testsite.Got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: passwordAfter[name]}))(t)
				own := jeannesClaims(func(c *people.Claims) { c.Email = "" })
				w.Clock.Advance(time.Hour)
				testsite.Must(t, w.LinkIdentity(signedIn(t, w, later), later.Viewer.UserID, own))

				box.Arrived(t, w)
				w.Clock.Advance(time.Hour)
				testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
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

// Whoever comes from a provider that is not sure of their address gets a mail to confirm it, and nobody else does. The
// account is forgotten when they do not confirm it, as any other is.
func TestSomebodyNewConfirms(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		for _, c := range []struct {
			name   string
			change func(*people.Claims)
			mailed bool
		}{
			{"verified", func(c *people.Claims) { c.Email = "a@example.org" }, false},
			{"no address", func(c *people.Claims) { c.Email = "" }, false},
			{"not verified", func(c *people.Claims) { c.Email, c.EmailVerified = "c@example.org", false }, true},
			{"not trusted", func(c *people.Claims) { c.Email, c.Issuer = "d@example.org", scene.Untrusted }, true},
		} {
			claims := jeannesClaims(
				func(c *people.Claims) { c.Subject = "new" + c.Subject },
				c.change,
				func(c *people.Claims) { c.Subject += c.Email },
			)
			s := testsite.Got(w.SignInWith(t.Context(), claims, ""))(t)
			u := accountOf(t, w, s)
			mails := box.Arrived(t, w)
			if (len(mails) > 0) != c.mailed || (u.ConfirmBy != nil) != c.mailed {
				t.Errorf("%s: to be confirmed by %v, told %+v", c.name, u.ConfirmBy, mails)
			}

			testsite.Must(t, scene.Only(w.SignInWith(t.Context(), claims, ""))) // again
			if again := box.Arrived(t, w); len(again) > 0 {
				t.Errorf("%s: told again %+v", c.name, again)
			}

			if !c.mailed {
				continue
			}

			if s.Viewer.Confirmed || len(mails) != 1 || mails[0].To != claims.Email {
				t.Fatalf("%s: %+v, told %+v", c.name, s.Viewer, mails)
			}

			if c.name == "not verified" {
				testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{
					Token: scene.MailedLink.FindStringSubmatch(mails[0].Body)[1],
				})))
				if v := testsite.Got(w.Viewer(t.Context(), s.Token))(t); !v.Confirmed {
					t.Errorf("%s: not confirmed", c.name)
				}
			}
		}

		w.Clock.Advance(7 * 24 * time.Hour)
		testsite.Must(t, w.Jobs.Do(t.Context(), "forget accounts"))

		for email, stays := range map[string]bool{
			"a@example.org": true, "c@example.org": true, "d@example.org": false,
		} {
			there := testsite.Got(w.Read.User.Query().Where(user.Email(email)).Exist(t.Context()))(t)
			if there != stays {
				t.Errorf("%s is there: %v", email, there)
			}
		}
	})
}

// Whoever opened an account by way of a provider still comes in that way after they confirm its address, since there is
// no other way. They do not when the reader of the address sets a password instead.
func TestPreHijackingByAProvider(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		claims := jeannesClaims(func(c *people.Claims) { c.Email, c.EmailVerified = jeanne, false })
		u := comeFrom(t, w, claims)

		w.Clock.Advance(time.Hour)
		testsite.Must(t, scene.Only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: box.Link(t, w, jeanne)})))
		if again := comeFrom(t, w, claims); again.ID != u.ID {
			t.Error("it is no way in any more")
		}

		w.Clock.Advance(time.Hour)
		testsite.Must(t, scene.Only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		testsite.Must(t, scene.Only(w.ResetPassword(t.Context(), people.ResetPasswordInput{
			Token: box.Link(t, w, jeanne), Password: "another password",
		})))
		w.Refused(t, refusal.Conflict, "email", func() error {
			return scene.Only(w.SignInWith(t.Context(), claims, ""))
		})
	})
}
