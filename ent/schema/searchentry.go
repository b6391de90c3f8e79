package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// SearchEntry says that a node can be found, and as what; its id is the node's. Who may read it is asked of the node's
// own row. The words are beside it, in the form of the database: see the migrations.
type SearchEntry struct{ ent.Schema }

func (SearchEntry) Fields() []ent.Field {
	return []ent.Field{
		id(),
		field.Enum("kind").Values("COMMITMENT", "AMENDMENT", "COMMENT", "ORGANIZATION"),
		field.String("languages").Comment("those of its texts, each with ',' before and after it; ',' for a name"),
		field.String("commitment_id").Optional().Nillable().Comment("the commitment it is about, or is"),
		field.String("amendment_id").Optional().Nillable().Comment("the amendment it is about, or is"),
		field.Time("published_at").Comment("when the node became public"),
	}
}
