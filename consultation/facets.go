package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/predicate"
	"ensemble/ent/support"
	"ensemble/ent/territory"
)

// CountCommitments counts the commitments that a query finds, by their processes and a column.
func CountCommitments(ctx context.Context, q *ent.CommitmentQuery, by string) (Counts, error) {
	return countBy(ctx, q, commitment.FieldProcessID, column(by), everyRow)
}

// CountTerritories counts the commitments that a query finds, by their processes and under each territory they name and each
// that one is in, once each: their paths hold the ids of all these.
func CountTerritories(ctx context.Context, q *ent.CommitmentQuery) (Counts, error) {
	return countBy(ctx, q, commitment.FieldProcessID, func(s *sql.Selector) string {
		link, named, above := sql.Table(commitment.TerritoriesTable), sql.Table(territory.Table).As("named"), sql.Table(territory.Table).As("above")
		s.Join(link).On(s.C(commitment.FieldID), link.C("commitment_id"))
		s.Join(named).On(link.C("territory_id"), named.C(territory.FieldID))
		s.Join(above).OnP(sql.P(func(b *sql.Builder) {
			b.Ident(named.C(territory.FieldPath)).WriteString(" LIKE '%' || ").Ident(above.C(territory.FieldID)).WriteString(" || '/%'")
		}))
		return above.C(territory.FieldID)
	}, everyID)
}

// CountAmendments counts the amendments that a query finds in lists, by state. parent is the column that holds the ids of the
// lists.
func CountAmendments(ctx context.Context, q *ent.AmendmentQuery, parent string, lists []string) (Counts, error) {
	return countBy(ctx, q.Where(sql.FieldIn(parent, lists...)), parent, column(amendment.FieldState), everyRow)
}

// SupportTally is how many supports in a list are alike. The flags are 0 or 1.
type SupportTally struct {
	Parent  string
	Person  int
	Current int // it speaks about the text as it is now
	Count   int
}

// CountSupports counts the supports that a query finds in lists. parent is the column that holds the ids of the lists.
func CountSupports(ctx context.Context, q *ent.SupportQuery, parent string, lists []string) (tallies []SupportTally, err error) {
	err = q.Where(sql.FieldIn(parent, lists...)).Modify(func(s *sql.Selector) {
		c := sql.Table(commitment.Table)
		s.Join(c).On(s.C(support.FieldCommitmentID), c.C(commitment.FieldID))
		person := "CASE WHEN " + s.C(support.FieldUserID) + " IS NULL THEN 0 ELSE 1 END"
		current := "CASE WHEN " + s.C(support.FieldVersionID) + " = " + c.C(commitment.FieldVersionID) + " THEN 1 ELSE 0 END"
		s.Select(sql.As(s.C(parent), "parent")).
			AppendSelectExprAs(sql.Raw(person), "person").AppendSelectExprAs(sql.Raw(current), "current").
			AppendSelectExprAs(sql.Raw(sql.Count("*")), "count").GroupBy(s.C(parent), "person", "current")
	}).Scan(ctx, &tallies)
	return tallies, err
}

// OnCurrentText matches supports that speak about the text as it is now.
func OnCurrentText() predicate.Support {
	return func(s *sql.Selector) {
		versions := sql.Dialect(s.Dialect()).Select(commitment.FieldVersionID).From(sql.Table(commitment.Table))
		versions.Where(sql.ColumnsEQ(versions.C(commitment.FieldID), s.C(support.FieldCommitmentID)))
		s.Where(sql.In(s.C(support.FieldVersionID), versions))
	}
}
