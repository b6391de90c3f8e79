package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Amendment is a proposed change, in one language, to one Version.
type Amendment struct{ ent.Schema }

func (Amendment) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("commitment_id").Immutable(),
		field.String("base_id").Comment("the Version it proposes to change"),

		field.String("language"),
		field.String("title"),
		field.Text("body"),
		field.Text("rationale").Default(""),

		field.String("author_id").Immutable(),
		field.String("organization_id").Optional().Nillable().Comment("in whose name the author proposes it"),

		field.Enum("state").Values("DRAFT", "EVALUATING", "ACCEPTED", "REJECTED", "WITHDRAWN").Default("DRAFT"),
		field.Enum("merge_state").Values("CLEAN", "MERGEABLE", "CONFLICTING").Default("CLEAN").
			Comment("how it stands against the version numbered merge_checked"),
		field.Int("merge_checked").Default(0),
		field.Int("merge_due").Default(0).
			Comment("the version it is to be compared with, if greater than merge_checked"),

		field.String("decider_id").Optional().Nillable(),
		field.Text("decision_reason").Default(""),
		field.Time("decided_at").Optional().Nillable(),

		field.Time("submitted_at").Optional().Nillable(),
		field.Time("hidden_at").Optional().Nillable(),
		field.Time("held_at").Optional().Nillable().
			Comment("a draft that was submitted and that a moderator reads before it is"),
		createdAt(),
		field.Time("updated_at"),

		counter("comment_count"),
		counter("for_count"),
		counter("against_count"),
		counter("neutral_count"),
	}
}

func (Amendment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("commitment", Commitment.Type).Ref("amendments").Field("commitment_id").
			Unique().Required().Immutable(),
		edge.To("base", Version.Type).Field("base_id").Unique().Required(),
		edge.To("author", User.Type).Field("author_id").Unique().Required().Immutable(),
		edge.To("organization", Organization.Type).Field("organization_id").Unique(),
		edge.To("decider", User.Type).Field("decider_id").Unique(),
	}
}

func (Amendment) Indexes() []ent.Index {
	return []ent.Index{
		// One draft per person and commitment.
		index.Fields("commitment_id", "author_id").Unique().Annotations(entsql.IndexWhere("state = 'DRAFT'")),
		index.Fields("commitment_id", "state", "submitted_at"),
		index.Fields("author_id", "state"),
		index.Fields("organization_id", "submitted_at", "id").
			Annotations(entsql.IndexWhere("organization_id IS NOT NULL")),
		index.Fields("id").Annotations(entsql.IndexWhere("merge_checked < merge_due")), // what a job looks for
		// The few whose comments are left out.
		index.Fields("hidden_at").Annotations(entsql.IndexWhere("hidden_at IS NOT NULL")),
	}
}
