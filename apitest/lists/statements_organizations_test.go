package lists_test

import (
	"strings"
	"testing"

	"ensemble/ent/membership"
	"ensemble/internal/testsite"
)

// organizationPages are what members read of an organization, and the most statements that each may take.
var organizationPages = []struct {
	name  string
	most  int
	query string
}{
	{"organization page", 24, `query($id: ID!) {
		node(id: $id) { ... on Organization {
			name territory { name }
			comments {
				totalCount
				nodes { body author { name } subject { ... on Commitment { number title } } viewerSignatory { name } }
			}
			amendments {
				totalCount counts { state count }
				nodes { title author { name } commitment { number } viewerSignatory { name } }
			}
			supports {
				totalCount counts { organizations }
				nodes {
					supporter { name } commitment { number title commentAuthorCounts { people organizations } }
					viewerSignatory { name }
				}
			}
		} }
	}`},
	{"invitations", 4, `query($id: ID!) {
		node(id: $id) { ... on Organization {
			viewerInvitations { totalCount nodes { organization { name } invitee { name } inviter { name } } }
		} }
	}`},
}

// What the page of an organization, the audit and invitations read does not grow with what they answer.
func TestStatementsOfOrganizations(t *testing.T) {
	testsite.EachLogged(t, func(t *testing.T, s *testsite.Logged) {
		w := newLists(t, s)
		fill := func(n int) string {
			id := w.verifiedOrganization()
			testsite.Must(t, w.Write.Membership.Create().
				SetID(w.NewID("membership")).
				SetOrganizationID(id).
				SetUserID(w.Alice.ID).
				SetRole(membership.RoleOWNER).
				SetCreatedAt(w.Now()).
				Exec(t.Context()))

			for range n {
				w.commentOf(id)
				w.amendmentOf(id)
				w.supportBy(id)
				w.invitationTo(id)
				w.auditEntry("")
			}
			return id
		}

		small, large := fill(1), fill(15)

		c := testsite.CountStatements(s)
		for _, p := range organizationPages {
			read := func(id string) []string {
				c.Take()
				s.Must(t, w.Alice.Token, p.query, map[string]any{"id": id}, nil)
				return c.Take()
			}

			few, many := read(small), read(large)
			t.Logf("%s: %d statements for one of each, %d for many", p.name, len(few), len(many))
			if len(many) > p.most || len(few) > len(many) {
				t.Errorf("%s: %d statements, at most %d:\n%s", p.name, len(many), p.most, strings.Join(many, "\n"))
			}
		}

		audit := func(first int) int {
			c.Take()
			s.Must(t, w.Admin.Token, `query($n: Int!) {
				viewer { auditEntries(first: $n) {
					nodes { act actor { name } subject { id } process { slug } details { name value } }
				} }
			}`, map[string]any{"n": first}, nil)
			return len(c.Take())
		}
		if few, many := audit(3), audit(16); many > few+2 { // other kinds of subject are other queries
			t.Errorf("the audit: %d statements for 3 entries, %d for 16", few, many)
		}
	})
}
