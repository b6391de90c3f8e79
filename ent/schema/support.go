package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Support is the endorsement of a Commitment by a person (user_id) or an organization
// (organization_id, given by the signatory); exactly one of the two is set.
type Support struct{ ent.Schema }

func (Support) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("commitment_id").Immutable(),
		field.String("version_id").Comment("the text it speaks about"),
		field.Int("version_number").Positive(),
		field.String("user_id").Optional().Nillable().Immutable(),
		field.String("organization_id").Optional().Nillable().Immutable(),
		field.String("signatory_id").Optional().Nillable().Comment("who gave it in the organization's name"),
		createdAt(),
		field.Time("confirmed_at").Optional().Nillable().Comment("when it was given again on a newer text"),
	}
}

func (Support) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("commitment", Commitment.Type).Ref("supports").Field("commitment_id").Unique().Required().Immutable(),
		edge.To("version", Version.Type).Field("version_id").Unique().Required(),
		edge.To("user", User.Type).Field("user_id").Unique().Immutable(),
		edge.To("organization", Organization.Type).Field("organization_id").Unique().Immutable(),
		edge.To("signatory", User.Type).Field("signatory_id").Unique(),
	}
}

func (Support) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("commitment_id", "user_id").Unique(),         // NULLs are distinct:
		index.Fields("commitment_id", "organization_id").Unique(), // one per person, one per organization
		index.Fields("commitment_id", "created_at", "id"),
		index.Fields("user_id"),
		index.Fields("organization_id", "created_at", "id"),
	}
}
