package consultation_test

import (
	"context"
	"testing"

	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
)

// Nobody is called as if they spoke for the site, or like somebody else in letters of another script.
func TestNames(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		ctx := w.in(t, s)
		change := func(in people.UpdateAccountInput) error { return only(w.UpdateAccount(ctx, in)) }
		for _, nickname := range []string{
			"admin", "ADMIN", "adm1n", "a-d-m-i-n", "_admin_", "moderateur", "m0derator", "Ensemble", "ensernble", "root", "support", "site-admin-é", "\u0430dmin",
			"jean dupont", "jean\u200bne", "xx", "everyone",
		} {
			w.refused(t, refusal.BadUserInput, "nickname", func() error { return change(people.UpdateAccountInput{Nickname: &nickname}) })
		}
		for _, name := range []string{
			"Admin", "Modérateur", "Équipe", "Compte supprimé", "Deleted account", "\u0410lice", "Al\u0456ce", "Jean\u202eenaej", "\u200b", "Jean\x00ne", "Anonyme",
		} {
			w.refused(t, refusal.BadUserInput, "name", func() error { return change(people.UpdateAccountInput{Name: &name}) })
		}
		for given, want := range map[string]string{
			"Adminah Dupont": "Adminah Dupont", "Иван Петров": "Иван Петров", "  Zoe\u0308\u200b ": "Zoë", "L’équipe de Nîmes": "L’équipe de Nîmes",
		} {
			must(t, change(people.UpdateAccountInput{Name: &given}))
			if u := w.account(t, s); u.Name != want {
				t.Errorf("%q is kept as %q", given, u.Name)
			}
		}
	})
}

func TestUpdateAccount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := got(w.SignUp(t.Context(), newAccount()))(t)
		w.idle(t, func() error { return only(w.UpdateAccount(w.in(t, s), people.UpdateAccountInput{})) })
		v := got(w.UpdateAccount(w.in(t, s), people.UpdateAccountInput{Name: ptr("Jeanne"), Nickname: ptr("Jeanne"), Language: ptr("EN")}))(t)
		if u := w.account(t, s); v.Language != "en" || u.Language != "en" || u.Name != "Jeanne" || *u.Nickname != "jeanne" {
			t.Errorf("%+v, %+v", v, u)
		}
		update := func(in people.UpdateAccountInput) func(context.Context) error {
			return func(ctx context.Context) error { return only(w.UpdateAccount(ctx, in)) }
		}
		w.refusals(t, []refusedCase{
			{"nobody", nil, refusal.Unauthenticated, "", update(people.UpdateAccountInput{Name: ptr("X")})},
			{"nickname taken", w.Alice, refusal.Conflict, "nickname", update(people.UpdateAccountInput{Nickname: ptr("Jeanne")})},
			{"not a language", w.Alice, refusal.BadUserInput, "language", update(people.UpdateAccountInput{Language: ptr("?")})},
		})
	})
}
