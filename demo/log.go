package demo

import (
	"ensemble/ent"
	"ensemble/live"
)

// audit writes down that somebody used what they are trusted with.
func (s *story) audit(who, act, subject, reason string, details map[string]any) {
	s.rows.Audit = append(s.rows.Audit, &ent.AuditEntry{
		ID: s.newID("audit"), Act: act, ActorID: &who, SubjectID: subject, ProcessID: &s.process.ID,
		Reason: reason, Details: details,
		CreatedAt: s.at,
	})
}

// record writes the next event of a topic.
func (s *story) record(e live.Event) {
	e.ID, e.At = s.newID("event"), s.at
	s.rows.Events = append(s.rows.Events, e)
}
