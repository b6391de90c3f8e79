package moderation

import (
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/report"
)

// ReportContentInput is the input of Report.
type ReportContentInput struct {
	Item           string
	Reason         report.Reason
	Text           string
	IsInGoodFaith  bool
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in ReportContentInput) Retry() (string, *string) { return "reportContent", in.IdempotencyKey }

// AppealDecisionInput is the input of Appeal.
type AppealDecisionInput struct {
	Moderation     string
	Text           string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in AppealDecisionInput) Retry() (string, *string) { return "appealDecision", in.IdempotencyKey }

// DecideAppealInput is the input of DecideAppeal.
type DecideAppealInput struct {
	Appeal         string
	Overturn       bool
	Statement      string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in DecideAppealInput) Retry() (string, *string) { return "decideAppeal", in.IdempotencyKey }

// Decision is the input of Decide: what a moderator decides on an item, with the statement of reasons.
type Decision struct {
	Item   string
	Action entmoderation.Action
	Reason *entmoderation.Reason
	Facts  string // for the author
	Ground string // the rule or law, for everybody
	Seen   *int   // how many decisions the moderator saw on it; nil: whatever was decided since

	IdempotencyKey *string
}

// Retry implements change.Input.
func (d Decision) Retry() (string, *string) { return mutations[d.Action], d.IdempotencyKey }

// DecideAllInput is the input of DecideAll: the same decision on several items.
type DecideAllInput struct {
	Items          []string
	Decision       Decision // without item and key
	IdempotencyKey *string
}

// oneOfAll is the decision on one of several items, each of which has the key for itself.
type oneOfAll struct{ Decision }

// Retry implements change.Input.
func (d oneOfAll) Retry() (string, *string) { return "decideReports " + d.Item, d.IdempotencyKey }
