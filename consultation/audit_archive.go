package consultation

import (
	"ensemble/ent/auditentry"
)

// archiveOfAudit is what was written down of a person: what was done to them, and what they did.
func (s *Service) archiveOfAudit() []archivePart {
	return []archivePart{
		archived("audit-of-me.json", "id act process_id created_at",
			s.Read.AuditEntry.Query, auditentry.SubjectID),
		archived("audit-by-me.json", "id act process_id created_at",
			s.Read.AuditEntry.Query, auditentry.ActorID),
	}
}
