package roadmap

import (
	"context"
	"strings"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/predicate"
	"ensemble/ent/support"
	"ensemble/ent/territory"
)

// CountCommitments counts the commitments that q finds, by their processes and the values of the column by.
func CountCommitments(ctx context.Context, q *ent.CommitmentQuery, by string) (public.Counts, error) {
	return public.CountBy(ctx, q, commitment.FieldProcessID, public.Column(by), public.EveryRow)
}

// CountTerritories counts the commitments that q finds, by their processes and by territory: the ones that a commitment
// names, and those that these are in, once for each.
func CountTerritories(ctx context.Context, q *ent.CommitmentQuery) (public.Counts, error) {
	var named []struct{ Process, Commitment, Path string }
	err := q.Modify(func(s *sql.Selector) {
		link, place := sql.Table(commitment.TerritoriesTable), sql.Table(territory.Table)
		s.Join(link).On(s.C(commitment.FieldID), link.C("commitment_id"))
		s.Join(place).On(link.C("territory_id"), place.C(territory.FieldID))
		s.Select(sql.As(s.C(commitment.FieldProcessID), "process"), sql.As(s.C(commitment.FieldID), "commitment"),
			sql.As(place.C(territory.FieldPath), "path"))
	}).Scan(ctx, &named)

	counts, counted := public.Counts{}, map[[2]string]bool{}
	for _, n := range named {
		for id := range strings.SplitSeq(strings.TrimSuffix(n.Path, "/"), "/") { // of all that the territory is in
			if once := [2]string{n.Commitment, id}; !counted[once] {
				counted[once] = true
				counts[[2]string{n.Process, id}]++
			}
		}
	}
	return counts, err
}

// CountAmendments counts the amendments that q finds in the lists, by state. parent is the column with the ids of the
// lists.
func CountAmendments(ctx context.Context, q *ent.AmendmentQuery, parent string, lists []string) (public.Counts, error) {
	return public.CountBy(
		ctx, q.Where(sql.FieldIn(parent, lists...)), parent, public.Column(amendment.FieldState), public.EveryRow,
	)
}

// SupportTally is how many supports in a list are alike. Person and Current are 0 or 1.
type SupportTally struct {
	Parent  string
	Person  int
	Current int // 1 when given on the text as it is now
	Count   int
}

// CountSupports counts the supports that q finds in the lists. parent is the column with the ids of the lists.
func CountSupports(
	ctx context.Context, q *ent.SupportQuery, parent string, lists []string,
) (tallies []SupportTally, err error) {
	err = q.Where(sql.FieldIn(parent, lists...)).Modify(func(s *sql.Selector) {
		c := sql.Table(commitment.Table)
		s.Join(c).On(s.C(support.FieldCommitmentID), c.C(commitment.FieldID))
		person := "CASE WHEN " + s.C(support.FieldUserID) + " IS NULL THEN 0 ELSE 1 END"
		current := "CASE WHEN " + s.C(support.FieldVersionID) + " = " +
			c.C(commitment.FieldVersionID) + " THEN 1 ELSE 0 END"

		s.Select(sql.As(s.C(parent), "parent")).
			AppendSelectExprAs(sql.Raw(person), "person").AppendSelectExprAs(sql.Raw(current), "current").
			AppendSelectExprAs(sql.Raw(sql.Count("*")), "count").GroupBy(s.C(parent), "person", "current")
	}).Scan(ctx, &tallies)
	return tallies, err
}

// OnCurrentText matches supports that were given on the text as it is now.
func OnCurrentText() predicate.Support {
	return func(s *sql.Selector) {
		versions := sql.Dialect(s.Dialect()).Select(commitment.FieldVersionID).From(sql.Table(commitment.Table))
		versions.Where(sql.ColumnsEQ(versions.C(commitment.FieldID), s.C(support.FieldCommitmentID)))
		s.Where(sql.In(s.C(support.FieldVersionID), versions))
	}
}

// CountSigned counts, by their subjects, the readable comments that were written in the name of an organization. topics
// are the commitments that the subjects belong to: an index finds the comments by them.
func (s *Roadmap) CountSigned(ctx context.Context, topics, subjects []string) (map[string]int, error) {
	return change.CountBySubject(ctx, s.public.SignedComments().
		Where(comment.TopicIn(topics...), comment.SubjectIDIn(subjects...)).
		GroupBy(comment.FieldSubjectID).Aggregate(ent.Count()).Scan)
}
