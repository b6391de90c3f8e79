package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Mail is a message on its way out, written in the transaction that has a reason for it, and deleted once it is sent.
type Mail struct{ ent.Schema }

func (Mail) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("user_id").Optional().Nillable().Immutable().
			Comment("whom it is for, if they have an account: erased with it"),
		field.String("address").Sensitive().Immutable(),
		field.String("language").Immutable(),
		field.String("subject").Sensitive().Immutable(),
		field.Text("body").Sensitive().Immutable(),
		field.Strings("tells").Optional().Immutable().
			Comment("ids of notifications; what they say is put before the body when the mail leaves"),
		field.JSON("headers", map[string]string{}).Optional().Immutable(),
		counter("attempts"),
		field.Time("send_at").Comment("not before; moved on by whoever tries, so that nobody else does meanwhile"),
		createdAt(),
	}
}

func (Mail) Indexes() []ent.Index {
	return []ent.Index{index.Fields("send_at"), index.Fields("user_id")}
}
