package moderation

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/live"
)

// This file says who may read what of reports and decisions. Nobody can see who made a report, so that nobody has to
// fear those whom they report: moderators see how many reports there are, and their words. Nobody can see who decided
// either.

// LoggedModerations returns the decisions that everybody may know of.
func (s *Moderation) LoggedModerations() *ent.ModerationQuery {
	return s.Read.Moderation.Query().Where(entmoderation.ActionIn(loggedActions...))
}

// ModerationQueue returns the cases that the viewer moderates, in all processes.
func (s *Moderation) ModerationQueue(v auth.Viewer) *ent.ModerationCaseQuery {
	q := s.Read.ModerationCase.Query()
	if moderatesAll(v) {
		return q
	}
	return q.Where(moderationcase.ProcessIDIn(moderated(v)...))
}

// HiddenItems returns the cases of what the viewer wrote and others cannot read.
func (s *Moderation) HiddenItems(v auth.Viewer) *ent.ModerationCaseQuery {
	return s.Read.ModerationCase.Query().Where(moderationcase.AuthorID(v.UserID), moderationcase.Removed(true))
}

// ReportsBy returns the reports that the viewer made.
func (s *Moderation) ReportsBy(v auth.Viewer) *ent.ReportQuery {
	return s.Read.Report.Query().Where(report.ReporterID(v.UserID))
}

// ReportsFor returns the reports that the viewer, as a moderator, may read.
func (s *Moderation) ReportsFor(v auth.Viewer) *ent.ReportQuery {
	q := s.Read.Report.Query()
	if moderatesAll(v) {
		return q
	}
	return q.Where(report.ProcessIDIn(moderated(v)...))
}

// DecisionsOn returns the decisions on items, newest first. The caller has to ask whether the viewer may read the
// items' cases.
func (s *Moderation) DecisionsOn(ctx context.Context, items []string) ([]*ent.Moderation, error) {
	return s.Read.Moderation.Query().Where(entmoderation.ItemIDIn(items...)).
		Order(entmoderation.ByCreatedAt(sql.OrderDesc()), entmoderation.ByID(sql.OrderDesc())).All(ctx)
}

// moderatesAll reports whether the viewer moderates every process.
func moderatesAll(v auth.Viewer) bool { return v.SiteAdmin && MayReadQueue(v, "") == nil }

// moderated returns the ids of the processes in which the viewer has a role that lets them moderate, in no order; nil
// for none.
func moderated(v auth.Viewer) []string {
	var mine []string
	for id := range v.Roles {
		if MayReadQueue(v, id) == nil {
			mine = append(mine, id)
		}
	}
	return mine
}

// ModerationLog is the public log of a process, with the position of its stream before anything of it was read.
type ModerationLog struct {
	Process      string
	Topic        string
	StreamCursor string
}

// ModerationLogOf returns the public log of a process. Errors: NOT_FOUND unless the process is public.
func (s *Moderation) ModerationLogOf(ctx context.Context, processID string) (*ModerationLog, error) {
	topic := ModerationLogTopic(processID)
	if _, err := s.public.ProcessOf(ctx, "process", topic); err != nil {
		return nil, err
	}

	heads, err := s.Heads(ctx, []string{topic})
	if err != nil {
		return nil, err
	}

	// A topic without an event has no head yet: its stream begins at zero.
	head, known := heads[topic]
	if !known {
		head = live.Cursor{Topic: topic}
	}
	return &ModerationLog{processID, topic, head.String()}, nil
}

// QueueTopicOf returns the topic that announces to the moderators of a process that there is something to look at,
// and the process. Errors: UNAUTHENTICATED; NOT_FOUND for whoever does not moderate it, whether it exists or not.
func (s *Moderation) QueueTopicOf(
	ctx context.Context, v auth.Viewer, processID string,
) (topic string, of *ent.Process, err error) {
	if err := permission.AskSignedIn(v); err != nil {
		return "", nil, err
	}
	if MayReadQueue(v, processID) != nil {
		return "", nil, refusal.Missing("process")
	}
	of, err = s.public.ProcessOf(ctx, "process", processID)
	return ModerationQueueTopic(processID), of, err
}
