package change

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/permission"
	"ensemble/ent"
	"ensemble/ent/auditentry"
)

func init() {
	permission.Allow("readAudit", permission.ScopeAdmin, permission.Admin|permission.SiteAdmin, "")
}

// Act is an act of somebody who is trusted with power, or of the program itself.
type Act struct {
	Name    string         // the mutation, by its name in the schema
	Subject string         // the node it is done to
	Process string         // "" for what concerns the whole site
	Reason  string         // as given; of moderation what Why makes of it
	Details map[string]any // names of roles and states, never what people wrote
}

// Audit writes down who did something, in the transaction that does it. The actor is the caller, or nobody where the
// program itself acts. The row is never deleted.
func (tx *Tx) Audit(ctx context.Context, a Act) error {
	s := tx.db
	create := tx.AuditEntry.Create().SetID(s.NewID("audit")).SetAct(a.Name).SetSubjectID(a.Subject).SetReason(a.Reason).
		SetDetails(a.Details).SetCreatedAt(s.Moment())

	if viewer := auth.Caller(ctx); viewer.SignedIn() {
		create.SetActorID(viewer.UserID)
	}
	if a.Process != "" {
		create.SetProcessID(a.Process)
	}

	return create.Exec(ctx)
}

// AuditEntries asks for the entries that the viewer may read: all, or those of the processes that they administer; none
// for everybody else.
func (s *DB) AuditEntries(v auth.Viewer) *ent.AuditEntryQuery {
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

// MayReadAudit reports whether the viewer may read the audit of a process, or of the whole site where process is "".
func MayReadAudit(v auth.Viewer, process string) bool {
	return permission.Ask(v, "readAudit", permission.About{Process: process}) == nil
}
