package people_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"ensemble/auth"
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
		Issuer: scene.Trusted, Subject: "a5f0", Email: "Jeanne@Example.org", EmailVerified: true,
		Name:     "Jeanne Élodie Dupont",
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
		if len(box.Mails) != 1 || box.Mails[0].To != "alice@example.org" ||
			!strings.Contains(box.Mails[0].Body, "Keycloak") {
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
			SetName("").ClearNickname().ClearNicknameLook().ClearEmail().SetErasedAt(w.Now()).Exec(t.Context()))

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
		alike := w.Read.User.Query().Where(user.NicknameHasPrefix("jeanne-d"))
		if n := testsite.Got(alike.Count(t.Context()))(t); n != 3 {
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

// firstVisits are sign-ins of people with no account, by what a provider says of their address, and whether they are
// mailed to confirm it.
var firstVisits = []struct {
	name   string
	change func(*people.Claims)
	mailed bool
}{
	{"verified", func(c *people.Claims) { c.Email = "a@example.org" }, false},
	{"no address", func(c *people.Claims) { c.Email = "" }, false},
	{"not verified", func(c *people.Claims) { c.Email, c.EmailVerified = "c@example.org", false }, true},
	{"not trusted", func(c *people.Claims) { c.Email, c.Issuer = "d@example.org", scene.Untrusted }, true},
}

// Whoever comes from a provider that is not sure of their address gets a mail to confirm it, and nobody else does. The
// account is forgotten when they do not confirm it, as any other is.
func TestSomebodyNewConfirms(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *scene.World) {
		box := scene.WithMail(w)
		for _, c := range firstVisits {
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
