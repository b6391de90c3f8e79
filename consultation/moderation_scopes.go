package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/live"
)

// Who may read what of reports and moderation. Reporters are shown to nobody, moderators included: what counts is how many
// they are and what they say, and nobody has to fear whom they report. Nor is it shown to anybody who decided.

// LoggedModerations are the decisions that everybody may know of.
func (s *Service) LoggedModerations() *ent.ModerationQuery {
	return s.Read.Moderation.Query().Where(moderation.ActionIn(loggedActions...))
}

// ModerationQueue is what the viewer moderates, in all processes.
func (s *Service) ModerationQueue(v auth.Viewer) *ent.ModerationCaseQuery {
	q := s.Read.ModerationCase.Query()
	if moderatesAll(v) {
		return q
	}
	return q.Where(moderationcase.ProcessIDIn(moderated(v)...))
}

// HiddenItems are the cases of what the viewer wrote and others cannot read.
func (s *Service) HiddenItems(v auth.Viewer) *ent.ModerationCaseQuery {
	return s.Read.ModerationCase.Query().Where(moderationcase.AuthorID(v.UserID), moderationcase.Removed(true))
}

// ReportsBy are those that the viewer made.
func (s *Service) ReportsBy(v auth.Viewer) *ent.ReportQuery {
	return s.Read.Report.Query().Where(report.ReporterID(v.UserID))
}

// ReportsFor are those that the viewer, as a moderator, has to read.
func (s *Service) ReportsFor(v auth.Viewer) *ent.ReportQuery {
	q := s.Read.Report.Query()
	if moderatesAll(v) {
		return q
	}
	return q.Where(report.ProcessIDIn(moderated(v)...))
}

// DecisionsOn are the decisions on items, newest first, for whoever may read the items' cases.
func (s *Service) DecisionsOn(ctx context.Context, items []string) ([]*ent.Moderation, error) {
	return s.Read.Moderation.Query().Where(moderation.ItemIDIn(items...)).
		Order(moderation.ByCreatedAt(sql.OrderDesc()), moderation.ByID(sql.OrderDesc())).All(ctx)
}

// moderatesAll says whether the viewer moderates every process, and moderated which they do.
func moderatesAll(v auth.Viewer) bool { return v.SiteAdmin && MayReadQueue(v, "") == nil }

func moderated(v auth.Viewer) []string {
	var mine []string
	for id := range v.Roles {
		if MayReadQueue(v, id) == nil {
			mine = append(mine, id)
		}
	}
	return mine
}

// ModerationLog is the public log of a process, and where its stream stood before anything of it was read.
type ModerationLog struct {
	Process      string
	Topic        string
	StreamCursor string
}

// ModerationLogOf a public process. Errors: NOT_FOUND.
func (s *Service) ModerationLogOf(ctx context.Context, processID string) (*ModerationLog, error) {
	topic := ModerationLogTopic(processID)
	if _, err := s.ProcessOf(ctx, "process", topic); err != nil {
		return nil, err
	}
	heads, err := s.Heads(ctx, []string{topic})
	if err != nil {
		return nil, err
	}
	head, known := heads[topic]
	if !known {
		head = live.Cursor{Topic: topic}
	}
	return &ModerationLog{processID, topic, head.String()}, nil
}

// QueueTopicOf is where the moderators of a process are told that there is something to look at, and the process. Errors:
// NOT_FOUND for whoever does not moderate it, whether it exists or not.
func (s *Service) QueueTopicOf(ctx context.Context, v auth.Viewer, processID string) (topic string, of *ent.Process, err error) {
	if err := signedIn(v); err != nil {
		return "", nil, err
	}
	if MayReadQueue(v, processID) != nil {
		return "", nil, notFound("process")
	}
	of, err = s.ProcessOf(ctx, "process", processID)
	return ModerationQueueTopic(processID), of, err
}
