package live_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"ensemble/consultation/organizations"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
)

// revisable asks of each change of a commitment's status whether the person who watches may rewrite the commitment.
const revisable = `subscription($id: ID!, $after: EventCursor) {
	commitmentEvents(commitment: $id, after: $after) {
		cursor ... on CommitmentStatusChanged { commitment { viewerCanRevise } }
	}
}`

// trusted changes the status of a commitment again and again until the socket, which has been open all the time,
// answers that its person may rewrite the commitment, or may not, as wanted.
func trusted(t *testing.T, k *testsite.Socket, w *testsite.World, c *ent.Commitment, want bool) {
	t.Helper()
	began := time.Now()
	for time.Since(began) < testsite.Patient {
		now := testsite.Got(w.Read.Commitment.Get(t.Context(), c.ID))(t)
		to := commitment.StatusUNDER_REVIEW
		if now.Status == to {
			to = commitment.StatusOPEN
		}
		testsite.Got(w.ChangeCommitmentStatus(w.Steering.Ctx(t.Context()), roadmap.ChangeCommitmentStatusInput{
			Commitment: c.ID, Status: to,
		}))(t)

		var answer struct {
			Data struct {
				CommitmentEvents struct {
					Commitment struct{ ViewerCanRevise bool }
				}
			}
		}
		testsite.Must(t, json.Unmarshal(k.Expect(t, "next").Payload, &answer))
		if answer.Data.CommitmentEvents.Commitment.ViewerCanRevise == want {
			t.Logf("told after %s", time.Since(began))
			return
		}
	}
	t.Fatalf("never told that they may rewrite it: %v", want)
}

// rolesOnOpenSockets grants and revokes on one server while Bob watches on another, or on the same.
func rolesOnOpenSockets(t *testing.T, here, there *testsite.World) {
	t.Helper()
	c := here.Commitment(t, "Un", "Texte.")
	k := testsite.Dial(t, there.Site, here.Bob.Token)
	k.Subscribe(t, "1", revisable, map[string]any{"id": c.ID, "after": testsite.StreamCursor(t, there.Site, c.ID)})
	trusted(t, k, here, c, false)

	admin := here.Admin.Ctx(t.Context())
	steers := processes.RoleInput{Process: here.Process.ID, User: &here.Bob.ID, Role: role.NameSTEERING, Reason: "Élu."}
	site := people.SiteAdminInput{User: &here.Bob.ID, Reason: "Nouvelle équipe."}

	for _, step := range []struct {
		do   func(context.Context) error
		want bool
	}{
		{func(ctx context.Context) error {
			_, err := here.GrantRole(ctx, processes.GrantRoleInput(steers))
			return err
		}, true},
		{func(ctx context.Context) error {
			_, err := here.RevokeRole(ctx, processes.RevokeRoleInput(steers))
			return err
		}, false},
		{func(ctx context.Context) error {
			_, err := here.GrantSiteAdmin(ctx, people.GrantSiteAdminInput(site))
			return err
		}, true},
		{func(ctx context.Context) error {
			_, err := here.RevokeSiteAdmin(ctx, people.RevokeSiteAdminInput(site))
			return err
		}, false},
	} {
		testsite.Must(t, step.do(admin))
		trusted(t, k, here, c, step.want)
	}
}

// A role that is granted or revoked counts on sockets that are open.
func TestRolesOnOpenSockets(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		rolesOnOpenSockets(t, w, w)
	})
}

// A role counts on open sockets of another server, which learns of it by Redis alone.
func TestRolesOnSocketsOfAnotherServer(t *testing.T) {
	p := newPair(t, never)
	rolesOnOpenSockets(t, p.a, p.b)
}

// Without Redis the other server learns of a role by comparing with the log.
func TestRolesWithoutRedis(t *testing.T) {
	p := newPair(t, 50*time.Millisecond)
	p.redis.Kill()
	rolesOnOpenSockets(t, p.a, p.b)
}

// Verifying an organization lets those whose sockets are open sign; to unverify it, or to take their place, stops them.
func TestSigningOnOpenSockets(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		g := w.NewOrganization(t, "Nouvelle", false)
		w.Member(t, g, w.Alice, membership.RoleOWNER)
		w.Member(t, g, w.Bob, membership.RoleSIGNATORY)

		k := testsite.Dial(t, s, w.Bob.Token)
		signs := func(want bool) {
			t.Helper()
			k.Subscribe(t, "s",
				`mutation($in: AddSupportInput!) { addSupport(input: $in) { support { supporter { name } } } }`,
				map[string]any{"in": map[string]any{"commitment": c.ID, "organization": g.ID}})

			var r testsite.Result
			testsite.Must(t, json.Unmarshal(k.Expect(t, "next").Payload, &r))
			k.Expect(t, "complete")
			if want != (len(r.Errors) == 0) || !want && r.Errors[0].Extensions["code"] != "FORBIDDEN" {
				t.Fatalf("signs: %+v, want %v", r, want)
			}
		}
		verify := func() {
			t.Helper()
			testsite.Got(s.VerifyOrganization(w.Admin.Ctx(t.Context()), organizations.VerifyOrganizationInput{
				Organization: g.ID, Reason: "Statuts vus.",
			}))(t)
		}
		unverify := func() {
			t.Helper()
			testsite.Got(s.UnverifyOrganization(w.Admin.Ctx(t.Context()), organizations.UnverifyOrganizationInput{
				Organization: g.ID, Reason: "Statuts vus.",
			}))(t)
		}

		signs(false)
		verify()
		signs(true)
		unverify()
		signs(false)
		verify()
		signs(true)

		bob := testsite.Got(s.Read.Membership.Query().Where(membership.UserID(w.Bob.ID)).Only(t.Context()))(t)
		testsite.Got(s.ChangeMemberRole(w.Alice.Ctx(t.Context()), organizations.ChangeMemberRoleInput{
			Membership: bob.ID, Role: membership.RoleMEMBER,
		}))(t)
		signs(false)
	})
}
