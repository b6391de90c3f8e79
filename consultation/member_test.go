package consultation_test

import (
	"context"
	"testing"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/consultation/organizations"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/internal/testsite"
)

func viewerIn(ctx context.Context) auth.Viewer { return auth.ViewerFrom(ctx) }

// place is somebody's membership of an organization.
func (w *world) place(t testing.TB, g *ent.Organization, p *testsite.Person) *ent.Membership {
	t.Helper()
	return got(w.Read.Membership.Query().Where(membership.OrganizationID(g.ID), membership.UserID(p.ID)).Only(t.Context()))(t)
}

func (w *world) owners(t testing.TB, g *ent.Organization) int {
	t.Helper()
	return got(w.Read.Membership.Query().Where(membership.OrganizationID(g.ID), membership.RoleEQ(membership.RoleOWNER)).Count(t.Context()))(t)
}

func TestMembersMove(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.Organization
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		w.Member(t, g, w.Bob, membership.RoleMEMBER)
		bob, alice := w.place(t, g, w.Bob).ID, w.place(t, g, w.Alice).ID
		change := func(id string, to membership.Role) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.ChangeMemberRole(ctx, organizations.ChangeMemberRoleInput{Membership: id, Role: to}))
			}
		}
		remove := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.RemoveMember(ctx, organizations.RemoveMemberInput{Membership: id}))
			}
		}
		w.refusals(t, []refusedCase{
			{"change as nobody", nil, refusal.Unauthenticated, "", change(bob, membership.RoleOWNER)},
			{"change as a stranger", w.Moderator, refusal.NotFound, "membership", change(bob, membership.RoleOWNER)},
			{"change as site administrator", w.Admin, refusal.NotFound, "membership", change(bob, membership.RoleOWNER)},
			{"change one's own as a member", w.Bob, refusal.Forbidden, "", change(bob, membership.RoleOWNER)},
			{"change as a signatory", w.Signatory, refusal.Forbidden, "", change(bob, membership.RoleOWNER)},
			{"change nothing", w.Alice, refusal.NotFound, "membership", change("x", membership.RoleOWNER)},
			{"the last owner steps down", w.Alice, refusal.Conflict, "", change(alice, membership.RoleSIGNATORY)},
			{"remove as nobody", nil, refusal.Unauthenticated, "", remove(bob)},
			{"remove as a stranger", w.Moderator, refusal.NotFound, "membership", remove(bob)},
			{"remove as a signatory", w.Signatory, refusal.Forbidden, "", remove(bob)},
			{"remove oneself, the last owner", w.Alice, refusal.Conflict, "", remove(alice)},
		})
		w.idle(t, func() error { return change(bob, membership.RoleMEMBER)(as(t, w.Alice)) })
		w.announces(t, func() error { return change(bob, membership.RoleSIGNATORY)(as(t, w.Alice)) }, isTold(w.Bob), toldAgain(w.Bob))
		if !got(w.Viewer(t.Context(), w.Bob.Token))(t).Signs(g.ID) {
			t.Error("a signatory does not sign")
		}
		own := w.support(t, as(t, w.Bob), w.commitment(t), nil)
		theirs := w.Comment(t, w.Bob, own.CommitmentID, "Oui.")
		w.announces(t, func() error { return remove(bob)(as(t, w.Alice)) }, isTold(w.Bob), toldAgain(w.Bob))
		if got(w.Viewer(t.Context(), w.Bob.Token))(t).Signs(g.ID) {
			t.Error("they sign for what they were taken out of")
		}
		got(w.Read.Support.Get(t.Context(), own.ID))(t)
		got(w.Read.Comment.Get(t.Context(), theirs.ID))(t)
		w.refused(t, refusal.NotFound, "membership", func() error { return remove(bob)(as(t, w.Alice)) })
	})
}

func TestLeaveOrganization(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.Organization
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		leave := func(ctx context.Context) error {
			return only(w.LeaveOrganization(ctx, organizations.LeaveOrganizationInput{Organization: g.ID}))
		}
		w.refusals(t, []refusedCase{
			{"as the last owner", w.Alice, refusal.Conflict, "", leave},
		})
		w.refused(t, refusal.NotFound, "organization", func() error {
			return only(w.LeaveOrganization(as(t, w.Alice), organizations.LeaveOrganizationInput{Organization: "x"}))
		})
		w.announces(t, func() error { return leave(as(t, w.Signatory)) }, toldAgain(w.Signatory))
		w.Member(t, g, w.Bob, membership.RoleOWNER)
		w.announces(t, func() error { return leave(as(t, w.Alice)) }, toldAgain(w.Alice))
		w.refused(t, refusal.Conflict, "", func() error { return leave(as(t, w.Bob)) })
	})
}

func TestTransferOrganization(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := w.Organization
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		w.Member(t, g, w.Bob, membership.RoleMEMBER)
		elsewhere := w.founded(t, w.Moderator, "Ailleurs")
		transfer := func(to string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.TransferOrganization(ctx, organizations.TransferOrganizationInput{Organization: g.ID, To: to}))
			}
		}
		bob := w.place(t, g, w.Bob).ID
		w.refusals(t, []refusedCase{
			{"to oneself", w.Alice, refusal.NotFound, "to", transfer(w.place(t, g, w.Alice).ID)},
			{"to somebody of another one", w.Alice, refusal.NotFound, "to", transfer(w.place(t, elsewhere, w.Moderator).ID)},
			{"to nobody", w.Alice, refusal.NotFound, "to", transfer("x")},
		})
		w.announcesAnyOrder(t, func() error { return transfer(bob)(as(t, w.Alice)) }, isTold(w.Bob), toldAgain(w.Alice), toldAgain(w.Bob))
		if w.place(t, g, w.Bob).Role != membership.RoleOWNER || w.place(t, g, w.Alice).Role != membership.RoleMEMBER {
			t.Error("it was not handed over")
		}
		w.refused(t, refusal.Forbidden, "", func() error { return transfer(bob)(as(t, w.Alice)) })
	})
}

// However owners go at once, one stays.
func TestTheLastOwnerStays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, go1 := range map[string]func(ctx context.Context, g *ent.Organization, own, other string) error{
			"leave": func(ctx context.Context, g *ent.Organization, _, _ string) error {
				return only(w.LeaveOrganization(ctx, organizations.LeaveOrganizationInput{Organization: g.ID}))
			},
			"step down": func(ctx context.Context, _ *ent.Organization, own, _ string) error {
				return only(w.ChangeMemberRole(ctx, organizations.ChangeMemberRoleInput{Membership: own, Role: membership.RoleMEMBER}))
			},
			"remove oneself": func(ctx context.Context, _ *ent.Organization, own, _ string) error {
				return only(w.RemoveMember(ctx, organizations.RemoveMemberInput{Membership: own}))
			},
		} {
			g := w.NewOrganization(t, "Pour "+name, true)
			people := []*testsite.Person{w.Alice, w.Bob}
			for _, p := range people {
				w.Member(t, g, p, membership.RoleOWNER)
			}
			contexts, own := []context.Context{as(t, w.Alice), as(t, w.Bob)}, []string{w.place(t, g, w.Alice).ID, w.place(t, g, w.Bob).ID}
			oneWins(t, atOnce(t, 2, func(i int) error { return go1(contexts[i], g, own[i], own[1-i]) }), refusal.Conflict)
			if n := w.owners(t, g); n != 1 {
				t.Errorf("%s: %d owners are left", name, n)
			}
		}
		g := w.NewOrganization(t, "Pour se retirer l’un l’autre", true)
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		w.Member(t, g, w.Bob, membership.RoleOWNER)
		contexts, own := []context.Context{as(t, w.Alice), as(t, w.Bob)}, []string{w.place(t, g, w.Alice).ID, w.place(t, g, w.Bob).ID}
		oneWins(t, atOnce(t, 2, func(i int) error {
			return only(w.RemoveMember(contexts[i], organizations.RemoveMemberInput{Membership: own[1-i]}))
		}), refusal.NotFound)
		if n := w.owners(t, g); n != 1 {
			t.Errorf("removing each other leaves %d owners", n)
		}
	})
}

// When the last owner erases their account, a site administrator stands in until there is an owner again.
func TestOrganizationWithoutOwner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.As(got(w.SignUp(t.Context(), newAccount()))(t))
		g := w.founded(t, p, "Association sans tête")
		w.Member(t, g, w.Bob, membership.RoleMEMBER)
		bob := w.place(t, g, w.Bob).ID
		admin := as(t, w.Admin)
		promote := func(ctx context.Context) error {
			return only(w.ChangeMemberRole(ctx, organizations.ChangeMemberRoleInput{Membership: bob, Role: membership.RoleOWNER}))
		}
		seen := func() int {
			return w.Memberships(viewerIn(admin)).Where(membership.OrganizationID(g.ID)).CountX(t.Context())
		}
		w.refused(t, refusal.NotFound, "membership", func() error { return promote(admin) })
		if n := seen(); n != 0 {
			t.Errorf("%d members are shown to a stranger", n)
		}
		must(t, only(w.EraseAccount(as(t, p), consultation.EraseAccountInput{Password: ptr(newAccount().Password)})))
		if n := seen(); n != 1 {
			t.Errorf("%d members are shown to the administrator", n)
		}
		w.refused(t, refusal.NotFound, "membership", func() error { return promote(as(t, w.Alice)) })
		must(t, only(w.InviteMember(admin, organizations.InviteMemberInput{Organization: g.ID, Email: ptr("c@example.org"), Role: membership.RoleMEMBER})))
		must(t, promote(admin))
		w.refused(t, refusal.NotFound, "membership", func() error { return promote(admin) })
		if n := w.owners(t, g); n != 1 || seen() != 0 {
			t.Errorf("%d owners, %d members shown to the administrator", n, seen())
		}
	})
}
