package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Invitation asks somebody to join an Organization: an account (user_id) or whoever reads the mail of an address
// (email); exactly one of the two is set. The row stays until it expires, so that nobody is asked again and again.
type Invitation struct{ ent.Schema }

func (Invitation) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("organization_id").Immutable(),
		field.String("user_id").Optional().Nillable().Immutable(),
		field.String("email").Optional().Nillable().Sensitive().Immutable().Comment("lower case, private"),
		field.Enum("role").Values("OWNER", "SIGNATORY", "MEMBER"),
		field.Enum("state").Values("OPEN", "ACCEPTED", "DECLINED", "CANCELLED").Default("OPEN"),
		field.Bytes("token_hash").Unique().Immutable().Sensitive().Comment("SHA-256 of the token in the mail"),
		field.String("inviter_id").Immutable(),
		createdAt(),
		field.Time("expires_at").Immutable(),
	}
}

func (Invitation) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("organization", Organization.Type).Field("organization_id").Unique().Required().Immutable(),
		edge.To("user", User.Type).Field("user_id").Unique().Immutable(),
		edge.To("inviter", User.Type).Field("inviter_id").Unique().Required().Immutable(),
	}
}

func (Invitation) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("organization_id", "created_at", "id"),
		index.Fields("user_id"),
		index.Fields("email"),
		index.Fields("expires_at"),
	}
}
