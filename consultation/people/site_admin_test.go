package people_test

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
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// siteIn is what both moves of a site administrator take.
type siteIn = people.SiteAdminInput

// Site administrators make others so and take it away again, with a reason, in a session of their own. One is always
// left.
func TestSiteAdmins(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		of := func(nickname string) siteIn { return siteIn{Nickname: &nickname, Reason: "Nouvelle équipe."} }

		for name, move := range map[string]func(context.Context, siteIn) error{
			"grant": func(ctx context.Context, in siteIn) error {
				return scene.Only(w.GrantSiteAdmin(ctx, people.GrantSiteAdminInput(in)))
			},
			"revoke": func(ctx context.Context, in siteIn) error {
				return scene.Only(w.RevokeSiteAdmin(ctx, people.RevokeSiteAdminInput(in)))
			},
		} {

			try := func(in siteIn) func(context.Context) error {
				return func(ctx context.Context) error { return move(ctx, in) }
			}
			w.Refusals(t, []scene.RefusedCase{
				scene.Case(name+" to nobody", w.Admin, refusal.BadUserInput, "user", try(siteIn{Reason: "x"})),
				scene.Case(name+" without a reason", w.Admin, refusal.BadUserInput, "reason",
					try(siteIn{User: &w.Bob.ID})),
				scene.Case(name+" to whom nobody knows", w.Admin, refusal.NotFound, "nickname", try(of("x"))),
			})

			v := scene.ViewerIn(scene.As(t, w.Admin))
			v.Scopes = []string{
				permission.ScopeRead, permission.ScopeParticipate, permission.ScopeModerate, permission.ScopeAdmin,
			}
			w.Refused(t, refusal.Forbidden, "", func() error { // no token is for this
				return move(auth.WithViewer(t.Context(), v), of("bob"))
			})
		}

		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.RevokeSiteAdmin(scene.As(t, w.Admin), people.RevokeSiteAdminInput(of("admin"))))
		})

		w.Announces(t, func() error {
			return scene.Only(w.GrantSiteAdmin(scene.As(t, w.Admin), people.GrantSiteAdminInput(of("bob"))))
		}, scene.IsTold(w.Bob), scene.LooksAgain(w.Bob))

		w.Idle(t, func() error {
			return scene.Only(w.GrantSiteAdmin(scene.As(t, w.Admin), people.GrantSiteAdminInput(of("bob"))))
		})

		w.Announces(t, func() error {
			return scene.Only(w.RevokeSiteAdmin(scene.As(t, w.Bob), people.RevokeSiteAdminInput(of("admin"))))
		}, scene.IsTold(w.Admin), scene.LooksAgain(w.Admin))
		w.Idle(t, func() error {
			return scene.Only(w.RevokeSiteAdmin(scene.As(t, w.Bob), people.RevokeSiteAdminInput(of("admin"))))
		})

		if all := testsite.Got(w.SiteAdmins(t.Context()))(t); len(all) != 1 || all[0].ID != w.Bob.ID {
			t.Errorf("they are %v", all)
		}
	})
}

// The command line acts for the site itself: what it does has no actor in the audit, and it leaves one administrator,
// too.
func TestSiteAdminsByCommand(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Refused(t, refusal.Conflict, "", func() error {
			return w.SetSiteAdmin(t.Context(), "admin@example.org", false, "Élu.")
		})
		w.Refused(t, refusal.NotFound, "email", func() error {
			return w.SetSiteAdmin(t.Context(), "nobody@example.org", false, "Élu.")
		})
		for _, reason := range []string{"", " \n", strings.Repeat("é", 2001), "\x00"} {
			w.Refused(t, refusal.BadUserInput, "reason", func() error {
				return w.SetSiteAdmin(t.Context(), "bob@example.org", true, reason)
			})
		}

		testsite.Must(t, w.SetSiteAdmin(t.Context(), "Bob@example.org", true, "Élu."))
		w.Idle(t, func() error { return w.SetSiteAdmin(t.Context(), "bob@example.org", true, "Élu.") })
		testsite.Must(t, w.SetSiteAdmin(t.Context(), "admin@example.org", false, "Élu."))

		for act, subject := range map[string]string{"grantSiteAdmin": w.Bob.ID, "revokeSiteAdmin": w.Admin.ID} {
			e := testsite.Got(w.Read.AuditEntry.Query().Where(auditentry.Act(act)).Only(t.Context()))(t)
			if e.ActorID != nil || e.SubjectID != subject || e.Reason != "Élu." {
				t.Errorf("%s is written down as %+v", act, e)
			}
		}
	})
}

// When two administrators revoke each other at once, one is left.
func TestTheLastSiteAdmin(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, w.SetSiteAdmin(t.Context(), "bob@example.org", true, "Élu."))
		contexts, others := []context.Context{scene.As(t, w.Admin), scene.As(t, w.Bob)}, []string{w.Bob.ID, w.Admin.ID}

		scene.OneWins(t, scene.AtOnce(t, 2, func(i int) error {
			return scene.Only(w.RevokeSiteAdmin(contexts[i],
				people.RevokeSiteAdminInput{User: &others[i], Reason: "x"}))
		}), refusal.Conflict)

		if n := testsite.Got(w.Read.User.Query().Where(user.SiteAdmin(true)).Count(t.Context()))(t); n != 1 {
			t.Errorf("%d are left", n)
		}
	})
}
