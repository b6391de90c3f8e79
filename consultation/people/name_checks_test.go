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
