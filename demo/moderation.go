package demo

import (
	"fmt"

	"ensemble/consultation/moderation"
	"ensemble/ent"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/moderationcase"
	"ensemble/ent/report"
	"ensemble/live"
)

func (s *story) planModeration(sample *sample) {
	subjects := map[string]sampleComment{}
	for _, in := range sample.comments {
		subjects[in.Key] = in
	}

	for _, in := range sample.moderation.Reports {
		s.plan(s.ago(in.DaysAgo), "report on "+in.Comment, func() error {
			return s.report(s.comments[in.Comment], s.users[in.Reporter], in.Reason, string(in.Text))
		})
	}

	for _, in := range sample.moderation.Decisions {
		s.plan(s.ago(in.DaysAgo), "decision on "+in.Comment, func() error {
			return s.moderate(s.subjectOf(subjects[in.Comment]), s.comments[in.Comment], in)
		})
	}
}

// report makes somebody's report of a comment to the moderators. Fewer people of the sample report one comment than it
// takes to hide it.
func (s *story) report(m *ent.Comment, by *ent.User, why report.Reason, text string) error {
	if err := moderation.MayReport(s.viewers[by.ID], m.AuthorID, s.process.ID); err != nil {
		return err
	}

	c := s.cases[m.ID]
	if c == nil {
		c = &ent.ModerationCase{
			ID: s.newID("case"), ItemID: m.ID, Kind: moderationcase.KindCOMMENT,
			ProcessID: s.process.ID, AuthorID: m.AuthorID,
			State: moderationcase.StateOPEN, OpenedAt: s.at, CreatedAt: s.at,
		}
		s.cases[m.ID] = c
		s.rows.Cases = append(s.rows.Cases, c)
	}

	c.ReportCount++
	if by.EmailConfirmedAt != nil {
		c.ConfirmedCount++
	}

	s.rows.Reports = append(s.rows.Reports, &ent.Report{
		ID: s.newID("report"), CaseID: c.ID, ItemID: m.ID, Kind: report.KindCOMMENT,
		ProcessID: s.process.ID, ReporterID: by.ID,
		Reason: why, Text: text, CreatedAt: s.at, UpdatedAt: s.at,
	})

	s.queueChanged(c)
	return nil
}

// moderate hides a comment that was reported, or lets it stand.
func (s *story) moderate(on subject, m *ent.Comment, in sampleDecision) error {
	act, outcome := "hideContent", report.OutcomeHIDDEN
	if in.Action == entmoderation.ActionDISMISS {
		act, outcome = "dismissReports", report.OutcomeKEPT
	}

	by := s.users[in.By].ID
	if err := moderation.MayModerate(s.viewers[by], act, m.AuthorID, s.process.ID); err != nil {
		return err
	}

	row := &ent.Moderation{
		ID: s.newID("moderation"), ItemID: m.ID, Kind: entmoderation.KindCOMMENT, ProcessID: s.process.ID,
		Action: in.Action, Reason: in.Reason, Facts: string(in.Facts), Ground: string(in.Ground),
		DeciderID: &by, CreatedAt: s.at,
	}
	s.rows.Moderations = append(s.rows.Moderations, row)

	details := map[string]any{"moderation": row.ID, "automated": false}
	if in.Reason != nil {
		details["reason"] = fmt.Sprint(*in.Reason)
	}
	s.audit(by, act, m.ID, moderation.Why(row.Reason, row.Ground), details)

	if in.Action == entmoderation.ActionHIDE {
		m.HiddenAt = new(s.at)
		s.count("", live.CommentRemoved, on, m, -1)
	}

	for _, r := range s.rows.Reports {
		if r.ItemID == m.ID && r.Outcome == nil {
			r.Outcome, r.ModerationID, r.DecidedAt = &outcome, &row.ID, new(s.at)
		}
	}

	c := s.cases[m.ID]
	c.State, c.Removed, c.DecidedAt = moderationcase.StateDECIDED, m.HiddenAt != nil, new(s.at)
	c.ReportCount, c.ConfirmedCount = 0, 0
	c.DecisionCount++

	s.record(live.Event{
		Topic: moderation.ModerationLogTopic(s.process.ID), Type: live.ModerationLogged, Subject: row.ID,
	})
	s.queueChanged(c)
	return nil
}

func (s *story) queueChanged(c *ent.ModerationCase) {
	s.record(live.Event{
		Topic: moderation.ModerationQueueTopic(c.ProcessID), Type: live.ModerationQueueChanged, Subject: c.ID,
	})
}
