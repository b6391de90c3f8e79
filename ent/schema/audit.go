package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// AuditEntry is one privileged act. The database refuses to change or delete a row.
type AuditEntry struct{ ent.Schema }

func (AuditEntry) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("act").Immutable().Comment("the mutation, or what the program did by itself"),
		field.String("actor_id").Optional().Nillable().Immutable().
			Comment("the user; empty for the command line and the program itself"),
		field.String("subject_id").Immutable().Comment("the node it was done to"),
		field.String("process_id").Optional().Nillable().Immutable().Comment("empty for what concerns the whole site"),
		field.Text("reason").Default("").Immutable(),
		field.JSON("details", map[string]any{}).Optional().Immutable().
			Comment("names of roles and states; nothing people wrote"),
		createdAt(),
	}
}

func (AuditEntry) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("created_at", "id"),
		index.Fields("process_id", "created_at", "id"),
		index.Fields("actor_id", "created_at"),
		index.Fields("subject_id", "created_at"),
	}
}
