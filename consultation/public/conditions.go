package public

import (
	"strings"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/text/clean"
	"ensemble/ent/comment"
	"ensemble/ent/predicate"
)

// Conditions of lists, besides who may see what.

// Containing matches rows whose folded column contains all words of a search text; nil matches all rows.
func Containing(column string, search *string) func(*sql.Selector) {
	return func(s *sql.Selector) {
		if search == nil {
			return
		}
		for _, word := range strings.Fields(clean.Fold(*search)) {
			s.Where(sql.Contains(s.C(column), word))
		}
	}
}

// Below matches the comments under a comment, at any depth. It matches none when id is not the id of a comment.
func Below(id string) predicate.Comment {
	return func(s *sql.Selector) {
		if kind, ok := change.KindOf(id); !ok || kind != "comment" {
			s.Where(sql.False())
			return
		}
		s.Where(sql.And(sql.Contains(s.C(comment.FieldPath), id+"/"), sql.NEQ(s.C(comment.FieldID), id)))
	}
}
