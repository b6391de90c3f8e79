package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// User is an account. Erasing it blanks what identifies the person; the row stays.
type User struct{ ent.Schema }

func (User) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("name"),
		field.String("nickname").Optional().Nillable().Unique().Comment("lower case; empty once erased"),
		field.String("nickname_look").Optional().Nillable().Unique().
			Comment("what the nickname looks like; empty once erased, and where others bore a look-alike before this was compared"),
		field.String("email").Optional().Nillable().Unique().Sensitive().
			Comment("lower case, private; empty once erased"),
		field.String("password_hash").Optional().Sensitive().Comment("argon2id in PHC form; empty: no password"),
		field.String("language").Comment("BCP 47 tag of messages to this person"),
		field.Bool("site_admin").Default(false),
		field.Time("email_confirmed_at").Optional().Nillable(),
		field.Time("confirm_by").Optional().Nillable().
			Comment("when it is forgotten unless the address is confirmed; empty: never"),
		field.String("terms_version").Default("").
			Comment("of the terms of use that the person accepted last; empty: of none"),
		field.Time("terms_accepted_at").Optional().Nillable(),
		field.Time("erased_at").Optional().Nillable(),
		createdAt(),
	}
}

func (User) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("sessions", Session.Type),
		edge.To("roles", Role.Type),
		edge.To("memberships", Membership.Type),
	}
}

func (User) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("confirm_by"),
		index.Fields("erased_at").Annotations(entsql.IndexWhere("erased_at IS NOT NULL")), // whom a job looks at again
	}
}

// RestingNickname is a nickname that somebody gave up, and that nobody else may take yet. Its id is made of what the
// nickname looks like: see people.restingID.
type RestingNickname struct{ ent.Schema }

func (RestingNickname) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("user_id").Optional().Nillable().Comment("who may take it back; empty once erased"),
		field.String("nickname").Optional().Nillable().Comment("as they bore it; empty once erased"),
		field.Time("until").Comment("when everybody may take it"),
	}
}

func (RestingNickname) Indexes() []ent.Index {
	return []ent.Index{index.Fields("user_id"), index.Fields("until")}
}

// Session is a signed-in device. Only a hash of its token is stored.
type Session struct{ ent.Schema }

func (Session) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("user_id").Immutable(),
		field.Bytes("token_hash").Unique().Immutable().Sensitive().Comment("SHA-256 of the token"),
		createdAt(),
		field.Time("expires_at"),
		field.Time("used_at").Optional().Nillable().Comment("the hour of its last use"),
		field.String("device").Default("").Immutable().Comment("families of browser and system; empty: unknown"),
	}
}

func (Session) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("sessions").Field("user_id").Unique().Required().Immutable(),
	}
}

func (Session) Indexes() []ent.Index {
	return []ent.Index{index.Fields("user_id"), index.Fields("expires_at")}
}

// Role is what a User is trusted with in one Process.
type Role struct{ ent.Schema }

func (Role) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("user_id").Immutable(),
		field.String("process_id").Immutable(),
		field.Enum("name").Values("ADMIN", "STEERING", "MODERATOR", "FACILITATOR").Immutable(),
		createdAt(),
	}
}

func (Role) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("roles").Field("user_id").Unique().Required().Immutable(),
		edge.From("process", Process.Type).Ref("roles").Field("process_id").Unique().Required().Immutable(),
	}
}

func (Role) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "process_id", "name").Unique(),
		index.Fields("process_id"),
	}
}
