package consultation_test

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
)

// Two providers: what the first says about addresses is believed.
const trusted, untrusted = "https://id.example.org", "https://login.example.net"

func withProviders(w *world) {
	w.Providers = []*people.SignInProvider{
		{Name: "keycloak", Label: "Keycloak", Issuer: trusted, TrustsEmail: true},
		{Name: "other", Label: "Other", Issuer: untrusted},
	}
}

func eachWithProviders(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	each(t, func(t *testing.T, w *world) {
		withProviders(w)
		test(t, w)
	})
}

// jeannesClaims are what the trusted provider says of somebody.
func jeannesClaims(change ...func(*people.Claims)) people.Claims {
	c := people.Claims{
		Issuer: trusted, Subject: "a5f0", Email: "Jeanne@Example.org", EmailVerified: true, Name: "Jeanne Élodie Dupont",
		Nickname: "jeanne_d", Language: "fr-FR",
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func (w *world) confirmed(t *testing.T, p *testsite.Person) {
	t.Helper()
	must(t, w.Write.User.UpdateOneID(p.ID).SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
}

// comes signs somebody in, which must succeed, and returns the account.
func (w *world) comes(t *testing.T, c people.Claims) *ent.User {
	t.Helper()
	return w.account(t, got(w.SignInWith(t.Context(), c, ""))(t))
}

func TestSomebodyNew(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		type account struct{ name, nickname, email, language string }
		for i, c := range []struct {
			what      string
			change    func(*people.Claims)
			want      account
			confirmed bool
		}{
			{"all is known", func(*people.Claims) {}, account{"Jeanne Élodie Dupont", "jeanne-d", "jeanne@example.org", "fr-FR"}, true},
			{"not verified", func(c *people.Claims) { c.Email, c.EmailVerified = "b@example.org", false }, account{"Jeanne Élodie Dupont", "jeanne-d-2", "b@example.org", "fr-FR"}, false},
			{"verified by somebody not trusted", func(c *people.Claims) { c.Email, c.Issuer = "c@example.org", untrusted }, account{"Jeanne Élodie Dupont", "jeanne-d-3", "c@example.org", "fr-FR"}, false},
			{"no address", func(c *people.Claims) { c.Email = "" }, account{"Jeanne Élodie Dupont", "jeanne-d-4", "", "fr-FR"}, false},
			{"no address either", func(c *people.Claims) { c.Email, c.Nickname = "", "" }, account{"Jeanne Élodie Dupont", "jeanne-elodie-dupont", "", "fr-FR"}, false},
			{"no address, but what looks like one", func(c *people.Claims) { c.Email = "Jeanne <d@example.org>" }, account{"Jeanne Élodie Dupont", "jeanne-d-5", "", "fr-FR"}, false},
			{"an address for a nickname", func(c *people.Claims) { c.Email, c.Nickname, c.Name = "", "jeanne@example.org", "Jo" }, account{"Jo", "participant", "", "fr-FR"}, false},
			{"nothing", func(c *people.Claims) { *c = people.Claims{Issuer: trusted} }, account{"participant-2", "participant-2", "", "en"}, false},
			{"nonsense", func(c *people.Claims) {
				c.Email, c.Name, c.Nickname, c.Language = "\x00", "a\u202eb", "<script>", "??"
			}, account{"script", "script", "", "en"}, false},
			{"a long name", func(c *people.Claims) { c.Email, c.Name, c.Nickname = "", strings.Repeat("é", 200), "" }, account{strings.Repeat("é", 80), strings.Repeat("e", 20), "", "fr-FR"}, false},
			{"and again", func(c *people.Claims) { c.Email, c.Name, c.Nickname = "", strings.Repeat("é", 200), "" }, account{strings.Repeat("é", 80), strings.Repeat("e", 18) + "-2", "", "fr-FR"}, false},
		} {
			claims := jeannesClaims(c.change)
			claims.Subject = fmt.Sprint(i)
			ctx := auth.WithLanguages(t.Context(), []language.Tag{language.English})
			u := w.account(t, got(w.SignInWith(ctx, claims, ""))(t))
			is := account{name: u.Name, nickname: *u.Nickname, language: u.Language}
			if u.Email != nil {
				is.email = *u.Email
			}
			if is != c.want || (u.EmailConfirmedAt != nil) != c.confirmed || u.PasswordHash != "" || u.SiteAdmin {
				t.Errorf("%s: %+v, confirmed %v", c.what, is, u.EmailConfirmedAt)
			}
			if again := w.comes(t, claims); again.ID != u.ID {
				t.Errorf("%s: the next time it is another account", c.what)
			}
		}
	})
}

// Nobody is signed in whom the provider does not name.
func TestNobodyComes(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		var cases []refusedCase
		for name, c := range map[string]people.Claims{
			"no subject": {Issuer: trusted}, "no issuer": {Subject: "x"}, "a long subject": {Issuer: trusted, Subject: strings.Repeat("x", 256)},
			"a subject with a NUL": {Issuer: trusted, Subject: "a\x00"},
		} {
			cases = append(cases, refusedCase{name, nil, refusal.Forbidden, "", func(ctx context.Context) error { return only(w.SignInWith(ctx, c, "")) }})
		}
		w.refusals(t, cases)
	})
}

// An account is linked by an address that both sides are sure of, and by nothing less.
func TestLinkedByAddress(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		box := &mailbox{}
		w.Mailer = box
		w.confirmed(t, w.Alice)
		comes := func(change func(*people.Claims)) func(context.Context) error {
			c := jeannesClaims(func(c *people.Claims) { c.Email = "ALICE@example.org" }, change)
			return func(ctx context.Context) error { return only(w.SignInWith(ctx, c, "")) }
		}
		w.refusals(t, []refusedCase{
			{"the provider is not sure", nil, refusal.Conflict, "email", comes(func(c *people.Claims) { c.EmailVerified = false })},
			{"the provider is not trusted", nil, refusal.Conflict, "email", comes(func(c *people.Claims) { c.Issuer = untrusted })},
			{"the provider is unknown", nil, refusal.Conflict, "email", comes(func(c *people.Claims) { c.Issuer = "https://evil.example" })},
			{"we are not sure", nil, refusal.Conflict, "email", comes(func(c *people.Claims) { c.Email = "bob@example.org" })},
		})
		must(t, comes(func(*people.Claims) {})(t.Context()))
		if u := w.comes(t, jeannesClaims()); u.ID != w.Alice.ID {
			t.Error("it is another account")
		}
		must(t, w.Jobs.Do(t.Context(), "send mail"))
		if len(box.mails) != 1 || box.mails[0].To != "alice@example.org" || !strings.Contains(box.mails[0].Body, "Keycloak") {
			t.Errorf("alice was told %+v", box.mails)
		}
		w.refusals(t, []refusedCase{{
			"the address has moved on to somebody else there", nil, refusal.Conflict, "email",
			comes(func(c *people.Claims) { c.Subject = "the next one" }),
		}})
	})
}

// The identity of an erased account is nobody's: whoever has it begins anew.
func TestErasedAccountsHaveNoIdentity(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		before := w.comes(t, jeannesClaims())
		must(t, w.Write.User.UpdateOneID(before.ID).SetName("").ClearNickname().ClearEmail().SetErasedAt(w.Now()).Exec(t.Context()))
		after := w.comes(t, jeannesClaims())
		if after.ID == before.ID || after.ErasedAt != nil {
			t.Errorf("it is %+v", after)
		}
		if of := got(w.Read.Identity.Query().Where(identity.Subject("a5f0")).Only(t.Context()))(t).UserID; of != after.ID {
			t.Errorf("the identity is that of %s", of)
		}
	})
}

// Whoever comes twice at once has one account, and two sessions of it.
func TestComingTwiceAtOnce(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		before := got(w.Read.User.Query().Count(t.Context()))(t)
		sessions := make([]*people.Session, 4)
		for _, err := range atOnce(t, len(sessions), func(i int) (err error) {
			sessions[i], err = w.SignInWith(t.Context(), jeannesClaims(), "")
			return err
		}) {
			must(t, err)
		}
		for _, s := range sessions {
			if s.Viewer.UserID != sessions[0].Viewer.UserID {
				t.Error("they are in different accounts")
			}
		}
		if after := got(w.Read.User.Query().Count(t.Context()))(t); after != before+1 {
			t.Errorf("%d accounts were made", after-before)
		}
	})
}

// Namesakes who come at once all get a nickname of their own; of those who bring the same address one gets the account.
func TestNamesakesAtOnce(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		named := func(i int, email string) error {
			return only(w.SignInWith(t.Context(), jeannesClaims(func(c *people.Claims) {
				c.Subject, c.Email, c.EmailVerified = fmt.Sprint(email, i), email, false
			}), ""))
		}
		for _, err := range atOnce(t, 3, func(i int) error { return named(i, "") }) {
			must(t, err)
		}
		if n := got(w.Read.User.Query().Where(user.NicknameHasPrefix("jeanne-d")).Count(t.Context()))(t); n != 3 {
			t.Errorf("%d have a nickname like theirs", n)
		}
		let := 0
		for _, err := range atOnce(t, 3, func(i int) error { return named(i, "same@example.org") }) {
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

func TestLinkByHand(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		link := func(p *testsite.Person, by *testsite.Person, c people.Claims) func(context.Context) error {
			return func(ctx context.Context) error { return w.LinkIdentity(ctx, by.ID, c) }
		}
		unsure := jeannesClaims(func(c *people.Claims) { c.EmailVerified = false })
		must(t, link(w.Alice, w.Alice, unsure)(as(t, w.Alice)))
		w.idle(t, func() error { return link(w.Alice, w.Alice, unsure)(as(t, w.Alice)) }) // twice
		if u := w.comes(t, jeannesClaims()); u.ID != w.Alice.ID || *u.Email != "alice@example.org" {
			t.Errorf("it signs in to %s", u.ID)
		}
		w.refusals(t, []refusedCase{
			{"nobody is signed in", nil, refusal.Unauthenticated, "", link(nil, w.Alice, unsure)},
			{"somebody else began it", w.Bob, refusal.Conflict, "", link(w.Bob, w.Alice, jeannesClaims(func(c *people.Claims) { c.Subject = "new" }))},
			{"it is somebody else's", w.Bob, refusal.Conflict, "", link(w.Bob, w.Bob, unsure)},
			{"it is nobody", w.Bob, refusal.Forbidden, "", link(w.Bob, w.Bob, people.Claims{Issuer: trusted})},
		})
		for i := range 9 {
			must(t, link(w.Alice, w.Alice, jeannesClaims(func(c *people.Claims) { c.Subject = fmt.Sprint(i) }))(as(t, w.Alice)))
		}
		w.refusals(t, []refusedCase{{"it is one too many", w.Alice, refusal.Conflict, "", link(w.Alice, w.Alice, jeannesClaims(func(c *people.Claims) { c.Subject = "eleventh" }))}})
	})
}

// A trusted provider confirms the address of whoever links it, if it is the same.
func TestLinkingConfirmsTheAddress(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name      string
			change    func(*people.Claims)
			confirmed bool
		}{
			{"another address", func(*people.Claims) {}, false},
			{"not verified", func(c *people.Claims) { c.Email, c.EmailVerified = "alice@example.org", false }, false},
			{"not trusted", func(c *people.Claims) { c.Email, c.Issuer = "alice@example.org", untrusted }, false},
			{"the same", func(c *people.Claims) { c.Email = "Alice@example.org" }, true},
		} {
			must(t, w.LinkIdentity(as(t, w.Alice), w.Alice.ID, jeannesClaims(c.change)))
			if u := got(w.Read.User.Get(t.Context(), w.Alice.ID))(t); (u.EmailConfirmedAt != nil) != c.confirmed {
				t.Errorf("%s: confirmed at %v", c.name, u.EmailConfirmedAt)
			}
		}
	})
}

func TestUnlink(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		s := got(w.SignInWith(t.Context(), jeannesClaims(), ""))(t)
		ctx := auth.WithViewer(t.Context(), s.Viewer)
		of := func(v auth.Viewer) []*ent.Identity { return got(got(w.Identities(v))(t).All(t.Context()))(t) }
		first := of(s.Viewer)[0].ID
		unlink := func(ctx context.Context, id string) func(context.Context) error {
			return func(context.Context) error { return w.UnlinkIdentity(ctx, people.UnlinkIdentityInput{Identity: id}) }
		}
		w.refusals(t, []refusedCase{
			{"nobody", nil, refusal.Unauthenticated, "", unlink(t.Context(), first)},
			{"somebody else", nil, refusal.NotFound, "identity", unlink(as(t, w.Bob), first)},
			{"absent", nil, refusal.NotFound, "identity", unlink(ctx, "identity_00000000000000000000000000")},
			{"the last", nil, refusal.Conflict, "", unlink(ctx, first)},
		})
		must(t, w.LinkIdentity(ctx, s.Viewer.UserID, jeannesClaims(func(c *people.Claims) { c.Issuer = "https://gone.example" })))
		w.refusals(t, []refusedCase{{"the last that the site knows", nil, refusal.Conflict, "", unlink(ctx, first)}})
		must(t, w.Write.User.UpdateOneID(s.Viewer.UserID).SetPasswordHash("$argon2id$x").Exec(t.Context()))
		must(t, w.UnlinkIdentity(ctx, people.UnlinkIdentityInput{Identity: first}))
		if left := of(s.Viewer); len(left) != 1 || w.ProviderOf(left[0]) != nil {
			t.Errorf("left are %+v", left)
		}
		must(t, only(w.Viewer(t.Context(), s.Token)))
		if u := w.comes(t, jeannesClaims(func(c *people.Claims) { c.Email = "" })); u.ID == s.Viewer.UserID {
			t.Error("it still signs in to the account")
		}
	})
}

// Whoever takes both of two away at once keeps one.
func TestUnlinkingBothAtOnce(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		s := got(w.SignInWith(t.Context(), jeannesClaims(), ""))(t)
		ctx := auth.WithViewer(t.Context(), s.Viewer)
		must(t, w.LinkIdentity(ctx, s.Viewer.UserID, jeannesClaims(func(c *people.Claims) { c.Issuer = untrusted })))
		both := got(got(w.Identities(s.Viewer))(t).IDs(t.Context()))(t)
		errs := atOnce(t, 2, func(i int) error { return w.UnlinkIdentity(ctx, people.UnlinkIdentityInput{Identity: both[i]}) })
		refused := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
		if len(refused) != 1 || refusal.CodeOf(refused[0]) != refusal.Conflict {
			t.Errorf("refused: %v", refused)
		}
	})
}

func TestAttempts(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		begin := func() (people.SignInAttempt, string) {
			a := people.SignInAttempt{Provider: "keycloak", Nonce: "n", Verifier: "v", ReturnTo: "/x", UserID: w.Alice.ID}
			secret, state, err := w.BeginSignIn(as(t, w.Alice), a)
			must(t, err)
			if state != people.StateOf(secret) || len(state) != 64 || state == secret {
				t.Errorf("%s and %s", secret, state)
			}
			return a, secret
		}
		end := func(provider, secret string) error { return only(w.EndSignIn(t.Context(), provider, secret)) }
		a, secret := begin()
		if back := got(w.EndSignIn(t.Context(), "keycloak", secret))(t); back != a {
			t.Errorf("%+v comes back as %+v", a, back)
		}
		_, elsewhere := begin()
		_, state := begin()
		for name, c := range map[string]struct{ provider, secret string }{
			"used": {"keycloak", secret}, "of another provider": {"other", elsewhere}, "its state": {"keycloak", people.StateOf(state)},
			"none": {"keycloak", ""}, "unknown": {"keycloak", people.RandomHex()},
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
		must(t, end("keycloak", just))
		w.Clock.Advance(time.Microsecond)
		if err := end("keycloak", late); !errors.Is(err, people.ErrAttempt) {
			t.Errorf("too late: %v", err)
		}
		_, young := begin()
		begin()
		w.Clock.Advance(time.Minute)
		must(t, w.Jobs.Do(t.Context(), expiring...))
		must(t, end("keycloak", young))
		w.Clock.Advance(time.Hour)
		must(t, w.Jobs.Do(t.Context(), expiring...))
		if n := got(w.Read.SignInAttempt.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d are kept", n)
		}
	})
}

func TestAnAttemptEndsOnce(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		secret, _, err := w.BeginSignIn(t.Context(), people.SignInAttempt{Provider: "keycloak", ReturnTo: "/"})
		must(t, err)
		errs := atOnce(t, 4, func(int) error { return only(w.EndSignIn(t.Context(), "keycloak", secret)) })
		if failed := slices.DeleteFunc(errs, func(err error) bool { return err == nil }); len(failed) != 3 {
			t.Errorf("of 4 failed %v", failed)
		}
	})
}

// What a provider wants to see at the end is kept for whoever holds the session's token, and for nobody else.
func TestIDTokens(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		const idToken = "eyJ.a.b"
		s := got(w.SignInWith(t.Context(), jeannesClaims(), idToken))(t)
		row := got(w.Read.ProviderSession.Query().Only(t.Context()))(t)
		if strings.Contains(string(row.IDToken), "eyJ") || row.SessionID != s.Viewer.SessionID {
			t.Errorf("kept is %+v", row)
		}
		plain := got(w.SignInWith(t.Context(), jeannesClaims(), ""))(t)
		elsewhere := got(w.SignInWith(t.Context(), jeannesClaims(), idToken))(t)
		for _, c := range []struct{ name, token, provider, want string }{
			{"none was kept", plain.Token, "keycloak", ""}, {"of another provider", elsewhere.Token, "other", ""},
			{"kept", s.Token, "keycloak", idToken}, {"again", s.Token, "keycloak", ""}, {"no session", "", "keycloak", ""},
		} {
			if back := got(w.SignOutWith(t.Context(), c.token, c.provider))(t); back != c.want {
				t.Errorf("%s: %q", c.name, back)
			}
			if _, err := w.Viewer(t.Context(), c.token); !errors.Is(err, people.ErrToken) {
				t.Errorf("%s: the session goes on: %v", c.name, err)
			}
		}
		if n := got(w.Read.ProviderSession.Query().Count(t.Context()))(t); n != 0 {
			t.Errorf("%d are kept without a session", n)
		}
	})
}

// Whoever opened an account with somebody else's address and linked their own identity loses it when the reader of that
// address shows that it is theirs; what is linked afterwards stays.
func TestPreHijacking(t *testing.T) {
	for name, prove := range map[string]func(*testing.T, *world, string){
		"confirms": func(t *testing.T, w *world, link string) {
			must(t, only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: link})))
		},
		"resets": func(t *testing.T, w *world, _ string) {
			must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
			must(t, only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: w.Mailer.(*mailbox).link(t, w, jeanne), Password: "another password"})))
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWithProviders(t, func(t *testing.T, w *world) {
				box := withMail(w)
				s := got(w.SignUp(t.Context(), newAccount()))(t)
				link := box.link(t, w, jeanne)
				mallory := jeannesClaims(func(c *people.Claims) { c.Subject, c.Email = "mallory", "mallory@example.net" })
				must(t, w.LinkIdentity(w.in(t, s), s.Viewer.UserID, mallory))
				w.Clock.Advance(time.Hour)
				box.arrived(t, w)
				prove(t, w, link)
				told := box.arrived(t, w)
				if !slices.ContainsFunc(told, func(m outbox.Mail) bool {
					return m.To == jeanne && m.Subject == "Des façons de vous connecter ont été retirées"
				}) {
					t.Errorf("told %+v", told)
				}
				if u := w.comes(t, mallory); u.ID == s.Viewer.UserID {
					t.Error("it is still a way in")
				}

				later := got(w.SignIn(t.Context(), people.SignInInput{Email: jeanne, Password: passwordAfter[name]}))(t)
				own := jeannesClaims(func(c *people.Claims) { c.Email = "" })
				w.Clock.Advance(time.Hour)
				must(t, w.LinkIdentity(w.in(t, later), later.Viewer.UserID, own))
				box.arrived(t, w)
				w.Clock.Advance(time.Hour)
				must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
				must(t, only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: box.link(t, w, jeanne), Password: "a third password"})))
				if u := w.comes(t, own); u.ID != s.Viewer.UserID {
					t.Error("what was linked afterwards is no way in any more")
				}
				if told := box.arrived(t, w); len(told) != 1 {
					t.Errorf("told %+v", told)
				}
			})
		})
	}
}

var passwordAfter = map[string]string{"confirms": password, "resets": "another password"}

// Whoever comes from a provider that is not sure of their address gets a mail to confirm it, and nobody else does. If they do
// not, the account is forgotten, as others are.
func TestSomebodyNewConfirms(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		box := withMail(w)
		for _, c := range []struct {
			name   string
			change func(*people.Claims)
			mailed bool
		}{
			{"verified", func(c *people.Claims) { c.Email = "a@example.org" }, false},
			{"no address", func(c *people.Claims) { c.Email = "" }, false},
			{"not verified", func(c *people.Claims) { c.Email, c.EmailVerified = "c@example.org", false }, true},
			{"not trusted", func(c *people.Claims) { c.Email, c.Issuer = "d@example.org", untrusted }, true},
		} {
			claims := jeannesClaims(func(c *people.Claims) { c.Subject = "new" + c.Subject }, c.change, func(c *people.Claims) { c.Subject += c.Email })
			s := got(w.SignInWith(t.Context(), claims, ""))(t)
			u := w.account(t, s)
			mails := box.arrived(t, w)
			if (len(mails) > 0) != c.mailed || (u.ConfirmBy != nil) != c.mailed {
				t.Errorf("%s: to be confirmed by %v, told %+v", c.name, u.ConfirmBy, mails)
			}
			must(t, only(w.SignInWith(t.Context(), claims, ""))) // again
			if again := box.arrived(t, w); len(again) > 0 {
				t.Errorf("%s: told again %+v", c.name, again)
			}
			if !c.mailed {
				continue
			}
			if s.Viewer.Confirmed || len(mails) != 1 || mails[0].To != claims.Email {
				t.Fatalf("%s: %+v, told %+v", c.name, s.Viewer, mails)
			}
			if c.name == "not verified" {
				must(t, only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: mailedLink.FindStringSubmatch(mails[0].Body)[1]})))
				if v := got(w.Viewer(t.Context(), s.Token))(t); !v.Confirmed {
					t.Errorf("%s: not confirmed", c.name)
				}
			}
		}
		w.Clock.Advance(7 * 24 * time.Hour)
		must(t, w.Jobs.Do(t.Context(), "forget accounts"))
		for email, stays := range map[string]bool{"a@example.org": true, "c@example.org": true, "d@example.org": false} {
			if there := got(w.Read.User.Query().Where(user.Email(email)).Exist(t.Context()))(t); there != stays {
				t.Errorf("%s is there: %v", email, there)
			}
		}
	})
}

// Whoever opened an account by a provider keeps that way in when they confirm the address, having no other, and not when
// somebody sets a password instead.
func TestPreHijackingByAProvider(t *testing.T) {
	eachWithProviders(t, func(t *testing.T, w *world) {
		box := withMail(w)
		claims := jeannesClaims(func(c *people.Claims) { c.Email, c.EmailVerified = jeanne, false })
		u := w.comes(t, claims)
		w.Clock.Advance(time.Hour)
		must(t, only(w.ConfirmEmail(t.Context(), people.ConfirmEmailInput{Token: box.link(t, w, jeanne)})))
		if again := w.comes(t, claims); again.ID != u.ID {
			t.Error("it is no way in any more")
		}
		w.Clock.Advance(time.Hour)
		must(t, only(w.RequestPasswordReset(t.Context(), people.RequestPasswordResetInput{Email: jeanne})))
		must(t, only(w.ResetPassword(t.Context(), people.ResetPasswordInput{Token: box.link(t, w, jeanne), Password: "another password"})))
		w.refused(t, refusal.Conflict, "email", func() error { return only(w.SignInWith(t.Context(), claims, "")) })
	})
}
