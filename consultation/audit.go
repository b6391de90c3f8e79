package consultation

import (
	"context"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/auditentry"
)

func init() { allow("readAudit", ScopeAdmin, Admin|SiteAdmin, "") }

// privileged is an act of somebody who is trusted with power, or of the program itself.
type privileged struct {
	act     string         // the mutation, by its name in the schema
	subject string         // the node it is done to
	process string         // "" for what concerns the whole site
	reason  string         // as given; of moderation what Why makes of it
	details map[string]any // names of roles and states, never what people wrote
}

// audit writes down who did something, in the transaction that does it. The database keeps the row for ever.
func (tx *Tx) audit(ctx context.Context, a privileged) error {
	s := tx.service
	create := tx.AuditEntry.Create().SetID(s.NewID("audit")).SetAct(a.act).SetSubjectID(a.subject).SetReason(a.reason).
		SetDetails(a.details).SetCreatedAt(s.now())
	if viewer := auth.Caller(ctx); viewer.SignedIn() {
		create.SetActorID(viewer.UserID)
	}
	if a.process != "" {
		create.SetProcessID(a.process)
	}
	return create.Exec(ctx)
}

// AuditEntries are those that the viewer may read: all, or what was done in the processes they administer.
func (s *Service) AuditEntries(v auth.Viewer) *ent.AuditEntryQuery {
	q := s.Read.AuditEntry.Query()
	if MayReadAudit(v, "") {
		return q
	}
	var mine []string
	for id := range v.Roles {
		if MayReadAudit(v, id) {
			mine = append(mine, id)
		}
	}
	return q.Where(auditentry.ProcessIDIn(mine...))
}
