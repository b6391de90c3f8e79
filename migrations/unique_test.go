package migrations_test

import (
	"slices"
	"testing"

	"entgo.io/ent"

	"ensemble/database"
	"ensemble/ent/schema"
	"ensemble/internal/testenv"
	"ensemble/migrations"
)

// uniqueFields are the fields that ent/schema calls unique, with their tables.
var uniqueFields = map[string]ent.Interface{
	"users": schema.User{}, "sessions": schema.Session{}, "roles": schema.Role{},
	"organizations": schema.Organization{},
	"memberships":   schema.Membership{}, "territories": schema.Territory{},
	"processes": schema.Process{}, "phases": schema.Phase{},
	"axes": schema.Axis{}, "commitments": schema.Commitment{}, "versions": schema.Version{},
	"amendments": schema.Amendment{},
	"comments":   schema.Comment{}, "comment_edits": schema.CommentEdit{}, "comment_votes": schema.CommentVote{},
	"supports": schema.Support{}, "topics": schema.Topic{}, "events": schema.Event{},
	"idempotency_keys": schema.IdempotencyKey{},
	"identities":       schema.Identity{}, "sign_in_attempts": schema.SignInAttempt{},
	"provider_sessions": schema.ProviderSession{},
}

// withoutIndex is unique without an index: ent drops Unique from a field that is an edge's too, so neither it nor the
// migrations have one. Package consultation promotes an amendment once under the lock of its process.
const withoutIndex = "commitments.promoted_from_id"

func TestUniqueFieldsHaveAnIndex(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		_, err := database.Migrate(t.Context(), s, migrations.Files)
		must(t, err)
		lines := described(t, s)
		for table, noun := range uniqueFields {
			for _, f := range noun.Fields() {
				d := f.Descriptor()
				has := slices.Contains(lines, index(table, true, d.Name, ""))
				if d.Unique && has == (table+"."+d.Name == withoutIndex) {
					t.Errorf("%s.%s is unique, and has a unique index: %t", table, d.Name, has)
				}
			}
		}
	})
}
