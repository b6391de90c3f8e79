package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Process is one public consultation, from opening to closing.
type Process struct{ ent.Schema }

func (Process) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("slug").NotEmpty().Unique(),

		texts("title"),
		texts("description"),
		field.Strings("languages").Comment("BCP 47 tags; the first is the one texts fall back on"),
		field.String("reference_prefix").NotEmpty().Comment("starts the reference of each commitment"),

		// The limits of comments and amendments.
		field.Int("comment_max_length").Default(1000).Comment("Unicode code points"),
		field.Int("evaluating_limit").Default(3).Comment("amendments under evaluation per person and commitment"),

		// What hides an item, or holds it back, until a moderator decides.
		field.Int("reports_to_hide").Default(3).
			Comment("confirmed reporters after whom an item is hidden until a moderator decides; 0: never"),
		field.Int("link_limit").Default(5).
			Comment("links that an item may contain before a moderator has to read it first; 0: any number"),
		field.Bool("holds_repeats").Default(true).Comment("the same text again within an hour waits for a moderator"),
		field.Strings("held_words").Optional().Comment("an item that holds one of them waits for a moderator"),
		field.Enum("pre_moderation").Values("NONE", "FIRST", "ALL").Default("NONE"),

		field.Time("published_at").Optional().Nillable(),
		field.Int("last_number").Default(0).Comment("the number given to the newest commitment"),
		counter("commitment_count"),

		createdAt(),
		field.Time("updated_at"),
	}
}

func (Process) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("phases", Phase.Type),
		edge.To("axes", Axis.Type),
		edge.To("commitments", Commitment.Type),
		edge.To("roles", Role.Type),
	}
}

// Phase is a period of a Process and what is open during it.
type Phase struct{ ent.Schema }

func (Phase) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("process_id").Immutable(),
		field.Int("position"),

		texts("name"),
		texts("description"),

		field.Time("opens_at").Comment("inclusive"),
		field.Time("closes_at").Optional().Nillable().Comment("exclusive; empty: no end"),

		field.Bool("comments").Default(false),
		field.Bool("supports").Default(false),
		field.Bool("amendment_submission").Default(false),
		field.Bool("amendment_decision").Default(false),
		field.Bool("amendment_promotion").Default(false),

		field.Enum("announced").Values("NOTHING", "OPENED", "CLOSED").Default("NOTHING").
			Comment("what the log already says of it"),
	}
}

func (Phase) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("process", Process.Type).Ref("phases").Field("process_id").Unique().Required().Immutable(),
	}
}

func (Phase) Indexes() []ent.Index {
	return []ent.Index{index.Fields("process_id", "position")}
}

// Axis is a theme of a Process that groups Commitments.
type Axis struct{ ent.Schema }

func (Axis) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("process_id").Immutable(),
		field.Int("position"),
		texts("title"),
		texts("description"),
	}
}

func (Axis) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("process", Process.Type).Ref("axes").Field("process_id").Unique().Required().Immutable(),
		edge.To("commitments", Commitment.Type),
	}
}

func (Axis) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Table("axes")}
}

func (Axis) Indexes() []ent.Index {
	return []ent.Index{index.Fields("process_id", "position")}
}
