package consultation_test

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
	"ensemble/live"
)

const password = "correct horse battery"

func newAccount() people.SignUpInput {
	return people.SignUpInput{Email: "Jeanne.Dupont@Example.ORG", Name: " Jeanne\tDupont ", Nickname: "Jeanne_D", Password: password}
}

func (w *world) account(t testing.TB, s *people.Session) *ent.User {
	t.Helper()
	return got(w.Read.User.Get(t.Context(), s.Viewer.UserID))(t)
}

func TestSignUpNormalises(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var s *people.Session
		w.silent(t, func() (err error) {
			s, err = w.SignUp(t.Context(), newAccount())
			return err
		})
		u := w.account(t, s)
		if *u.Email != "jeanne.dupont@example.org" || u.Name != "Jeanne Dupont" || *u.Nickname != "jeanne_d" || u.Language != "fr" ||
			u.SiteAdmin || !u.CreatedAt.Equal(w.Now()) {
			t.Errorf("the account is %+v", u)
		}
		if !strings.HasPrefix(u.PasswordHash, "$argon2id$") || strings.Contains(u.PasswordHash, password) {
			t.Errorf("the password is kept as %s", u.PasswordHash)
		}
		if v := got(w.Viewer(t.Context(), s.Token))(t); v.UserID != u.ID || v.SessionID != s.Viewer.SessionID || !s.ExpiresAt.Equal(w.Now().Add(people.SessionLifetime)) {
			t.Errorf("the session is %+v, its viewer %+v", s, v)
		}
	})
}

func TestSignUpLanguage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, c := range []struct {
			name    string
			asked   *string
			request []language.Tag
			want    string
		}{
			{"asked", ptr("PT-br"), []language.Tag{language.English}, "pt-BR"},
			{"the request's", nil, []language.Tag{language.English, language.French}, "en"},
			{"unknown", nil, []language.Tag{language.Und}, "fr"},
			{"any", nil, []language.Tag{language.MustParse("mul")}, "fr"}, // Accept-Language: *
			{"none", nil, nil, "fr"},
		} {
			in := newAccount()
			in.Email, in.Nickname, in.Language = fmt.Sprintf("%d@example.org", i), fmt.Sprintf("person%d", i), c.asked
			s := got(w.SignUp(auth.WithLanguages(t.Context(), c.request), in))(t)
			if got := w.account(t, s).Language; got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
	})
}

func TestSignUpRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		must(t, only(w.SignUp(t.Context(), newAccount())))
		type in = *people.SignUpInput
		signUp := func(change func(in)) func(context.Context) error {
			in := people.SignUpInput{Email: "other@example.org", Name: "Other", Nickname: "other", Password: password}
			change(&in)
			return func(ctx context.Context) error { return only(w.SignUp(ctx, in)) }
		}
		bad, taken := refusal.BadUserInput, refusal.Conflict
		cases := []refusedCase{
			{"e-mail taken, in other letters", nil, taken, "email", signUp(func(in in) { in.Email = "JEANNE.dupont@example.org" })},
			{"nickname taken, in other letters", nil, taken, "nickname", signUp(func(in in) { in.Nickname = "JEANNE_d" })},
			{"both taken", nil, taken, "email", signUp(func(in in) { *in = newAccount() })},
			{"empty name", nil, bad, "name", signUp(func(in in) { in.Name = "\u2800\u200b" })},
			{"long name", nil, bad, "name", signUp(func(in in) { in.Name = strings.Repeat("é", 81) })},
			{"name that turns around", nil, bad, "name", signUp(func(in in) { in.Name = "a\u202eb" })},
			{"short nickname", nil, bad, "nickname", signUp(func(in in) { in.Nickname = "ab" })},
			{"long nickname", nil, bad, "nickname", signUp(func(in in) { in.Nickname = strings.Repeat("a", 21) })},
			{"nickname with accents", nil, bad, "nickname", signUp(func(in in) { in.Nickname = "élodie" })},
			{"nickname with a line break", nil, bad, "nickname", signUp(func(in in) { in.Nickname = "jean\n" })},
			{"short password", nil, bad, "password", signUp(func(in in) { in.Password = strings.Repeat("é", 9) })},
			{"long password", nil, bad, "password", signUp(func(in in) { in.Password = strings.Repeat("é", 201) })},
			{"not a language", nil, bad, "language", signUp(func(in in) { in.Language = ptr("?") })},
		}
		for _, email := range []string{
			"", "a", "a@", "@b", "a b@example.org", "<a@example.org>", "Jean <a@example.org>", "a@example.org ", "a@example.org\r\nBcc: b",
			"\"a b\"@example.org", "a\x00@example.org", strings.Repeat("a", 250) + "@b.fr",
		} {
			cases = append(cases, refusedCase{"e-mail " + email, nil, bad, "email", signUp(func(in in) { in.Email = email })})
		}
		w.refusals(t, cases)
	})
}

func TestSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := got(w.SignUp(t.Context(), newAccount()))(t)
		w.Clock.Advance(time.Hour)
		var second *people.Session
		w.silent(t, func() (err error) {
			second, err = w.SignIn(t.Context(), people.SignInInput{Email: "JEANNE.DUPONT@example.org", Password: password})
			return err
		})
		if second.Viewer.UserID != first.Viewer.UserID || second.Token == first.Token || second.Viewer.SessionID == first.Viewer.SessionID {
			t.Error("signing in is no second session of the same person")
		}
		if !second.ExpiresAt.Equal(w.Now().Add(people.SessionLifetime)) {
			t.Errorf("it ends %s", second.ExpiresAt)
		}
	})
}

// hashed is how many passwords do hashes. Nothing else may use the world meanwhile.
func (w *world) hashed(do func()) int64 {
	before := w.Passwords.Derived()
	do()
	return w.Passwords.Derived() - before
}

// Whatever is wrong, the answer and the work are the same: neither tells which accounts exist.
func TestWrongCredentials(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		known := "jeanne.dupont@example.org"
		try := func(email, password string) func() error {
			return func() error { return only(w.SignIn(t.Context(), people.SignInInput{Email: email, Password: password})) }
		}
		cases := []struct {
			name string
			do   func() error
		}{
			{"wrong password", try(known, "correct horse")},
			{"empty password", try(known, "")},
			{"password too long to be one", try(known, strings.Repeat("x", 100_000))},
			{"unknown e-mail", try("nobody@example.org", password)},
			{"unknown e-mail, empty password", try("nobody@example.org", "")},
			{"account without a password", try("alice@example.org", "")},
			{"not an e-mail", try("'; --", password)},
		}
		var first *refusal.Error
		for _, c := range cases {
			var r *refusal.Error
			if n := w.hashed(func() { r = w.refused(t, refusal.Unauthenticated, "", c.do) }); n != 1 {
				t.Errorf("%s: hashed %d passwords, want 1", c.name, n)
			}
			if first == nil {
				first = r
			}
			if r.Error() != first.Error() || len(r.Details) > 0 {
				t.Errorf("%s: %s (%v), while %s: %s", c.name, r, r.Details, cases[0].name, first)
			}
		}

		must(t, w.Write.User.UpdateOneID(s.Viewer.UserID).SetErasedAt(w.Now()).Exec(t.Context()))
		w.refused(t, refusal.Unauthenticated, "", try(known, password))
		if _, err := w.Viewer(t.Context(), s.Token); refusal.CodeOf(err) != refusal.Unauthenticated {
			t.Errorf("the session of an erased account: %v", err)
		}
	})
}

func TestGrantSiteAdmin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		w.refused(t, refusal.NotFound, "email", func() error { return w.SetSiteAdmin(t.Context(), "nobody@example.org", true, "Élu.") })
		id := s.Viewer.UserID
		w.announces(t, func() error { return w.SetSiteAdmin(t.Context(), "Jeanne.Dupont@example.org", true, "Élu.") },
			fact{id, live.Notified, "", "", nil}, fact{live.ViewerTopic(id), live.ViewerChanged, id, "", nil})
		if v := got(w.Viewer(t.Context(), s.Token))(t); !v.SiteAdmin {
			t.Error("they are none")
		}
		if n := got(w.Read.User.Query().Where(user.SiteAdmin(true)).Count(t.Context()))(t); n != 2 { // the world's and this one
			t.Errorf("there are %d", n)
		}
	})
}
