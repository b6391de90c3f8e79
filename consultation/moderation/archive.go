package moderation

import (
	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/predicate"
	"ensemble/ent/report"
)

// ArchiveOfModeration returns the parts of a person's archive that are about moderation: what they reported and
// appealed, what was decided on what they wrote, and what they decided.
func (s *Moderation) ArchiveOfModeration() []change.ArchivePart {
	return []change.ArchivePart{
		change.Archived("reports.json",
			"id item_id kind process_id reason text good_faith outcome moderation_id created_at updated_at decided_at",
			s.Read.Report.Query, report.ReporterID),
		change.Archived("appeals.json", "id moderation_id item_id process_id text state statement created_at decided_at",
			s.Read.Appeal.Query, appeal.AuthorID),
		change.Archived("moderation-cases.json",
			"id item_id kind process_id state removed held_for opened_at decided_at created_at",
			s.Read.ModerationCase.Query, moderationcase.AuthorID),
		change.Archived("moderation-of-mine.json",
			"id item_id kind process_id action reason facts ground automated created_at",
			s.Read.Moderation.Query, onItemsOf),
		change.Archived("moderation-by-me.json",
			"id item_id kind process_id action reason facts ground automated created_at",
			s.Read.Moderation.Query, entmoderation.DeciderID),
		change.Archived("appeals-decided.json", "id moderation_id item_id process_id state statement decided_at",
			s.Read.Appeal.Query, appeal.DeciderID),
	}
}

// onItemsOf matches the decisions about what somebody wrote.
func onItemsOf(author string) predicate.Moderation {
	return func(s *sql.Selector) {
		items := sql.Dialect(s.Dialect()).Select(moderationcase.FieldItemID).From(sql.Table(moderationcase.Table)).
			Where(sql.EQ(moderationcase.FieldAuthorID, author))
		s.Where(sql.In(s.C(entmoderation.FieldItemID), items))
	}
}
