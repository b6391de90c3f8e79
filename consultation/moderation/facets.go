package moderation

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/ent"
	"ensemble/ent/moderationcase"
	"ensemble/ent/predicate"
	"ensemble/ent/report"
)

// ReportedFor matches the cases of items that were reported for one of the reasons.
func ReportedFor(reasons ...report.Reason) predicate.ModerationCase {
	return func(s *sql.Selector) {
		reported := sql.Dialect(s.Dialect()).Select(report.FieldItemID).From(sql.Table(report.Table)).
			Where(sql.In(report.FieldReason, change.Anys(reasons)...))
		s.Where(sql.In(s.C(moderationcase.FieldItemID), reported))
	}
}

// CountCases counts the cases that a query finds, by their processes and a column.
func CountCases(ctx context.Context, q *ent.ModerationCaseQuery, by string) (public.Counts, error) {
	return public.CountBy(ctx, q, moderationcase.FieldProcessID, public.Column(by), public.EveryID)
}

// CountCasesByReason counts the cases that a query finds, by their processes and the reasons of the reports on them.
func CountCasesByReason(ctx context.Context, q *ent.ModerationCaseQuery) (public.Counts, error) {
	return public.CountBy(ctx, q, moderationcase.FieldProcessID, func(s *sql.Selector) string {
		reports := sql.Table(report.Table)
		s.Join(reports).On(s.C(moderationcase.FieldItemID), reports.C(report.FieldItemID))
		return reports.C(report.FieldReason)
	}, public.EveryID)
}
