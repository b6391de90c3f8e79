package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Identity is a person at an OpenID Connect provider, who may sign in to an account here. Nothing else that the
// provider knows of the person is stored.
type Identity struct{ ent.Schema }

func (Identity) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("user_id").Immutable(),
		field.String("issuer").Immutable().Comment("the provider, by the address it has for ever"),
		field.String("subject").Sensitive().Immutable().Comment("the person, as only this provider calls them"),
		createdAt(),
	}
}

func (Identity) Edges() []ent.Edge {
	return []ent.Edge{edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable()}
}

func (Identity) Indexes() []ent.Index {
	return []ent.Index{index.Fields("issuer", "subject").Unique(), index.Fields("user_id")}
}

// SignInAttempt is somebody on their way to a provider and back. It is deleted by whoever comes back with it, or when
// it is too old.
type SignInAttempt struct{ ent.Schema }

func (SignInAttempt) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("state").Unique().Immutable().Comment("SHA-256, in hex, of what the browser's cookie holds"),
		field.String("provider").Immutable(),
		field.String("nonce").Sensitive().Immutable(),
		field.String("verifier").Sensitive().Immutable().
			Comment("of PKCE; empty where the provider does not know that"),
		field.String("return_to").Immutable().Comment("a path of this site"),
		field.String("user_id").Optional().Nillable().Immutable().
			Comment("who links an identity to their account; empty: somebody signs in"),
		createdAt(),
	}
}

func (SignInAttempt) Indexes() []ent.Index {
	return []ent.Index{index.Fields("created_at")}
}

// ProviderSession is what a provider wants to see again when a session ends that began with it. It goes with the
// session.
type ProviderSession struct{ ent.Schema }

func (ProviderSession) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("session_id").Immutable(),
		field.String("provider").Immutable(),
		field.Bytes("id_token").Sensitive().Immutable().
			Comment("encrypted under the session's token, of which only a hash is kept"),
	}
}

func (ProviderSession) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("session", Session.Type).Field("session_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (ProviderSession) Indexes() []ent.Index {
	return []ent.Index{index.Fields("session_id").Unique()}
}
