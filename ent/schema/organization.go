package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Organization is a body that takes part under its own name once it is verified.
type Organization struct{ ent.Schema }

func (Organization) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("name").NotEmpty(),
		field.String("search_name").NotEmpty().Unique().Comment("folded name: orders lists, finds duplicates"),
		field.String("looks").Default("").
			Comment("clean.Skeleton of the name: nobody else is called like a verified one; empty: not made yet"),
		field.Enum("kind").Values("STATE", "LOCAL_AUTHORITY", "HUB", "ASSOCIATION", "RESEARCH", "COMPANY",
			"CARE_AND_SOCIAL", "OTHER"),
		field.String("territory_id").Optional().Nillable(),
		field.Time("verified_at").Optional().Nillable(),
		createdAt(),
	}
}

func (Organization) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("territory", Territory.Type).Field("territory_id").Unique(),
		edge.To("memberships", Membership.Type),
	}
}

func (Organization) Indexes() []ent.Index {
	return []ent.Index{index.Fields("territory_id"), index.Fields("looks")}
}

// Membership is what a User may do in an Organization; a SIGNATORY or OWNER acts in its name.
type Membership struct{ ent.Schema }

func (Membership) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("organization_id").Immutable(),
		field.String("user_id").Immutable(),
		field.Enum("role").Values("OWNER", "SIGNATORY", "MEMBER"),
		createdAt(),
	}
}

func (Membership) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("organization", Organization.Type).Ref("memberships").Field("organization_id").
			Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("memberships").Field("user_id").Unique().Required().Immutable(),
	}
}

func (Membership) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("organization_id", "user_id").Unique(),
		index.Fields("user_id"),
	}
}
