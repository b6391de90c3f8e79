package lists_test

import (
	"fmt"
	"strings"

	"ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/internal/testsite"
)

// moderationLists are the connections of what moderators do and people report.
var moderationLists = []list{
	{
		field: "Process.viewerModerationQueue", as: "admin", parent: (*lists).publicProcess,
		add:   func(w *lists, process string) string { return w.caseIn(process, w.NewID("comment"), w.Bob.ID) },
		table: "moderation_cases", column: "process_id",
		keys: map[string]string{
			"": "opened_at", "OPENED_AT": "-opened_at", "OPENED_AT ASC": "opened_at", "OPENED_AT DESC": "-opened_at",
			"REPORTS": "-report_count", "REPORTS ASC": "report_count", "REPORTS DESC": "-report_count",
		},
	},
	{
		field: "Viewer.hiddenItems", as: "alice",
		add:   func(w *lists, _ string) string { return w.caseIn(w.Process.ID, w.NewID("comment"), w.Alice.ID) },
		table: "moderation_cases", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "Viewer.reports", as: "alice",
		add:   func(w *lists, _ string) string { return w.reportOn(w.NewID("comment"), w.Alice.ID) },
		table: "reports", keys: map[string]string{"": "-created_at"},
	},
	{
		field: "ModerationCase.reports", as: "admin", parent: (*lists).reportedComment,
		add:   func(w *lists, item string) string { return w.reportOn(item, w.NewID("user")) },
		table: "reports", column: "item_id", keys: map[string]string{"": "created_at"},
	},
	{
		field: "ModerationLog.entries",
		add:   func(w *lists, _ string) string { return w.decisionOn(w.NewID("comment")) },
		table: "moderations", keys: map[string]string{"": "-created_at"}, frozen: true,
	},
}

// caseIn adds the open case of a comment that was removed.
func (w *lists) caseIn(process, item, author string) string {
	_, key := w.next()
	return testsite.Got(w.Write.ModerationCase.Create().
		SetID(w.NewID("case")).
		SetItemID(item).
		SetKind(moderationcase.KindCOMMENT).
		SetProcessID(process).
		SetAuthorID(author).
		SetState(moderationcase.StateOPEN).
		SetRemoved(true).
		SetReportCount(key % 3).
		SetOpenedAt(w.at(key)).
		SetCreatedAt(w.at(key)).
		Save(w.t.Context()))(w.t).ID
}

// reportedComment adds a comment with a case.
func (w *lists) reportedComment() string {
	id := w.commentOn(w.publicCommitment())
	w.caseIn(w.Process.ID, id, w.Bob.ID)
	return id
}

// reportOn adds a report of a comment, which may have no case.
func (w *lists) reportOn(item, reporter string) string {
	n, key := w.next()
	return testsite.Got(w.Write.Report.Create().
		SetID(w.NewID("report")).
		SetCaseID(w.caseOf(item)).
		SetItemID(item).
		SetKind(report.KindCOMMENT).
		SetProcessID(w.Process.ID).
		SetReporterID(reporter).
		SetReason(report.ReasonSPAM).
		SetText(fmt.Sprint(n)).
		SetCreatedAt(w.at(key)).
		SetUpdatedAt(w.at(key)).
		Save(w.t.Context()))(w.t).ID
}

// decisionOn adds a moderator's decision to dismiss the reports of a comment.
func (w *lists) decisionOn(item string) string {
	_, key := w.next()
	return testsite.Got(w.Write.Moderation.Create().
		SetID(w.NewID("moderation")).
		SetItemID(item).
		SetKind(moderation.KindCOMMENT).
		SetProcessID(w.Process.ID).
		SetAction(moderation.ActionDISMISS).
		SetAutomated(false).
		SetCreatedAt(w.at(key)).
		Save(w.t.Context()))(w.t).ID
}

// caseOf is the id of the case of an item, or "" if there is none.
func (w *lists) caseOf(item string) string {
	ids := testsite.Got(w.Read.ModerationCase.Query().Where(moderationcase.ItemID(item)).IDs(w.t.Context()))(w.t)
	return strings.Join(ids, "")
}
