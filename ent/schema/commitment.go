package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Commitment is a promised measure whose text is under consultation.
type Commitment struct{ ent.Schema }

func (Commitment) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("process_id").Immutable(),
		field.String("axis_id"),
		field.Int("number").Positive().Immutable().Comment("from 1, unique in its process"),
		field.String("reference").NotEmpty().Unique().Immutable(),
		field.Enum("status").Values("DRAFT", "OPEN", "UNDER_REVIEW", "ADOPTED", "WITHDRAWN").Default("DRAFT"),

		// The text is that of its newest version.
		field.String("version_id").Comment("its current text; written in the same transaction, so no foreign key"),
		field.Int("version_number").Positive().Comment("of the current text; also how many versions there are"),
		field.String("promoted_from_id").Optional().Nillable().Unique().Immutable().
			Comment("the rejected amendment that became this commitment"),
		field.Text("search_text").Comment("folded reference, titles and bodies in every language"),

		field.Time("published_at").Optional().Nillable(),
		field.Time("active_at").Comment("the newest public change: comment, support, amendment, version or move"),
		createdAt(),

		counter("amendment_count"),
		counter("comment_count"),
		counter("for_count"),
		counter("against_count"),
		counter("neutral_count"),
		counter("support_count"),
		counter("earlier_support_count"),
	}
}

func (Commitment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("process", Process.Type).Ref("commitments").Field("process_id").Unique().Required().Immutable(),
		edge.From("axis", Axis.Type).Ref("commitments").Field("axis_id").Unique().Required(),
		edge.To("promoted_from", Amendment.Type).Field("promoted_from_id").Unique().Immutable(),
		edge.To("territories", Territory.Type),
		edge.To("versions", Version.Type),
		edge.To("amendments", Amendment.Type),
		edge.To("supports", Support.Type),
	}
}

func (Commitment) Indexes() []ent.Index {
	return []ent.Index{
		// None on what a comment or a support changes: PostgreSQL then updates the row in place, and the commitments of
		// a process are few enough to be sorted when they are read.
		index.Fields("process_id", "number").Unique(),
		index.Fields("axis_id"),
	}
}

// Version is an immutable, numbered state of a Commitment's text (a draft's only version may still change).
type Version struct{ ent.Schema }

func (Version) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("commitment_id").Immutable(),
		field.Int("number").Positive().Immutable(),
		texts("title"),
		texts("body"),
		field.Strings("behind").Optional().Comment("languages whose text is still that of an earlier version"),
		field.String("author_id").Immutable(),
		field.String("organization_id").Optional().Nillable().Immutable().Comment("in whose name the author wrote"),
		field.Enum("source").Values("EDIT", "AMENDMENT").Immutable(),
		field.String("amendment_id").Optional().Nillable().Immutable(),
		createdAt(),
	}
}

func (Version) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("commitment", Commitment.Type).Ref("versions").Field("commitment_id").Unique().Required().Immutable(),
		edge.To("author", User.Type).Field("author_id").Unique().Required().Immutable(),
		edge.To("organization", Organization.Type).Field("organization_id").Unique().Immutable(),
		edge.To("amendment", Amendment.Type).Field("amendment_id").Unique().Immutable(),
	}
}

func (Version) Indexes() []ent.Index {
	return []ent.Index{index.Fields("commitment_id", "number").Unique()}
}
