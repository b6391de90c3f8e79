package consultation

import (
	"strings"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/text"
	"ensemble/ent/comment"
	"ensemble/ent/predicate"
)

// Conditions of lists, besides who may see what.

// Holding matches rows whose folded column holds all words of a search text; none matches all rows.
func Holding(column string, search *string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		if search == nil {
			return
		}
		for _, word := range strings.Fields(text.Fold(*search)) {
			s.Where(sql.Contains(s.C(column), word))
		}
	}
}

// Below matches comments: what is under a comment, at any depth; nothing is below what is no comment.
func Below(id string) predicate.Comment {
	return func(s *sql.Selector) {
		if kind, ok := KindOf(id); !ok || kind != "comment" {
			s.Where(sql.False())
			return
		}
		s.Where(sql.And(sql.Contains(s.C(comment.FieldPath), id+"/"), sql.NEQ(s.C(comment.FieldID), id)))
	}
}
