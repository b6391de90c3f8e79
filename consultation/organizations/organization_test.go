package organizations_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ensemble/consultation/organizations"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// founded creates an organization that p owns.
func founded(t testing.TB, w *scene.World, p *testsite.Person, name string) *ent.Organization {
	t.Helper()
	return testsite.Got(w.CreateOrganization(scene.As(t, p), organizations.CreateOrganizationInput{
		Name: name, Kind: organization.KindASSOCIATION,
	}))(t)
}

// Who creates an organization owns it, and signs for it once it is verified. No two have the same name, in whatever
// spelling; names that are alike are only reported.
func TestCreateOrganization(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		var g *ent.Organization
		w.Announces(t, func() (err error) {
			g, err = w.CreateOrganization(scene.As(t, w.Alice), organizations.CreateOrganizationInput{
				Name: "  L’Atelier  numérique ", Kind: organization.KindASSOCIATION,
			})
			return err
		}, scene.LooksAgain(w.Alice))

		if g.Name != "L’Atelier  numérique" && g.Name != "L’Atelier numérique" ||
			g.SearchName != "l atelier numerique" || g.VerifiedAt != nil {
			t.Errorf("it is %+v", g)
		}

		m := testsite.Got(w.Read.Membership.Query().Where(membership.OrganizationID(g.ID)).Only(t.Context()))(t)
		if m.UserID != w.Alice.ID || m.Role != membership.RoleOWNER {
			t.Errorf("its member is %+v", m)
		}

		if testsite.Got(w.Viewer(t.Context(), w.Alice.Token))(t).Signs(g.ID) {
			t.Error("nobody verified it, and its owner signs for it")
		}

		create := func(name string, territory *string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.CreateOrganization(ctx, organizations.CreateOrganizationInput{
					Name: name, Kind: organization.KindHUB, Territory: territory,
				}))
			}
		}
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("empty", w.Bob, refusal.BadUserInput, "name", create(" ", nil)),
			scene.Case("without a letter", w.Bob, refusal.BadUserInput, "name", create("— ! —", nil)),
			scene.Case("long", w.Bob, refusal.BadUserInput, "name", create(strings.Repeat("é", 151), nil)),
			scene.Case("turned around", w.Bob, refusal.BadUserInput, "name", create("a\u202eb", nil)),
			scene.Case("nowhere", w.Bob, refusal.NotFound, "territory", create("Autre", scene.Ptr("territory_x"))),
		})

		for _, same := range []string{"L'atelier numerique", "l atelier NUMÉRIQUE !"} {
			refused := w.Refused(t, refusal.Conflict, "name",
				func() error { return create(same, nil)(scene.As(t, w.Bob)) })
			if refused.Details["current"] != (refusal.Current{ID: g.ID}) {
				t.Errorf("the other one is %v", refused.Details)
			}
		}

		near := founded(t, w, w.Bob, "L’atelier numérique de Nîmes")
		if alike := testsite.Got(w.Alike(t.Context(), near))(t); len(alike) != 1 || alike[0].ID != g.ID {
			t.Errorf("alike are %v", alike)
		}
		if alike := testsite.Got(w.Alike(t.Context(), g))(t); len(alike) != 1 {
			t.Errorf("alike are %v", alike)
		}
		far := founded(t, w, w.Bob, "Le fil 100% commun")
		if alike := testsite.Got(w.Alike(t.Context(), far))(t); len(alike) != 0 {
			t.Errorf("alike are %v", alike)
		}
	})
}

// A person owns five unverified organizations at most, so that nobody takes more names than they can use.
func TestUnverifiedOrganizationsAreFew(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		var first *ent.Organization
		for i := range 5 {
			g := founded(t, w, w.Alice, fmt.Sprintf("Association %d", i))
			if i == 0 {
				first = g
			}
		}

		again := func() error {
			return scene.Only(w.CreateOrganization(scene.As(t, w.Alice), organizations.CreateOrganizationInput{
				Name: "Une de plus", Kind: organization.KindOTHER,
			}))
		}
		w.Refused(t, refusal.Conflict, "", again)

		testsite.Must(t, scene.Only(w.VerifyOrganization(scene.As(t, w.Admin), organizations.VerifyOrganizationInput{
			Organization: first.ID, Reason: "Statuts vus.",
		})))
		testsite.Must(t, again())
	})
}

// Of many people who create an organization of the same name at once, one succeeds.
func TestOneNameFromManyTries(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		people := w.Crowd(t, 8)
		contexts := make([]context.Context, len(people))
		for i, p := range people {
			contexts[i] = scene.As(t, p)
		}

		scene.OneWins(t, scene.AtOnce(t, len(people), func(i int) error {
			return scene.Only(w.CreateOrganization(contexts[i], organizations.CreateOrganizationInput{
				Name: "La même", Kind: organization.KindOTHER,
			}))
		}), refusal.Conflict)
	})
}

// Site administrators verify an organization and take that back, with a reason. Then its owners and signatories may
// sign for it, or not any more, and its owners get a mail.
func TestVerifyOrganization(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Mailing(t)
		g := founded(t, w, w.Alice, "Nouvelle") // of three members, the first two may sign when it is verified
		w.Member(t, g, w.Bob, membership.RoleSIGNATORY)
		w.Member(t, g, w.Signatory, membership.RoleMEMBER)

		verify := func(verified bool, why string) func(context.Context) error {
			in := organizations.VerifyOrganizationInput{Organization: g.ID, Reason: why}
			return func(ctx context.Context) error {
				if verified {
					return scene.Only(w.VerifyOrganization(ctx, in))
				}
				return scene.Only(w.UnverifyOrganization(ctx, organizations.UnverifyOrganizationInput(in)))
			}
		}

		signs := func(p *testsite.Person) bool { return testsite.Got(w.Viewer(t.Context(), p.Token))(t).Signs(g.ID) }

		for _, verified := range []bool{true, false} {
			w.Refusals(t, []scene.RefusedCase{
				scene.Case("without a reason", w.Admin, refusal.BadUserInput, "reason", verify(verified, " ")),
			})
		}
		w.Refused(t, refusal.NotFound, "organization", func() error {
			return scene.Only(w.VerifyOrganization(scene.As(t, w.Admin), organizations.VerifyOrganizationInput{
				Organization: "x", Reason: "x",
			}))
		})

		announcesAnyOrder(t, w, func() error {
			return verify(true, "Statuts vus.")(scene.As(t, w.Admin))
		}, scene.LooksAgain(w.Alice), scene.LooksAgain(w.Bob))
		if !signs(w.Alice) || !signs(w.Bob) || signs(w.Signatory) {
			t.Error("owners and signatories sign, members do not")
		}
		w.Idle(t, func() error { return verify(true, "Encore.")(scene.As(t, w.Admin)) })

		announcesAnyOrder(t, w, func() error {
			return verify(false, "Dissoute.")(scene.As(t, w.Admin))
		}, scene.LooksAgain(w.Alice), scene.LooksAgain(w.Bob))
		if signs(w.Alice) || signs(w.Bob) {
			t.Error("they sign for what is not verified any more")
		}
		w.Idle(t, func() error { return verify(false, "Encore.")(scene.As(t, w.Admin)) })

		var subjects []string
		for _, m := range testsite.Got(w.Read.Mail.Query().All(t.Context()))(t) {
			if m.Address != "alice@example.org" {
				t.Errorf("%s is told, and owns nothing", m.Address)
			}
			subjects = append(subjects, m.Subject)
		}
		if len(subjects) != 2 {
			t.Errorf("mails: %v", subjects)
		}
	})
}

// announcesAnyOrder does as Announces, for events whose order depends on ids that differ from run to run.
func announcesAnyOrder(t testing.TB, w *scene.World, do func() error, want ...scene.Fact) {
	t.Helper()
	slices.SortFunc(want, func(a, b scene.Fact) int { return strings.Compare(a.Topic, b.Topic) })
	w.Announces(t, do, want...)
}

// An organization that changes what it says of itself is no longer verified, unless only the spelling of its name
// changes.
func TestUpdateOrganization(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.Organization // verified; Signatory signs for it
		w.Member(t, g, w.Alice, membership.RoleOWNER)

		place := testsite.Got(w.Read.Territory.Query().FirstID(t.Context()))(t)

		type in = organizations.UpdateOrganizationInput
		update := func(in in) func(context.Context) error {
			in.Organization = g.ID
			return func(ctx context.Context) error { return scene.Only(w.UpdateOrganization(ctx, in)) }
		}

		founded(t, w, w.Bob, "Prise")
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("a name that is taken", w.Alice, refusal.Conflict, "name", update(in{Name: scene.Ptr("PRISE")})),
			scene.Case("no name", w.Alice, refusal.BadUserInput, "name", update(in{Name: scene.Ptr("…")})),
			scene.Case("no place", w.Alice, refusal.NotFound, "territory", update(in{Territory: scene.Ptr("x")})),
		})

		w.Idle(t, func() error { return update(in{})(scene.As(t, w.Alice)) })
		w.Silent(t, func() error { return update(in{Name: scene.Ptr("HUB du Sud")})(scene.As(t, w.Alice)) })

		now := testsite.Got(w.Read.Organization.Get(t.Context(), g.ID))(t)
		if now.Name != "HUB du Sud" || now.VerifiedAt == nil {
			t.Errorf("another spelling makes it %+v", now)
		}

		for name, change := range map[string]in{
			"name":      {Name: scene.Ptr("Hub du Nord")},
			"kind":      {Kind: scene.Ptr(organization.KindSTATE)},
			"territory": {Territory: &place},
			"nowhere":   {Nowhere: true},
		} {

			if change.Nowhere {
				testsite.Must(t, w.Write.Organization.UpdateOneID(g.ID).SetTerritoryID(place).Exec(t.Context()))
			}
			if change.Territory != nil {
				testsite.Must(t, w.Write.Organization.UpdateOneID(g.ID).ClearTerritoryID().Exec(t.Context()))
			}

			testsite.Must(t, w.Write.Organization.UpdateOneID(g.ID).SetVerifiedAt(w.Now()).Exec(t.Context()))
			announcesAnyOrder(t, w, func() error {
				return update(change)(scene.As(t, w.Alice))
			}, scene.LooksAgain(w.Alice), scene.LooksAgain(w.Signatory))
			if testsite.Got(w.Viewer(t.Context(), w.Signatory.Token))(t).Signs(g.ID) {
				t.Errorf("%s: they sign for what nobody has verified", name)
			}
		}
	})
}

// Only the owners of an organization may see which signatory signed in its name.
func TestSignatoriesAreForOwners(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.Organization
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		w.Member(t, g, w.Bob, membership.RoleMEMBER)

		for name, c := range map[string]struct {
			p   *testsite.Person
			may bool
		}{
			"owner":              {w.Alice, true},
			"member":             {w.Bob, false},
			"signatory":          {w.Signatory, false},
			"site administrator": {w.Admin, false},
			"moderator":          {w.Moderator, false},
			"steering body":      {w.Steering, false},
			"nobody":             {nil, false},
		} {
			v := scene.ViewerIn(scene.As(t, c.p))
			if may := testsite.Got(w.MayReadSignatories(t.Context(), v, []string{g.ID}))(t); may[g.ID] != c.may {
				t.Errorf("%s: %v", name, may)
			}
		}

		v := scene.ViewerIn(scene.As(t, w.Alice))
		v.Scopes = []string{permission.ScopeParticipate}
		if may := testsite.Got(w.MayReadSignatories(t.Context(), v, []string{g.ID}))(t); may[g.ID] {
			t.Error("a token that is not for reading reads it")
		}
	})
}
