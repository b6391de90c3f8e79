package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// reasons are why something is reported, or was hidden.
var reasons = []string{"SPAM", "OFFENSIVE", "OFF_TOPIC", "ILLEGAL", "OTHER"}

// moderated are the kinds of items that can be reported and moderated.
var moderated = []string{"COMMENT", "AMENDMENT"}

// Report is a reader's claim that an item breaks the rules: one per person and item.
type Report struct{ ent.Schema }

func (Report) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("case_id").Immutable(),
		field.String("item_id").Immutable(),
		field.Enum("kind").Values(moderated...).Immutable(),
		field.String("process_id").Immutable(),
		field.String("reporter_id").Immutable(),
		field.Enum("reason").Values(reasons...),
		field.Text("text").Default(""),
		field.Bool("good_faith").Default(false).Comment("stated: the reporter believes what they claim"),
		field.Enum("outcome").Values("HIDDEN", "KEPT", "GONE").Optional().Nillable().
			Comment("empty until there is one; GONE: the author deleted it"),
		field.String("moderation_id").Optional().Nillable().Comment("the decision that the outcome is of"),
		field.Time("decided_at").Optional().Nillable(),
		createdAt(),
		field.Time("updated_at"),
	}
}

func (Report) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("item_id", "reporter_id").Unique(),
		index.Fields("reporter_id", "created_at", "id"),
		index.Fields("case_id", "created_at", "id"),
	}
}

// Moderation is a decision on an item, kept for ever: the database refuses to delete a row, and to change anything in
// one but facts.
type Moderation struct{ ent.Schema }

func (Moderation) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("item_id").Immutable(),
		field.Enum("kind").Values(moderated...).Immutable(),
		field.String("process_id").Immutable(),
		field.Enum("action").Values("HIDE", "RESTORE", "DISMISS", "PUBLISH", "REFUSE").Immutable().
			Comment("PUBLISH and REFUSE are of held items, which nobody else has seen: they are in no log"),
		field.Enum("reason").Values(reasons...).Optional().Nillable().Immutable(),
		field.Text("facts").Default("").Comment("for the author and the moderators; it may name people"),
		field.String("ground").Default("").Immutable().Comment("the rule or law; public"),
		field.Bool("automated").Immutable(),
		field.String("decider_id").Optional().Nillable().Immutable().
			Comment("never shown; empty for the program itself"),
		createdAt(),
	}
}

func (Moderation) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("process_id", "created_at", "id"),
		index.Fields("item_id", "created_at", "id"),
	}
}

// Appeal is the author's objection to a Moderation: one each.
type Appeal struct{ ent.Schema }

func (Appeal) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("moderation_id").Unique().Immutable(),
		field.String("item_id").Immutable(),
		field.String("process_id").Immutable(),
		field.String("author_id").Immutable(),
		field.Text("text").Immutable(),
		field.Enum("state").Values("OPEN", "UPHELD", "OVERTURNED", "LAPSED").Default("OPEN").
			Comment("LAPSED: the author deleted or changed the item"),
		field.Text("statement").Default("").Comment("why it was decided so"),
		field.String("decider_id").Optional().Nillable().Comment("never shown"),
		field.Time("decided_at").Optional().Nillable(),
		createdAt(),
	}
}

func (Appeal) Indexes() []ent.Index { return []ent.Index{index.Fields("item_id")} }

// ModerationCase is what moderators see of one item: that it was reported, held or hidden, how often, and what is to be
// decided. It is created with the first report or decision, or when the item is held.
type ModerationCase struct{ ent.Schema }

func (ModerationCase) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("item_id").Unique().Immutable(),
		field.Enum("kind").Values(moderated...).Immutable(),
		field.String("process_id").Immutable(),
		field.String("author_id").Immutable(),
		field.Enum("state").Values("OPEN", "HELD", "APPEALED", "DECIDED"),
		field.Bool("removed").Default(false).
			Comment("only its author and moderators read the item: it is hidden, held or refused, and not deleted"),
		field.Strings("held_for").Optional().Comment("what the checks found, while it is held"),
		counter("report_count"),
		counter("confirmed_count"),
		counter("decision_count"),
		field.Time("opened_at").Comment("since when it waits, or waited last"),
		field.Time("decided_at").Optional().Nillable(),
		createdAt(),
	}
}

func (ModerationCase) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("process_id", "state", "opened_at", "id"),
		index.Fields("process_id", "report_count", "id"),
		index.Fields("author_id", "removed", "created_at", "id"),
	}
}
