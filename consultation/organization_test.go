package consultation_test

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
	"ensemble/live"
)

// founded is a new organization that p owns.
func (w *world) founded(t testing.TB, p *testsite.Person, name string) *ent.Organization {
	t.Helper()
	return got(w.CreateOrganization(as(t, p), organizations.CreateOrganizationInput{Name: name, Kind: organization.KindASSOCIATION}))(t)
}

// mailing makes the site one that sends mail, and everybody's address theirs.
func (w *world) mailing(t testing.TB) {
	t.Helper()
	w.Mailer = &mailbox{}
	must(t, w.Write.User.Update().SetEmailConfirmedAt(w.Now()).Exec(t.Context()))
}

// toldAgain is the fact that somebody's open sockets look again.
func isTold(p *testsite.Person) fact { return fact{p.ID, live.Notified, "", "", nil} }

func toldAgain(p *testsite.Person) fact {
	return fact{live.ViewerTopic(p.ID), live.ViewerChanged, p.ID, "", nil}
}

func TestCreateOrganization(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var g *ent.Organization
		w.announces(t, func() (err error) {
			g, err = w.CreateOrganization(as(t, w.Alice), organizations.CreateOrganizationInput{
				Name: "  L’Atelier  numérique ", Kind: organization.KindASSOCIATION,
			})
			return err
		}, toldAgain(w.Alice))
		if g.Name != "L’Atelier  numérique" && g.Name != "L’Atelier numérique" || g.SearchName != "l atelier numerique" || g.VerifiedAt != nil {
			t.Errorf("it is %+v", g)
		}
		m := got(w.Read.Membership.Query().Where(membership.OrganizationID(g.ID)).Only(t.Context()))(t)
		if m.UserID != w.Alice.ID || m.Role != membership.RoleOWNER {
			t.Errorf("its member is %+v", m)
		}
		if got(w.Viewer(t.Context(), w.Alice.Token))(t).Signs(g.ID) {
			t.Error("nobody verified it, and its owner signs for it")
		}
		create := func(name string, territory *string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.CreateOrganization(ctx, organizations.CreateOrganizationInput{Name: name, Kind: organization.KindHUB, Territory: territory}))
			}
		}
		w.refusals(t, []refusedCase{
			{"empty", w.Bob, refusal.BadUserInput, "name", create(" ", nil)},
			{"without a letter", w.Bob, refusal.BadUserInput, "name", create("— ! —", nil)},
			{"long", w.Bob, refusal.BadUserInput, "name", create(strings.Repeat("é", 151), nil)},
			{"turned around", w.Bob, refusal.BadUserInput, "name", create("a\u202eb", nil)},
			{"nowhere", w.Bob, refusal.NotFound, "territory", create("Autre", ptr("territory_x"))},
		})
		for _, same := range []string{"L'atelier numerique", "l atelier NUMÉRIQUE !"} {
			refused := w.refused(t, refusal.Conflict, "name", func() error { return create(same, nil)(as(t, w.Bob)) })
			if refused.Details["current"] != g.ID {
				t.Errorf("the other one is %v", refused.Details)
			}
		}
		if alike := got(w.Alike(t.Context(), w.founded(t, w.Bob, "L’atelier numérique de Nîmes")))(t); len(alike) != 1 || alike[0].ID != g.ID {
			t.Errorf("alike are %v", alike)
		}
		if alike := got(w.Alike(t.Context(), g))(t); len(alike) != 1 {
			t.Errorf("alike are %v", alike)
		}
		if alike := got(w.Alike(t.Context(), w.founded(t, w.Bob, "Le fil 100% commun")))(t); len(alike) != 0 {
			t.Errorf("alike are %v", alike)
		}
	})
}

// Nobody takes more names than they can use.
func TestUnverifiedOrganizationsAreFew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var first *ent.Organization
		for i := range 5 {
			g := w.founded(t, w.Alice, fmt.Sprintf("Association %d", i))
			if i == 0 {
				first = g
			}
		}
		again := func() error {
			return only(w.CreateOrganization(as(t, w.Alice), organizations.CreateOrganizationInput{Name: "Une de plus", Kind: organization.KindOTHER}))
		}
		w.refused(t, refusal.Conflict, "", again)
		must(t, only(w.VerifyOrganization(as(t, w.Admin), organizations.VerifyOrganizationInput{Organization: first.ID, Reason: "Statuts vus."})))
		must(t, again())
	})
}

func TestOneNameFromManyTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		people := w.people(t, 8)
		contexts := make([]context.Context, len(people))
		for i, p := range people {
			contexts[i] = as(t, p)
		}
		oneWins(t, atOnce(t, len(people), func(i int) error {
			return only(w.CreateOrganization(contexts[i], organizations.CreateOrganizationInput{Name: "La même", Kind: organization.KindOTHER}))
		}), refusal.Conflict)
	})
}

func TestVerifyOrganization(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.mailing(t)
		g := w.founded(t, w.Alice, "Nouvelle")
		w.Member(t, g, w.Bob, membership.RoleSIGNATORY)
		w.Member(t, g, w.Signatory, membership.RoleMEMBER)
		verify := func(verified bool, why string) func(context.Context) error {
			in := organizations.VerifyOrganizationInput{Organization: g.ID, Reason: why}
			return func(ctx context.Context) error {
				if verified {
					return only(w.VerifyOrganization(ctx, in))
				}
				return only(w.UnverifyOrganization(ctx, organizations.UnverifyOrganizationInput(in)))
			}
		}
		signs := func(p *testsite.Person) bool { return got(w.Viewer(t.Context(), p.Token))(t).Signs(g.ID) }
		for _, verified := range []bool{true, false} {
			w.refusals(t, []refusedCase{
				{"without a reason", w.Admin, refusal.BadUserInput, "reason", verify(verified, " ")},
			})
		}
		w.refused(t, refusal.NotFound, "organization", func() error {
			return only(w.VerifyOrganization(as(t, w.Admin), organizations.VerifyOrganizationInput{Organization: "x", Reason: "x"}))
		})
		w.announcesAnyOrder(t, func() error { return verify(true, "Statuts vus.")(as(t, w.Admin)) }, toldAgain(w.Alice), toldAgain(w.Bob))
		if !signs(w.Alice) || !signs(w.Bob) || signs(w.Signatory) {
			t.Error("owners and signatories sign, members do not")
		}
		w.idle(t, func() error { return verify(true, "Encore.")(as(t, w.Admin)) })
		w.announcesAnyOrder(t, func() error { return verify(false, "Dissoute.")(as(t, w.Admin)) }, toldAgain(w.Alice), toldAgain(w.Bob))
		if signs(w.Alice) || signs(w.Bob) {
			t.Error("they sign for what is not verified any more")
		}
		w.idle(t, func() error { return verify(false, "Encore.")(as(t, w.Admin)) })
		var subjects []string
		for _, m := range got(w.Read.Mail.Query().All(t.Context()))(t) {
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

// announcesAnyOrder is announces where topics sort by ids that differ from run to run.
func (w *world) announcesAnyOrder(t testing.TB, do func() error, want ...fact) {
	t.Helper()
	slices.SortFunc(want, func(a, b fact) int { return strings.Compare(a.topic, b.topic) })
	w.announces(t, do, want...)
}

// What was verified is all that an organization says of itself, but for the spelling.
func TestUpdateOrganization(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.Organization // verified; Signatory signs for it
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		place := got(w.Read.Territory.Query().FirstID(t.Context()))(t)
		type in = organizations.UpdateOrganizationInput
		update := func(in in) func(context.Context) error {
			in.Organization = g.ID
			return func(ctx context.Context) error { return only(w.UpdateOrganization(ctx, in)) }
		}
		w.founded(t, w.Bob, "Prise")
		w.refusals(t, []refusedCase{
			{"a name that is taken", w.Alice, refusal.Conflict, "name", update(in{Name: ptr("PRISE")})},
			{"no name", w.Alice, refusal.BadUserInput, "name", update(in{Name: ptr("…")})},
			{"no place", w.Alice, refusal.NotFound, "territory", update(in{Territory: ptr("x")})},
		})
		w.idle(t, func() error { return update(in{})(as(t, w.Alice)) })
		w.silent(t, func() error { return update(in{Name: ptr("HUB du Sud")})(as(t, w.Alice)) })
		if now := got(w.Read.Organization.Get(t.Context(), g.ID))(t); now.Name != "HUB du Sud" || now.VerifiedAt == nil {
			t.Errorf("another spelling makes it %+v", now)
		}
		for name, change := range map[string]in{
			"name": {Name: ptr("Hub du Nord")}, "kind": {Kind: ptr(organization.KindSTATE)}, "territory": {Territory: &place}, "nowhere": {Nowhere: true},
		} {
			if change.Nowhere {
				must(t, w.Write.Organization.UpdateOneID(g.ID).SetTerritoryID(place).Exec(t.Context()))
			}
			if change.Territory != nil {
				must(t, w.Write.Organization.UpdateOneID(g.ID).ClearTerritoryID().Exec(t.Context()))
			}
			must(t, w.Write.Organization.UpdateOneID(g.ID).SetVerifiedAt(w.Now()).Exec(t.Context()))
			w.announcesAnyOrder(t, func() error { return update(change)(as(t, w.Alice)) }, toldAgain(w.Alice), toldAgain(w.Signatory))
			if got(w.Viewer(t.Context(), w.Signatory.Token))(t).Signs(g.ID) {
				t.Errorf("%s: they sign for what nobody has verified", name)
			}
		}
	})
}

// Whoever signs in the organization's name is known to its owners, and a person's own support is another.
func TestSignatoriesAreForOwners(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.Organization
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		w.Member(t, g, w.Bob, membership.RoleMEMBER)
		for name, c := range map[string]struct {
			p   *testsite.Person
			may bool
		}{
			"owner": {w.Alice, true}, "member": {w.Bob, false}, "signatory": {w.Signatory, false}, "site administrator": {w.Admin, false},
			"moderator": {w.Moderator, false}, "steering body": {w.Steering, false}, "nobody": {nil, false},
		} {
			v := viewerIn(as(t, c.p))
			if may := got(w.MayReadSignatories(t.Context(), v, []string{g.ID}))(t); may[g.ID] != c.may {
				t.Errorf("%s: %v", name, may)
			}
		}
		v := viewerIn(as(t, w.Alice))
		v.Scopes = []string{permission.ScopeParticipate}
		if may := got(w.MayReadSignatories(t.Context(), v, []string{g.ID}))(t); may[g.ID] {
			t.Error("a token that is not for reading reads it")
		}
	})
}
