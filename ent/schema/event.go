package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Event is one row of the append-only log: a public change, numbered without gaps per topic.
type Event struct{ ent.Schema }

func (Event) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("topic").Immutable(),
		field.Int64("seq").Positive().Immutable(),
		field.Int64("nonce").Immutable().Comment("64 random bits"),
		field.Int64("previous_nonce").Immutable().Comment("of seq-1; 0 for the first"),
		field.String("type").Immutable(),
		field.String("subject_id").Immutable(),
		field.String("actor_id").Optional().Immutable().Comment("the public actor, empty for nobody"),
		field.JSON("data", map[string]any{}).Optional().
			Comment("new values of counters and states; nothing people wrote"),
		field.Time("at").Immutable(),
	}
}

func (Event) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("topic", "seq").Unique(),
		index.Fields("at"),
	}
}

// Topic is the head of one topic's log: its row lock numbers the events.
type Topic struct{ ent.Schema }

func (Topic) Fields() []ent.Field {
	return []ent.Field{
		id(), // the node people watch: a commitment, process, workshop or user
		field.Int64("seq"),
		field.Int64("nonce"),
		field.Int64("previous_nonce"),
	}
}

// IdempotencyKey remembers what a mutation answered, so that a retry does nothing twice.
type IdempotencyKey struct{ ent.Schema }

func (IdempotencyKey) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("user_id").Immutable(),
		field.String("mutation").Immutable(),
		field.String("key").Immutable(),
		field.Bytes("input_hash").Immutable(),
		field.String("answer_id").Default("").Comment("the node it answered with"),
		createdAt(),
	}
}

func (IdempotencyKey) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "mutation", "key").Unique(),
		index.Fields("created_at"),
	}
}
