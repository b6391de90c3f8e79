package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/ent"
	"ensemble/ent/moderationcase"
	"ensemble/ent/predicate"
	"ensemble/ent/report"
)

// ReportedFor matches the cases of items that were reported for one of the reasons.
func ReportedFor(reasons ...report.Reason) predicate.ModerationCase {
	return func(s *sql.Selector) {
		reported := sql.Dialect(s.Dialect()).Select(report.FieldItemID).From(sql.Table(report.Table)).
			Where(sql.In(report.FieldReason, anys(reasons)...))
		s.Where(sql.In(s.C(moderationcase.FieldItemID), reported))
	}
}

// CountCases counts the cases that a query finds, by their processes and a column.
func CountCases(ctx context.Context, q *ent.ModerationCaseQuery, by string) (Counts, error) {
	return countBy(ctx, q, moderationcase.FieldProcessID, column(by), everyID)
}

// CountCasesByReason counts the cases that a query finds, by their processes and the reasons of the reports on them.
func CountCasesByReason(ctx context.Context, q *ent.ModerationCaseQuery) (Counts, error) {
	return countBy(ctx, q, moderationcase.FieldProcessID, func(s *sql.Selector) string {
		reports := sql.Table(report.Table)
		s.Join(reports).On(s.C(moderationcase.FieldItemID), reports.C(report.FieldItemID))
		return reports.C(report.FieldReason)
	}, everyID)
}
