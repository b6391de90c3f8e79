package organizations_test

import (
	"context"
	"testing"

	"ensemble/consultation"
	"ensemble/consultation/organizations"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// owners counts the owners of an organization.
func owners(t testing.TB, w *scene.World, g *ent.Organization) int {
	t.Helper()
	return testsite.Got(w.Read.Membership.Query().
		Where(membership.OrganizationID(g.ID), membership.RoleEQ(membership.RoleOWNER)).
		Count(t.Context()))(t)
}

// Owners change the role of members and remove them, but one owner always stays. What a member said before they were
// removed remains theirs.
func TestMembersMove(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.Organization
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		w.Member(t, g, w.Bob, membership.RoleMEMBER)
		bob, alice := w.MembershipOf(t, g, w.Bob).ID, w.MembershipOf(t, g, w.Alice).ID

		change := func(id string, to membership.Role) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.ChangeMemberRole(ctx,
					organizations.ChangeMemberRoleInput{Membership: id, Role: to}))
			}
		}
		remove := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.RemoveMember(ctx, organizations.RemoveMemberInput{Membership: id}))
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("change as nobody", nil, refusal.Unauthenticated, "", change(bob, membership.RoleOWNER)),
			scene.Case("change as a stranger", w.Moderator, refusal.NotFound, "membership",
				change(bob, membership.RoleOWNER)),
			scene.Case("change as site administrator", w.Admin, refusal.NotFound, "membership",
				change(bob, membership.RoleOWNER)),
			scene.Case("change one's own as a member", w.Bob, refusal.Forbidden, "", change(bob, membership.RoleOWNER)),
			scene.Case("change as a signatory", w.Signatory, refusal.Forbidden, "", change(bob, membership.RoleOWNER)),
			scene.Case("change nothing", w.Alice, refusal.NotFound, "membership", change("x", membership.RoleOWNER)),
			scene.Case("the last owner steps down", w.Alice, refusal.Conflict, "",
				change(alice, membership.RoleSIGNATORY)),
			scene.Case("remove as nobody", nil, refusal.Unauthenticated, "", remove(bob)),
			scene.Case("remove as a stranger", w.Moderator, refusal.NotFound, "membership", remove(bob)),
			scene.Case("remove as a signatory", w.Signatory, refusal.Forbidden, "", remove(bob)),
			scene.Case("remove oneself, the last owner", w.Alice, refusal.Conflict, "", remove(alice)),
		})

		w.Idle(t, func() error { return change(bob, membership.RoleMEMBER)(scene.As(t, w.Alice)) })
		w.Announces(t, func() error {
			return change(bob, membership.RoleSIGNATORY)(scene.As(t, w.Alice))
		}, scene.IsTold(w.Bob), scene.LooksAgain(w.Bob))
		if !testsite.Got(w.Viewer(t.Context(), w.Bob.Token))(t).Signs(g.ID) {
			t.Error("a signatory does not sign")
		}

		own := w.NewSupport(t, scene.As(t, w.Bob), w.SomeCommitment(t), nil)
		theirs := w.Comment(t, w.Bob, own.CommitmentID, "Oui.")
		w.Announces(t, func() error {
			return remove(bob)(scene.As(t, w.Alice))
		}, scene.IsTold(w.Bob), scene.LooksAgain(w.Bob))
		if testsite.Got(w.Viewer(t.Context(), w.Bob.Token))(t).Signs(g.ID) {
			t.Error("they sign for what they were taken out of")
		}
		testsite.Got(w.Read.Support.Get(t.Context(), own.ID))(t)
		testsite.Got(w.Read.Comment.Get(t.Context(), theirs.ID))(t)

		w.Refused(t, refusal.NotFound, "membership", func() error { return remove(bob)(scene.As(t, w.Alice)) })
	})
}

// A member leaves an organization at will, unless they are its last owner.
func TestLeaveOrganization(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.Organization
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		leave := func(ctx context.Context) error {
			return scene.Only(w.LeaveOrganization(ctx, organizations.LeaveOrganizationInput{Organization: g.ID}))
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("as the last owner", w.Alice, refusal.Conflict, "", leave),
		})
		w.Refused(t, refusal.NotFound, "organization", func() error {
			return scene.Only(w.LeaveOrganization(scene.As(t, w.Alice),
				organizations.LeaveOrganizationInput{Organization: "x"}))
		})

		w.Announces(t, func() error { return leave(scene.As(t, w.Signatory)) }, scene.LooksAgain(w.Signatory))
		w.Member(t, g, w.Bob, membership.RoleOWNER)
		w.Announces(t, func() error { return leave(scene.As(t, w.Alice)) }, scene.LooksAgain(w.Alice))

		w.Refused(t, refusal.Conflict, "", func() error { return leave(scene.As(t, w.Bob)) })
	})
}

// An owner hands an organization over to another member, and is then a member like others.
func TestTransferOrganization(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		g := w.Organization
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		w.Member(t, g, w.Bob, membership.RoleMEMBER)
		elsewhere := founded(t, w, w.Moderator, "Ailleurs")

		transfer := func(to string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.TransferOrganization(ctx, organizations.TransferOrganizationInput{
					Organization: g.ID, To: to,
				}))
			}
		}

		bob := w.MembershipOf(t, g, w.Bob).ID
		w.Refusals(t, []scene.RefusedCase{
			scene.Case("to oneself", w.Alice, refusal.NotFound, "to", transfer(w.MembershipOf(t, g, w.Alice).ID)),
			scene.Case("to somebody of another one", w.Alice, refusal.NotFound, "to",
				transfer(w.MembershipOf(t, elsewhere, w.Moderator).ID)),
			scene.Case("to nobody", w.Alice, refusal.NotFound, "to", transfer("x")),
		})

		announcesAnyOrder(t, w, func() error {
			return transfer(bob)(scene.As(t, w.Alice))
		}, scene.IsTold(w.Bob), scene.LooksAgain(w.Alice), scene.LooksAgain(w.Bob))
		if w.MembershipOf(t, g, w.Bob).Role != membership.RoleOWNER ||
			w.MembershipOf(t, g, w.Alice).Role != membership.RoleMEMBER {
			t.Error("it was not handed over")
		}

		w.Refused(t, refusal.Forbidden, "", func() error { return transfer(bob)(scene.As(t, w.Alice)) })
	})
}

// When two owners go at the same time, in whatever way, one stays.
func TestTheLastOwnerStays(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for name, do := range map[string]func(ctx context.Context, g *ent.Organization, own, other string) error{
			"leave": func(ctx context.Context, g *ent.Organization, _, _ string) error {
				return scene.Only(w.LeaveOrganization(ctx, organizations.LeaveOrganizationInput{Organization: g.ID}))
			},
			"step down": func(ctx context.Context, _ *ent.Organization, own, _ string) error {
				return scene.Only(w.ChangeMemberRole(ctx, organizations.ChangeMemberRoleInput{
					Membership: own, Role: membership.RoleMEMBER,
				}))
			},
			"remove oneself": func(ctx context.Context, _ *ent.Organization, own, _ string) error {
				return scene.Only(w.RemoveMember(ctx, organizations.RemoveMemberInput{Membership: own}))
			},
		} {
			g := w.NewOrganization(t, "Pour "+name, true)
			people := []*testsite.Person{w.Alice, w.Bob}
			for _, p := range people {
				w.Member(t, g, p, membership.RoleOWNER)
			}

			contexts := []context.Context{scene.As(t, w.Alice), scene.As(t, w.Bob)}
			own := []string{w.MembershipOf(t, g, w.Alice).ID, w.MembershipOf(t, g, w.Bob).ID}
			scene.OneWins(t, scene.AtOnce(t, 2, func(i int) error {
				return do(contexts[i], g, own[i], own[1-i])
			}), refusal.Conflict)
			if n := owners(t, w, g); n != 1 {
				t.Errorf("%s: %d owners are left", name, n)
			}
		}

		g := w.NewOrganization(t, "Pour se retirer l’un l’autre", true)
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		w.Member(t, g, w.Bob, membership.RoleOWNER)

		contexts := []context.Context{scene.As(t, w.Alice), scene.As(t, w.Bob)}
		own := []string{w.MembershipOf(t, g, w.Alice).ID, w.MembershipOf(t, g, w.Bob).ID}
		scene.OneWins(t, scene.AtOnce(t, 2, func(i int) error {
			return scene.Only(w.RemoveMember(contexts[i], organizations.RemoveMemberInput{Membership: own[1-i]}))
		}), refusal.NotFound)
		if n := owners(t, w, g); n != 1 {
			t.Errorf("removing each other leaves %d owners", n)
		}
	})
}

// When the last owner erases their account, a site administrator may act for the organization until it has an owner
// again.
func TestOrganizationWithoutOwner(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		p := w.As(testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t))
		g := founded(t, w, p, "Association sans tête")
		w.Member(t, g, w.Bob, membership.RoleMEMBER)
		bob := w.MembershipOf(t, g, w.Bob).ID

		admin := scene.As(t, w.Admin)
		promote := func(ctx context.Context) error {
			return scene.Only(w.ChangeMemberRole(ctx, organizations.ChangeMemberRoleInput{
				Membership: bob, Role: membership.RoleOWNER,
			}))
		}
		seen := func() int {
			return w.Memberships(scene.ViewerIn(admin)).Where(membership.OrganizationID(g.ID)).CountX(t.Context())
		}

		w.Refused(t, refusal.NotFound, "membership", func() error { return promote(admin) })
		if n := seen(); n != 0 {
			t.Errorf("%d members are shown to a stranger", n)
		}

		testsite.Must(t, scene.Only(w.EraseAccount(scene.As(t, p), consultation.EraseAccountInput{
			Password: scene.Ptr(scene.NewAccount().Password),
		})))
		if n := seen(); n != 1 {
			t.Errorf("%d members are shown to the administrator", n)
		}
		w.Refused(t, refusal.NotFound, "membership", func() error { return promote(scene.As(t, w.Alice)) })
		testsite.Must(t, scene.Only(w.InviteMember(admin, organizations.InviteMemberInput{
			Organization: g.ID, Email: scene.Ptr("c@example.org"), Role: membership.RoleMEMBER,
		})))

		testsite.Must(t, promote(admin))
		w.Refused(t, refusal.NotFound, "membership", func() error { return promote(admin) })
		if n := owners(t, w, g); n != 1 || seen() != 0 {
			t.Errorf("%d owners, %d members shown to the administrator", n, seen())
		}
	})
}
