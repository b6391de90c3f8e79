package consultation_test

import (
	"context"
	"testing"

	"ensemble/consultation"
)

// The database itself keeps what was written down.
func TestAuditStays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		must(t, consultation.InTx(w.Service, as(t, w.Admin), func(ctx context.Context, tx *consultation.Tx) error {
			return consultation.Audit(tx, ctx, "test", w.Process.ID)
		}))
		for _, statement := range []string{"UPDATE audit_entries SET act = 'x'", "DELETE FROM audit_entries"} {
			err := consultation.InTx(w.Service, t.Context(), func(ctx context.Context, tx *consultation.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err == nil {
				t.Errorf("%s is possible", statement)
			}
		}
		e := got(w.Read.AuditEntry.Query().Only(t.Context()))(t)
		if e.Act != "test" || e.ActorID == nil || *e.ActorID != w.Admin.ID || e.SubjectID != w.Process.ID || !e.CreatedAt.Equal(w.Clock.Now()) {
			t.Errorf("%+v", e)
		}
	})
}
