package demo

import (
	"ensemble/ent"
	"ensemble/live"
)

// audit writes down that somebody used what they are trusted with.
func (s *story) audit(who, act, subject, reason string, details map[string]any) {
	s.rows.audit = append(s.rows.audit, &ent.AuditEntry{
		ID: s.newID("audit"), Act: act, ActorID: &who, SubjectID: subject, ProcessID: &s.process.ID, Reason: reason, Details: details,
		CreatedAt: s.at,
	})
}

// record writes the next event of a topic: numbered without gaps and linked to the one before.
func (s *story) record(e live.Event) {
	head := s.heads[e.Topic]
	if head == nil {
		head = &ent.Topic{ID: e.Topic}
		s.heads[e.Topic] = head
		s.rows.topics = append(s.rows.topics, head)
	}
	head.Seq, head.PreviousNonce, head.Nonce = head.Seq+1, head.Nonce, int64(s.nonce())
	s.rows.events = append(s.rows.events, &ent.Event{
		ID: s.newID("event"), Topic: e.Topic, Seq: head.Seq, Nonce: head.Nonce, PreviousNonce: head.PreviousNonce,
		Type: string(e.Type), SubjectID: e.Subject, ActorID: e.Actor, Data: e.Data, At: s.at,
	})
}
