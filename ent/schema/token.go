package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// AccessToken lets a program act for a User, within its scopes. Only a hash is stored; revoking it deletes the row.
type AccessToken struct{ ent.Schema }

func (AccessToken) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("user_id").Immutable(),
		field.String("name").Immutable().Comment("the person's own words for what it is for"),
		field.Bytes("token_hash").Unique().Immutable().Sensitive().Comment("SHA-256 of the token"),
		field.String("scopes").Immutable().Comment("what it is for, with commas between them"),
		createdAt(),
		field.Time("expires_at").Immutable(),
		field.Time("used_at").Optional().Nillable().Comment("the hour of its last use"),
	}
}

func (AccessToken) Edges() []ent.Edge {
	return []ent.Edge{edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable()}
}

func (AccessToken) Indexes() []ent.Index {
	return []ent.Index{index.Fields("user_id", "created_at"), index.Fields("expires_at")}
}

// MailedToken is in a link that was mailed: whoever has it reads mail to that address. Using it deletes the row.
type MailedToken struct{ ent.Schema }

func (MailedToken) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("user_id").Optional().Nillable().Immutable().
			Comment("empty: it opens nothing; it was stored so that the answer takes as long as one for an account"),
		field.Enum("purpose").Values("CONFIRM_EMAIL", "CHANGE_EMAIL", "RESET_PASSWORD").Immutable(),
		field.String("address").Sensitive().Immutable().Comment("where it was mailed to"),
		field.Bytes("token_hash").Unique().Immutable().Sensitive().Comment("SHA-256 of the token"),
		createdAt(),
		field.Time("expires_at").Immutable(),
	}
}

func (MailedToken) Edges() []ent.Edge {
	return []ent.Edge{edge.To("user", User.Type).Field("user_id").Unique().Immutable()}
}

func (MailedToken) Indexes() []ent.Index {
	return []ent.Index{index.Fields("address", "purpose"), index.Fields("user_id"), index.Fields("expires_at")}
}
