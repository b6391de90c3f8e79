package people_test

import (
	"context"
	"testing"

	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// Nobody may have a name that speaks for the site, or that looks like another one in letters of another script.
func TestNames(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		ctx := signedIn(t, w, s)
		change := func(in people.UpdateAccountInput) error { return scene.Only(w.UpdateAccount(ctx, in)) }

		for _, nickname := range []string{
			"admin", "ADMIN", "adm1n", "a-d-m-i-n", "_admin_", "moderateur", "m0derator", "Ensemble", "ensernble",
			"root", "support", "site-admin-é", "\u0430dmin", "jean dupont", "jean\u200bne", "xx", "everyone",
		} {
			w.Refused(t, refusal.BadUserInput, "nickname", func() error {
				return change(people.UpdateAccountInput{Nickname: &nickname})
			})
		}

		for _, name := range []string{
			"Admin", "Modérateur", "Équipe", "Compte supprimé", "Deleted account",
			"\u0410lice", "Al\u0456ce", "Jean\u202eenaej", "\u200b", "Jean\x00ne", "Anonyme",
		} {
			w.Refused(t, refusal.BadUserInput, "name",
				func() error { return change(people.UpdateAccountInput{Name: &name}) })
		}

		for given, want := range map[string]string{
			"Adminah Dupont":     "Adminah Dupont",
			"Иван Петров":        "Иван Петров",
			"  Zoe\u0308\u200b ": "Zoë",
			"L’équipe de Nîmes":  "L’équipe de Nîmes",
		} {
			testsite.Must(t, change(people.UpdateAccountInput{Name: &given}))
			if u := accountOf(t, w, s); u.Name != want {
				t.Errorf("%q is kept as %q", given, u.Name)
			}
		}
	})
}

// A nickname that looks like one in use is taken, also at sign-up and when both are taken at once. People may change the
// look of their own, and those who bore look-alikes before keep them.
func TestLookalikesInUse(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Keeping.Nicknames = 0
		testsite.Must(t, calls(t, w, w.Alice, "yann-lg")())
		for _, nickname := range []string{"yann_lg", "yannlg", "yann1g", "y-a-n-n-lg", "YANN_LG", "yan-nig"} {
			w.Refused(t, refusal.Conflict, "nickname", calls(t, w, w.Bob, nickname))
			in := scene.NewAccount()
			in.Nickname = nickname
			w.Refused(t, refusal.Conflict, "nickname", func() error { return scene.Only(w.SignUp(t.Context(), in)) })
		}
		for _, nickname := range []string{"yann", "yann-lg2", "yann-leg"} {
			testsite.Must(t, calls(t, w, w.Bob, nickname)())
		}
		testsite.Must(t, calls(t, w, w.Alice, "yann_lg")())

		testsite.Must(t, w.Write.User.UpdateOneID(w.Bob.ID).SetNickname("yann-lg").ClearNicknameLook().Exec(t.Context()))
		testsite.Must(t, scene.Only(w.UpdateAccount(scene.As(t, w.Bob),
			people.UpdateAccountInput{Nickname: scene.Ptr("yann-lg"), Name: scene.Ptr("Bob L")})))
		testsite.Must(t, calls(t, w, w.Bob, "bob")())
		w.Refused(t, refusal.Conflict, "nickname", calls(t, w, w.Bob, "yann-lg"))
	})
}

// Of several who take nicknames that look alike at once, one gets hers.
func TestLookalikesAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		wishes := map[*testsite.Person]string{w.Alice: "zo-e", w.Bob: "zoe", w.Signatory: "z0e"}
		done := make(chan error, len(wishes))
		for p, nickname := range wishes {
			change := calls(t, w, p, nickname)
			go func() { done <- change() }()
		}
		got := 0
		for range wishes {
			if err := <-done; err == nil {
				got++
			} else if refusal.CodeOf(err) != refusal.Conflict {
				t.Error(err)
			}
		}
		if got != 1 {
			t.Errorf("%d got the nickname", got)
		}
	})
}

// A name of signs alone is told what it lacks.
func TestNamesOfSigns(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for _, name := range []string{"😀", "🅰🅳🅼🅸🅽", "—", "…", "★ ★", "!?"} {
			err := w.Refused(t, refusal.BadUserInput, "name", func() error {
				return scene.Only(w.UpdateAccount(scene.As(t, w.Alice), people.UpdateAccountInput{Name: &name}))
			})
			if err.Message != "Use letters or digits: signs alone are no name." {
				t.Errorf("%s: %s", name, err.Message)
			}
		}
		empty := w.Refused(t, refusal.BadUserInput, "name", func() error {
			return scene.Only(w.UpdateAccount(scene.As(t, w.Alice), people.UpdateAccountInput{Name: scene.Ptr(" ")}))
		})
		if empty.Message != "This must not be empty." {
			t.Error(empty.Message)
		}
	})
}

// People change the name, the nickname and the language of their own account. To change nothing is no mistake.
func TestUpdateAccount(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		s := testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t)
		w.Idle(t, func() error {
			return scene.Only(w.UpdateAccount(signedIn(t, w, s), people.UpdateAccountInput{}))
		})

		v := testsite.Got(w.UpdateAccount(signedIn(t, w, s), people.UpdateAccountInput{
			Name: scene.Ptr("Jeanne"), Nickname: scene.Ptr("Jeanne"), Language: scene.Ptr("EN"),
		}))(t)

		u := accountOf(t, w, s)
		if v.Language != "en" || u.Language != "en" || u.Name != "Jeanne" || *u.Nickname != "jeanne" {
			t.Errorf("%+v, %+v", v, u)
		}

		update := func(in people.UpdateAccountInput) func(context.Context) error {
			return func(ctx context.Context) error { return scene.Only(w.UpdateAccount(ctx, in)) }
		}
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody", nil, refusal.Unauthenticated, "",
				update(people.UpdateAccountInput{Name: scene.Ptr("X")})),
			scene.Case("nickname taken", w.Alice, refusal.Conflict, "nickname",
				update(people.UpdateAccountInput{Nickname: scene.Ptr("Jeanne")})),
			scene.Case("not a language", w.Alice, refusal.BadUserInput, "language",
				update(people.UpdateAccountInput{Language: scene.Ptr("?")})),
		})
	})
}
