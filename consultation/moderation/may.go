package moderation

import (
	"slices"
	"time"

	"ensemble/auth"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/appeal"
	entmoderation "ensemble/ent/moderation"
)

// MayReport reports why v may not report what the author wrote in a process, or nil.
// Errors: UNAUTHENTICATED; FORBIDDEN until the address of v is confirmed, and for what they wrote.
func MayReport(v auth.Viewer, author, process string) error {
	if err := permission.Ask(v, "reportContent", permission.About{Process: process}); err != nil {
		return err
	}
	if v.UserID == author {
		return refusal.New(refusal.Forbidden, "You may not report what you wrote.")
	}
	return nil
}

// MayReadQueue reports why v may not read the queue of a process, or nil: what was reported, held or hidden there,
// and what was decided on it.
// Errors: UNAUTHENTICATED; FORBIDDEN.
func MayReadQueue(v auth.Viewer, process string) error {
	return permission.Ask(v, "readModerationQueue", permission.About{Process: process})
}

// MayReadCase reports whether the viewer may read the standing of an item, and the facts of the decisions on it: its
// author and the moderators may.
func MayReadCase(v auth.Viewer, author, process string) bool {
	return permission.Ask(v, "readModerationCase", permission.About{Process: process, Author: author}) == nil
}

// MayModerate reports why v may not decide on what the author wrote in a process, or nil; act is the name of the
// mutation.
// Errors: UNAUTHENTICATED; FORBIDDEN unless v moderates the process, and for what they wrote.
func MayModerate(v auth.Viewer, act, author, process string) error {
	if err := permission.Ask(v, act, permission.About{Process: process}); err != nil {
		return err
	}
	if v.UserID == author {
		return refusal.New(refusal.Forbidden, "You may not decide on what you wrote.")
	}
	return nil
}

// mayDecideOn reports why a decision cannot be made on an item with this standing, or nil. The standing must be one
// that the decision needs, and nobody may have decided since the moderator saw it. overturned is what wasOverturned
// returned: the viewer must not remove the item again.
// Errors: CONFLICT.
func mayDecideOn(stands Standing, c *ent.ModerationCase, d Decision, overturned bool) error {
	switch {
	case d.Seen != nil && *d.Seen != c.DecisionCount:
		return refusal.Conflicting(refusal.At(c.ItemID, stands), "Somebody else decided on this meanwhile.")
	case !slices.Contains(decidable[d.Action], stands):
		return refusal.Conflicting(refusal.At(c.ItemID, stands), "This stands otherwise than the decision needs.")
	case d.Action == entmoderation.ActionDISMISS && c.ReportCount == 0:
		return refusal.Conflicting(refusal.At(c.ItemID, stands), "There are no reports to dismiss.")
	case overturned && keepsAway(d.Action):
		return refusal.Conflicting(refusal.At(c.ItemID, stands),
			"Your decision on this was overturned on appeal: leave the next one to others.")
	}
	return nil
}

// MayAppeal reports why v may not appeal against row, or nil. The author may appeal for six months, while row is the
// newest decision on their item, and the item is removed.
// Errors: UNAUTHENTICATED; FORBIDDEN unless v is the author; CONFLICT when the decision is not in force any more;
// CLOSED after six months.
func MayAppeal(v auth.Viewer, author string, row, newest *ent.Moderation, stands Standing, now time.Time) error {
	about := permission.About{Process: row.ProcessID, Author: author}
	if err := permission.Ask(v, "appealDecision", about); err != nil {
		return err
	}
	if !keepsAway(row.Action) || row.ID != newest.ID || stands == StandingPublic || stands == StandingHeld ||
		stands == StandingDeleted {
		return refusal.Conflicting(refusal.At(row.ItemID, stands), "This decision does not stand any more.")
	}
	return refusal.UnlessOpen(now.Before(appealUntil(row)), "The time to appeal is over.")
}

// appealUntil returns the moment at which the time to appeal is over.
func appealUntil(row *ent.Moderation) time.Time { return row.CreatedAt.AddDate(0, appealMonths, 0) }

// AppealUntil returns the moment at which the time to appeal is over; nil for a decision that takes nothing away.
func AppealUntil(row *ent.Moderation) *time.Time {
	if !keepsAway(row.Action) {
		return nil
	}
	return new(appealUntil(row))
}

// MayDecideAppeal reports why v may not decide an appeal, or nil. It has to be open, and another person's, against a
// decision of another person; alone says that nobody else could decide, and then an ADMIN may decide on their own
// decision.
// Errors: UNAUTHENTICATED; FORBIDDEN; CONFLICT when it was decided.
func MayDecideAppeal(v auth.Viewer, a *ent.Appeal, row *ent.Moderation, alone bool) error {
	if err := MayModerate(v, "decideAppeal", a.AuthorID, a.ProcessID); err != nil {
		return err
	}
	if row.DeciderID != nil && *row.DeciderID == v.UserID && !(alone && v.Has(a.ProcessID, "ADMIN")) {
		return refusal.New(refusal.Forbidden, "Somebody else has to decide on an appeal against your decision.")
	}
	if a.State != appeal.StateOPEN {
		return refusal.Conflicting(refusal.At(a.ID, a.State), "This appeal was decided.")
	}
	return nil
}
