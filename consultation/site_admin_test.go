package consultation_test

import (
	"context"
	"strings"
	"testing"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent/auditentry"
	"ensemble/ent/user"
)

type siteIn = people.SiteAdminInput

func TestSiteAdmins(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		of := func(nickname string) siteIn { return siteIn{Nickname: &nickname, Reason: "Nouvelle équipe."} }
		for name, move := range map[string]func(context.Context, siteIn) error{
			"grant": func(ctx context.Context, in siteIn) error {
				return only(w.GrantSiteAdmin(ctx, people.GrantSiteAdminInput(in)))
			},
			"revoke": func(ctx context.Context, in siteIn) error {
				return only(w.RevokeSiteAdmin(ctx, people.RevokeSiteAdminInput(in)))
			},
		} {
			try := func(in siteIn) func(context.Context) error {
				return func(ctx context.Context) error { return move(ctx, in) }
			}
			w.refusals(t, []refusedCase{
				{name + " to nobody", w.Admin, refusal.BadUserInput, "user", try(siteIn{Reason: "x"})},
				{name + " without a reason", w.Admin, refusal.BadUserInput, "reason", try(siteIn{User: &w.Bob.ID})},
				{name + " to whom nobody knows", w.Admin, refusal.NotFound, "nickname", try(of("x"))},
			})
			v := viewerIn(as(t, w.Admin))
			v.Scopes = []string{permission.ScopeRead, permission.ScopeParticipate, permission.ScopeModerate, permission.ScopeAdmin}
			w.refused(t, refusal.Forbidden, "", func() error { return move(auth.WithViewer(t.Context(), v), of("bob")) }) // no token is for this
		}
		w.refused(t, refusal.Conflict, "", func() error { return only(w.RevokeSiteAdmin(as(t, w.Admin), people.RevokeSiteAdminInput(of("admin")))) })
		w.announces(t, func() error { return only(w.GrantSiteAdmin(as(t, w.Admin), people.GrantSiteAdminInput(of("bob")))) }, isTold(w.Bob), toldAgain(w.Bob))
		w.idle(t, func() error { return only(w.GrantSiteAdmin(as(t, w.Admin), people.GrantSiteAdminInput(of("bob")))) })
		w.announces(t, func() error { return only(w.RevokeSiteAdmin(as(t, w.Bob), people.RevokeSiteAdminInput(of("admin")))) }, isTold(w.Admin), toldAgain(w.Admin))
		w.idle(t, func() error { return only(w.RevokeSiteAdmin(as(t, w.Bob), people.RevokeSiteAdminInput(of("admin")))) })
		if all := got(w.SiteAdmins(t.Context()))(t); len(all) != 1 || all[0].ID != w.Bob.ID {
			t.Errorf("they are %v", all)
		}
	})
}

// The command line is the site itself: it leaves rows without an actor, and does not lock everybody out either.
func TestSiteAdminsByCommand(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.refused(t, refusal.Conflict, "", func() error { return w.SetSiteAdmin(t.Context(), "admin@example.org", false, "Élu.") })
		w.refused(t, refusal.NotFound, "email", func() error { return w.SetSiteAdmin(t.Context(), "nobody@example.org", false, "Élu.") })
		for _, reason := range []string{"", " \n", strings.Repeat("é", 2001), "\x00"} {
			w.refused(t, refusal.BadUserInput, "reason", func() error { return w.SetSiteAdmin(t.Context(), "bob@example.org", true, reason) })
		}
		must(t, w.SetSiteAdmin(t.Context(), "Bob@example.org", true, "Élu."))
		w.idle(t, func() error { return w.SetSiteAdmin(t.Context(), "bob@example.org", true, "Élu.") })
		must(t, w.SetSiteAdmin(t.Context(), "admin@example.org", false, "Élu."))
		for act, subject := range map[string]string{"grantSiteAdmin": w.Bob.ID, "revokeSiteAdmin": w.Admin.ID} {
			e := got(w.Read.AuditEntry.Query().Where(auditentry.Act(act)).Only(t.Context()))(t)
			if e.ActorID != nil || e.SubjectID != subject || e.Reason != "Élu." {
				t.Errorf("%s is written down as %+v", act, e)
			}
		}
	})
}

// Two who take it from each other at once: one is left.
func TestTheLastSiteAdmin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		must(t, w.SetSiteAdmin(t.Context(), "bob@example.org", true, "Élu."))
		contexts, others := []context.Context{as(t, w.Admin), as(t, w.Bob)}, []string{w.Bob.ID, w.Admin.ID}
		oneWins(t, atOnce(t, 2, func(i int) error {
			return only(w.RevokeSiteAdmin(contexts[i], people.RevokeSiteAdminInput{User: &others[i], Reason: "x"}))
		}), refusal.Conflict)
		if n := got(w.Read.User.Query().Where(user.SiteAdmin(true)).Count(t.Context()))(t); n != 1 {
			t.Errorf("%d are left", n)
		}
	})
}
