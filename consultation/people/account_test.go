package people_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/user"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// accountOf reads the account of the person who has a session.
func accountOf(t testing.TB, w *scene.World, s *people.Session) *ent.User {
	t.Helper()
	return testsite.Got(w.Read.User.Get(t.Context(), s.Viewer.UserID))(t)
}

// An address, a nickname and a language are stored in one spelling, and a password only as its hash. The new account
// has an open session.
func TestSignUpNormalises(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		var s *people.Session
		w.Silent(t, func() (err error) {
			s, err = w.SignUp(t.Context(), scene.NewAccount())
			return err
		})

		u := accountOf(t, w, s)
		if *u.Email != "jeanne.dupont@example.org" || u.Name != "Jeanne Dupont" || *u.Nickname != "jeanne_d" ||
			u.Language != "fr" || u.SiteAdmin || !u.CreatedAt.Equal(w.Now()) {
			t.Errorf("the account is %+v", u)
		}

		if !strings.HasPrefix(u.PasswordHash, "$argon2id$") || strings.Contains(u.PasswordHash, scene.Password) {
			t.Errorf("the password is kept as %s", u.PasswordHash)
		}

		v := testsite.Got(w.Viewer(t.Context(), s.Token))(t)
		if v.UserID != u.ID || v.SessionID != s.Viewer.SessionID ||
			!s.ExpiresAt.Equal(w.Now().Add(people.SessionLifetime)) {
			t.Errorf("the session is %+v, its viewer %+v", s, v)
		}
	})
}

// An account has the language that is asked for, else the first that the request accepts, else French.
func TestSignUpLanguage(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for i, c := range []struct {
			name    string
			asked   *string
			request []language.Tag
			want    string
		}{
			{"asked", scene.Ptr("PT-br"), []language.Tag{language.English}, "pt-BR"},
			{"the request's", nil, []language.Tag{language.English, language.French}, "en"},
			{"unknown", nil, []language.Tag{language.Und}, "fr"},
			{"any", nil, []language.Tag{language.MustParse("mul")}, "fr"}, // Accept-Language: *
			{"none", nil, nil, "fr"},
		} {
			in := scene.NewAccount()
			in.Email, in.Nickname = fmt.Sprintf("%d@example.org", i), fmt.Sprintf("person%d", i)
			in.Language = c.asked

			s := testsite.Got(w.SignUp(auth.WithLanguages(t.Context(), c.request), in))(t)
			if got := accountOf(t, w, s).Language; got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
	})
}

// Signing up is refused when something given is malformed, or taken by somebody else in any spelling.
func TestSignUpRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, scene.Only(w.SignUp(t.Context(), scene.NewAccount())))

		type in = *people.SignUpInput
		signUp := func(change func(in)) func(context.Context) error {
			in := people.SignUpInput{
				Email: "other@example.org", Name: "Other", Nickname: "other", Password: scene.Password,
			}
			change(&in)
			return func(ctx context.Context) error { return scene.Only(w.SignUp(ctx, in)) }
		}

		bad, taken := refusal.BadUserInput, refusal.Conflict
		cases := []scene.RefusedCase{
			scene.Case("e-mail taken, in other letters", nil, taken, "email",
				signUp(func(in in) { in.Email = "JEANNE.dupont@example.org" })),
			scene.Case("nickname taken, in other letters", nil, taken, "nickname",
				signUp(func(in in) { in.Nickname = "JEANNE_d" })),
			scene.Case("both taken", nil, taken, "email", signUp(func(in in) { *in = scene.NewAccount() })),
			scene.Case("empty name", nil, bad, "name", signUp(func(in in) { in.Name = "\u2800\u200b" })),
			scene.Case("long name", nil, bad, "name", signUp(func(in in) { in.Name = strings.Repeat("é", 81) })),
			scene.Case("name that turns around", nil, bad, "name", signUp(func(in in) { in.Name = "a\u202eb" })),
			scene.Case("short nickname", nil, bad, "nickname", signUp(func(in in) { in.Nickname = "ab" })),
			scene.Case("long nickname", nil, bad, "nickname",
				signUp(func(in in) { in.Nickname = strings.Repeat("a", 21) })),
			scene.Case("nickname with accents", nil, bad, "nickname", signUp(func(in in) { in.Nickname = "élodie" })),
			scene.Case("nickname with a line break", nil, bad, "nickname",
				signUp(func(in in) { in.Nickname = "jean\n" })),
			scene.Case("short password", nil, bad, "password",
				signUp(func(in in) { in.Password = strings.Repeat("é", 9) })),
			scene.Case("long password", nil, bad, "password",
				signUp(func(in in) { in.Password = strings.Repeat("é", 201) })),
			scene.Case("not a language", nil, bad, "language", signUp(func(in in) { in.Language = scene.Ptr("?") })),
		}

		for _, email := range []string{
			"", "a", "a@", "@b", "a b@example.org", "<a@example.org>", "Jean <a@example.org>", "a@example.org ",
			"a@example.org\r\nBcc: b", "\"a b\"@example.org", "a\x00@example.org", strings.Repeat("a", 250) + "@b.fr",
		} {
			cases = append(cases, scene.Case("e-mail "+email, nil, bad, "email",
				signUp(func(in in) { in.Email = email })))
		}

		w.Refusals(t, cases)
	})
}

// Signing in opens one more session of the same person, in whatever letters they write their address.
func TestSignIn(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		first := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		w.Clock.Advance(time.Hour)

		var second *people.Session
		w.Silent(t, func() (err error) {
			second, err = w.SignIn(t.Context(),
				people.SignInInput{Email: "JEANNE.DUPONT@example.org", Password: scene.Password})
			return err
		})

		if second.Viewer.UserID != first.Viewer.UserID || second.Token == first.Token ||
			second.Viewer.SessionID == first.Viewer.SessionID {
			t.Error("signing in is no second session of the same person")
		}
		if !second.ExpiresAt.Equal(w.Now().Add(people.SessionLifetime)) {
			t.Errorf("it ends %s", second.ExpiresAt)
		}
	})
}

// hashed counts the passwords that do hashes. Nothing else may use the world meanwhile.
func hashed(w *scene.World, do func()) int64 {
	before := w.Passwords.Derived()
	do()
	return w.Passwords.Derived() - before
}

// Whatever is wrong with what somebody signs in with, the answer and the work are the same, so that neither reveals
// which accounts exist.
func TestWrongCredentials(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		known := "jeanne.dupont@example.org"
		try := func(email, password string) func() error {
			return func() error {
				return scene.Only(w.SignIn(t.Context(), people.SignInInput{Email: email, Password: password}))
			}
		}

		cases := []struct {
			name string
			do   func() error
		}{
			{"wrong password", try(known, "correct horse")},
			{"empty password", try(known, "")},
			{"password too long to be one", try(known, strings.Repeat("x", 100_000))},
			{"unknown e-mail", try("nobody@example.org", scene.Password)},
			{"unknown e-mail, empty password", try("nobody@example.org", "")},
			{"account without a password", try("alice@example.org", "")},
			{"not an e-mail", try("'; --", scene.Password)},
		}

		var first *refusal.Error
		for _, c := range cases {
			var r *refusal.Error
			if n := hashed(w, func() { r = w.Refused(t, refusal.WrongCredentials, "", c.do) }); n != 1 {
				t.Errorf("%s: hashed %d passwords, want 1", c.name, n)
			}

			if first == nil {
				first = r
			}
			if r.Error() != first.Error() || len(r.Details) > 0 {
				t.Errorf("%s: %s (%v), while %s: %s", c.name, r, r.Details, cases[0].name, first)
			}
		}

		testsite.Must(t, w.Write.User.UpdateOneID(s.Viewer.UserID).SetErasedAt(w.Now()).Exec(t.Context()))
		w.Refused(t, refusal.WrongCredentials, "", try(known, scene.Password))
		if _, err := w.Viewer(t.Context(), s.Token); refusal.CodeOf(err) != refusal.Unauthenticated {
			t.Errorf("the session of an erased account: %v", err)
		}
	})
}

// The command line makes an account a site administrator by its address, and the person is told.
func TestGrantSiteAdmin(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		w.Refused(t, refusal.NotFound, "email", func() error {
			return w.SetSiteAdmin(t.Context(), "nobody@example.org", true, "Élu.")
		})

		id := s.Viewer.UserID
		w.Announces(t, func() error { return w.SetSiteAdmin(t.Context(), "Jeanne.Dupont@example.org", true, "Élu.") },
			scene.FactOf(id, live.Notified, "", "", nil),
			scene.FactOf(live.ViewerTopic(id), live.ViewerChanged, id, "", nil))

		if v := testsite.Got(w.Viewer(t.Context(), s.Token))(t); !v.SiteAdmin {
			t.Error("they are none")
		}
		all := testsite.Got(w.Read.User.Query().Where(user.SiteAdmin(true)).Count(t.Context()))(t)
		if all != 2 { // the world's and this one
			t.Errorf("there are %d", all)
		}
	})
}
