package consultation

import (
	"entgo.io/ent/dialect/sql"

	"ensemble/ent/appeal"
	"ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/predicate"
	"ensemble/ent/report"
)

// archiveOfModeration is what somebody reported and appealed, what was decided on what they wrote, and what they decided.
func (s *Service) archiveOfModeration() []archivePart {
	return []archivePart{
		archived("reports.json", "id item_id kind process_id reason text good_faith outcome moderation_id created_at updated_at decided_at",
			s.Read.Report.Query, report.ReporterID),
		archived("appeals.json", "id moderation_id item_id process_id text state statement created_at decided_at",
			s.Read.Appeal.Query, appeal.AuthorID),
		archived("moderation-cases.json", "id item_id kind process_id state removed held_for opened_at decided_at created_at",
			s.Read.ModerationCase.Query, moderationcase.AuthorID),
		archived("moderation-of-mine.json", "id item_id kind process_id action reason facts ground automated created_at",
			s.Read.Moderation.Query, onItemsOf),
		archived("moderation-by-me.json", "id item_id kind process_id action reason facts ground automated created_at",
			s.Read.Moderation.Query, moderation.DeciderID),
		archived("appeals-decided.json", "id moderation_id item_id process_id state statement decided_at",
			s.Read.Appeal.Query, appeal.DeciderID),
	}
}

// onItemsOf matches decisions about what somebody wrote.
func onItemsOf(author string) predicate.Moderation {
	return func(s *sql.Selector) {
		items := sql.Dialect(s.Dialect()).Select(moderationcase.FieldItemID).From(sql.Table(moderationcase.Table)).
			Where(sql.EQ(moderationcase.FieldAuthorID, author))
		s.Where(sql.In(s.C(moderation.FieldItemID), items))
	}
}
