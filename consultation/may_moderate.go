package consultation

import (
	"slices"
	"time"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/appeal"
	"ensemble/ent/moderation"
)

// MayReport what somebody else wrote.
func MayReport(v auth.Viewer, author, process string) error {
	if err := permit(v, "report", about{process: process}); err != nil {
		return err
	}
	if v.UserID == author {
		return refuse(Forbidden, "You may not report what you wrote.")
	}
	return nil
}

// MayReadQueue of a process: what was reported, held or hidden there, and what was decided on it.
func MayReadQueue(v auth.Viewer, process string) error {
	return permit(v, "readModerationQueue", about{process: process})
}

// MayReadCase says whether the viewer may read how an item stands with moderators, and the facts of their decisions: its
// author and the moderators.
func MayReadCase(v auth.Viewer, author, process string) bool {
	return permit(v, "readModerationCase", about{process: process, author: author}) == nil
}

// MayModerate what somebody else wrote; act is the mutation.
func MayModerate(v auth.Viewer, act, author, process string) error {
	if err := permit(v, act, about{process: process}); err != nil {
		return err
	}
	if v.UserID == author {
		return refuse(Forbidden, "You may not decide on what you wrote.")
	}
	return nil
}

// mayDecideOn asks that an item stands as the decision needs, and as the moderator saw it; overturned says that an
// appeal gave back what they took away, and its author has changed nothing since.
func mayDecideOn(stands Standing, c *ent.ModerationCase, d Decision, overturned bool) error {
	switch {
	case d.Seen != nil && *d.Seen != c.DecisionCount:
		return moved(stands, "Somebody else decided on this meanwhile.")
	case !slices.Contains(decidable[d.Action], stands):
		return moved(stands, "This stands otherwise than the decision needs.")
	case d.Action == moderation.ActionDISMISS && c.ReportCount == 0:
		return moved(stands, "There are no reports to dismiss.")
	case overturned && keepsAway(d.Action):
		return moved(stands, "Your decision on this was overturned on appeal: leave the next one to others.")
	}
	return nil
}

// MayAppeal against the newest decision on one's item, while it keeps the item away, for six months.
func MayAppeal(v auth.Viewer, author string, row, newest *ent.Moderation, stands Standing, now time.Time) error {
	if err := permit(v, "appeal", about{process: row.ProcessID, author: author}); err != nil {
		return err
	}
	if !keepsAway(row.Action) || row.ID != newest.ID || stands == StandingPublic || stands == StandingHeld || stands == StandingDeleted {
		return moved(stands, "This decision does not stand any more.")
	}
	return takes(now.Before(appealUntil(row)), "The time to appeal is over.")
}

// appealUntil is the moment at which the time to appeal is over.
func appealUntil(row *ent.Moderation) time.Time { return row.CreatedAt.AddDate(0, appealMonths, 0) }

// AppealUntil is the same of a decision that takes something away, nil of others.
func AppealUntil(row *ent.Moderation) *time.Time {
	if !keepsAway(row.Action) {
		return nil
	}
	return new(appealUntil(row))
}

// MayDecideAppeal that is open, of somebody else, against a decision of somebody else; alone says that there is nobody else.
func MayDecideAppeal(v auth.Viewer, a *ent.Appeal, row *ent.Moderation, alone bool) error {
	if err := MayModerate(v, "decideAppeal", a.AuthorID, a.ProcessID); err != nil {
		return err
	}
	if row.DeciderID != nil && *row.DeciderID == v.UserID && !(alone && v.Has(a.ProcessID, "ADMIN")) {
		return refuse(Forbidden, "Somebody else has to decide on an appeal against your decision.")
	}
	if a.State != appeal.StateOPEN {
		return moved(a.State, "This appeal was decided.")
	}
	return nil
}
