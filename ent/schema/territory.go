package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Territory is a place with its official code; territories form a tree.
type Territory struct{ ent.Schema }

func (Territory) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.Enum("kind").Values("COUNTRY", "REGION", "DEPARTMENT", "INTERCOMMUNALITY").Immutable(),
		field.String("code").NotEmpty().Immutable().Comment("official, unique within its kind"),
		field.String("name").NotEmpty(),
		field.String("search_name").NotEmpty().Comment("folded name"),
		field.String("parent_id").Optional().Nillable(),
		field.String("path").NotEmpty().Comment("ids from the root to itself, each followed by '/'"),
	}
}

func (Territory) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("children", Territory.Type).From("parent").Field("parent_id").Unique(),
		edge.From("commitments", Commitment.Type).Ref("territories"),
	}
}

func (Territory) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("kind", "code").Unique(),
		index.Fields("path"),
		index.Fields("parent_id"),
	}
}
