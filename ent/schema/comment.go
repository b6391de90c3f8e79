package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Comment is a remark in a thread under a subject.
type Comment struct{ ent.Schema }

func (Comment) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("subject_id").Immutable().Comment("the node it is about; the id's kind tells which table"),
		field.String("topic").Immutable().Comment("the node whose topic announces it: the commitment, the workshop"),
		field.String("parent_id").Optional().Nillable().Immutable(),
		field.Int("depth").Min(0).Max(3).Immutable(),
		field.String("path").Immutable().Comment("ids from the root to itself, each followed by '/': thread order"),

		// What it says, and in whose name.
		field.Text("body"),
		field.String("language").Immutable(),
		field.Enum("alignment").Values("FOR", "AGAINST", "NEUTRAL").Optional().Nillable().Immutable(),
		field.String("author_id").Immutable(),
		field.String("organization_id").Optional().Nillable().Immutable().Comment("in whose name the author wrote"),

		counter("up_count"),
		counter("down_count"),
		field.Int("score").Default(0).Comment("up minus down"),
		counter("reply_count"),
		counter("descendant_count"),

		field.Bool("mentions_bound").Default(false).
			Comment("whom it mentions was looked up when it was written; false: by a program that did not know how"),

		// When its author or a moderator changed it.
		field.Time("edited_at").Optional().Nillable(),
		field.Time("deleted_at").Optional().Nillable(),
		field.Time("hidden_at").Optional().Nillable(),
		field.Time("held_at").Optional().Nillable().
			Comment("a moderator reads it before it is published; hidden_at is set as well, so that what leaves out hidden ones leaves out these"),
		createdAt(),
	}
}

func (Comment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("replies", Comment.Type).From("parent").Field("parent_id").Unique().Immutable(),
		edge.To("author", User.Type).Field("author_id").Unique().Required().Immutable(),
		edge.To("organization", Organization.Type).Field("organization_id").Unique().Immutable(),
		edge.To("edits", CommentEdit.Type),
		edge.To("votes", CommentVote.Type),
		edge.To("mentions", CommentMention.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (Comment) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("subject_id", "created_at", "id"),
		index.Fields("subject_id", "path"),
		index.Fields("subject_id", "depth", "score", "id"),
		index.Fields("subject_id", "depth", "descendant_count", "id"),
		index.Fields("parent_id"),
		index.Fields("author_id", "created_at"),
		index.Fields("topic", "organization_id").Annotations(entsql.IndexWhere("organization_id IS NOT NULL")), // for pulses
		index.Fields("organization_id", "created_at", "id").
			Annotations(entsql.IndexWhere("organization_id IS NOT NULL")),
		// The few comments that are removed: they stay in their thread, and counters do not count them.
		index.Fields("subject_id").Annotations(entsql.IndexWhere("deleted_at IS NOT NULL OR hidden_at IS NOT NULL")),
		// What the job that carries old mentions over has to look at.
		index.Fields("id").StorageKey("comment_unbound").
			Annotations(entsql.IndexWhere("mentions_bound = false AND body LIKE '%@%'")),
	}
}

// CommentEdit is what a Comment said before its author changed it.
type CommentEdit struct{ ent.Schema }

func (CommentEdit) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("comment_id").Immutable(),
		field.Text("body").Immutable().Comment("what was replaced"),
		createdAt(),
	}
}

func (CommentEdit) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("comment", Comment.Type).Ref("edits").Field("comment_id").Unique().Required().Immutable(),
	}
}

func (CommentEdit) Indexes() []ent.Index {
	return []ent.Index{index.Fields("comment_id", "created_at")}
}

// CommentMention says whom a nickname in a Comment, or in what it said before, names. A nickname without a row names
// nobody, whoever takes it later. Its id is that of the comment, "@", and the nickname.
type CommentMention struct{ ent.Schema }

func (CommentMention) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("comment_id").Immutable(),
		field.String("nickname").Immutable().Comment("as it is in the text, in lower case"),
		field.String("user_id").Immutable().Comment("who bore it when it was written"),
	}
}

func (CommentMention) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("comment", Comment.Type).Ref("mentions").Field("comment_id").Unique().Required().Immutable(),
	}
}

func (CommentMention) Indexes() []ent.Index {
	return []ent.Index{index.Fields("comment_id"), index.Fields("user_id")}
}

// CommentVote is one person's opinion of a Comment: 1 up, -1 down.
type CommentVote struct{ ent.Schema }

func (CommentVote) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.String("comment_id").Immutable(),
		field.String("user_id").Immutable(),
		field.Int("value"),
		createdAt(),
	}
}

func (CommentVote) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("comment", Comment.Type).Ref("votes").Field("comment_id").Unique().Required().Immutable(),
		edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable(),
	}
}

func (CommentVote) Indexes() []ent.Index {
	return []ent.Index{index.Fields("comment_id", "user_id").Unique(), index.Fields("user_id")}
}
