package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Follow is a person's wish to hear of something.
type Follow struct{ ent.Schema }

func (Follow) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("user_id").Immutable(),
		field.Enum("kind").Values("PROCESS", "COMMITMENT", "USER", "ORGANIZATION").Immutable().
			Comment("of the subject"),
		field.String("subject_id").Immutable().Comment("the node; the id's kind tells which table"),
		field.Bool("active").Default(true).Comment("false: they gave it up, and do not follow it again by taking part"),
		field.Time("created_at"),
	}
}

func (Follow) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "subject_id").Unique(),
		index.Fields("subject_id", "user_id"), // whom a change is told, in order
		index.Fields("user_id", "created_at", "id"),
	}
}

// Notification tells one person of something, or of several things of one kind about one subject.
// It has ids and numbers; what it says is made when it is read, from what can be seen then.
type Notification struct{ ent.Schema }

func (Notification) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("user_id").Immutable(),
		field.Enum("kind").
			Values("MENTION", "ANSWER", "COMMENT_ON_AMENDMENT", "AMENDMENT_ACCEPTED", "AMENDMENT_REJECTED",
				"AMENDMENT_CONFLICTING", "AMENDMENT_PROMOTED", "AMENDMENT_SUBMITTED",
				"COMMITMENT_REVISED", "COMMITMENT_MOVED_ON",
				"COMMITMENT_ADOPTED", "COMMITMENT_WITHDRAWN", "COMMITMENT_PUBLISHED", "PHASE_OPENED", "PHASE_CLOSED",
				"FOLLOWED_AMENDED", "FOLLOWED_SUPPORTED", "CONTENT_MODERATED", "APPEAL_DECIDED", "INVITATION", "ROLE").
			Immutable(),
		field.String("subject_id").Immutable().Comment("the node that all of it is about"),
		field.Strings("items").
			Comment("ids of the newest things told of, newest first, ten at most; none where the subject says it all"),
		field.Int("count").Positive().Comment("how many things are told of"),
		createdAt(),
		field.Time("updated_at").Comment("when the newest was added"),
		field.Time("read_at").Optional().Nillable(),
	}
}

func (Notification) Indexes() []ent.Index {
	return []ent.Index{
		// What is unread grows; what was read stays as it was.
		index.Fields("user_id", "kind", "subject_id").Unique().Annotations(entsql.IndexWhere("read_at IS NULL")),
		index.Fields("user_id", "updated_at", "id"),
		index.Fields("subject_id"),
		index.Fields("updated_at"),
	}
}

// Mention remembers that somebody was told of a comment that mentions them.
type Mention struct{ ent.Schema }

func (Mention) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("comment_id").Immutable(),
		field.String("user_id").Immutable(),
		createdAt(),
	}
}

func (Mention) Indexes() []ent.Index {
	return []ent.Index{index.Fields("comment_id", "user_id").Unique(), index.Fields("user_id")}
}

// NotificationSettings is what a person wants to be told, and how; its id is the person's. Without a row the defaults
// apply.
type NotificationSettings struct{ ent.Schema }

func (NotificationSettings) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.Strings("muted").Optional().Comment("kinds of notification"),
		field.Bool("follows_automatically").Default(true),
		field.Enum("digest").Values("NEVER", "DAILY", "WEEKLY").Default("NEVER"),
		field.Time("digest_at").Optional().Nillable().Comment("when the next is due; empty: never"),
		field.Time("digest_since").Optional().Nillable().Comment("what came after this is in the next one"),
		field.Bool("mails_mentions").Default(false),
		field.Time("mentions_at").Optional().Nillable().Comment("since when a mail about a mention is due"),
		field.Time("mentions_since").Optional().Nillable().Comment("what came after this is in that mail"),
	}
}

func (NotificationSettings) Indexes() []ent.Index {
	return []ent.Index{index.Fields("digest_at"), index.Fields("mentions_at")}
}

// Unsubscription is a link in a mail by which its reader stops mails of that kind. Only a hash of its token is stored.
type Unsubscription struct{ ent.Schema }

func (Unsubscription) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.Bytes("token_hash").Unique().Immutable().Sensitive().Comment("SHA-256 of the token"),
		field.String("user_id").Immutable(),
		field.Enum("mails").Values("DIGEST", "MENTIONS").Immutable(),
		createdAt(),
	}
}

func (Unsubscription) Indexes() []ent.Index {
	return []ent.Index{index.Fields("user_id"), index.Fields("created_at")}
}

// Fanout is an event that is being told to whom it concerns; its id is the event's. It is deleted when everybody is
// told.
type Fanout struct{ ent.Schema }

func (Fanout) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("topic").Immutable(),
		field.String("type").Immutable(),
		field.String("caller_id").Default("").Immutable().
			Comment("who did it, and gets no notification of it; empty for the program itself"),
		field.String("told").Default("").Comment("the id of the last person told: they come in order"),
		field.Int("count").Default(1).Comment("how many events of the topic and type it stands for"),
		createdAt(),
	}
}

func (Fanout) Indexes() []ent.Index { return []ent.Index{index.Fields("topic", "type")} }
