package consultation_test

import (
	"context"
	"testing"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/permission"
	"ensemble/consultation/processes"
	"ensemble/ent/auditentry"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// The database itself refuses to change or delete what was written to the audit.
func TestAuditStays(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, w.In(scene.As(t, w.Admin), func(ctx context.Context, tx *change.Tx) error {
			return tx.Audit(ctx, change.Act{Name: "test", Subject: w.Process.ID})
		}))

		for _, statement := range []string{
			"UPDATE audit_entries SET act = 'x'",
			"DELETE FROM audit_entries",
			"INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries", // only SQLite knows this one
		} {
			err := w.In(t.Context(), func(ctx context.Context, tx *change.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err == nil {
				t.Errorf("%s is possible", statement)
			}
		}

		e := testsite.Got(w.Read.AuditEntry.Query().Where(auditentry.Act("test")).Only(t.Context()))(t)
		if e.Act != "test" || e.ActorID == nil || *e.ActorID != w.Admin.ID ||
			e.SubjectID != w.Process.ID || !e.CreatedAt.Equal(w.Clock.Now()) {
			t.Errorf("%+v", e)
		}
	})
}

// Administrators of the site read the whole audit, those of a process what was done in it, and others nothing.
func TestWhoMayReadTheAudit(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.Role(t, w.Bob, role.NameADMIN)
		testsite.Must(t, w.SetSiteAdmin(t.Context(), "signatory@example.org", true, "Élu.")) // concerns the whole site
		other := testsite.Got(w.CreateProcess(scene.As(t, w.Admin), processes.CreateProcessInput{
			Slug: "elsewhere", Languages: []string{"fr"}, Title: scene.French("x"), Description: scene.French("x"),
			CommentMaxLength: 1000, EvaluatingLimit: 3,
		}))(t)

		all := testsite.Got(w.Read.AuditEntry.Query().Count(t.Context()))(t)
		here := testsite.Got(w.Read.AuditEntry.Query().Where(auditentry.ProcessID(w.Process.ID)).Count(t.Context()))(t)
		if here == 0 || all < here+2 {
			t.Fatalf("%d of %d are about the process", here, all)
		}

		count := func(v auth.Viewer) int { return testsite.Got(w.AuditEntries(v).Count(t.Context()))(t) }
		for name, c := range map[string]struct {
			p    *testsite.Person
			sees int
		}{
			"nobody": {nil, 0}, "a user": {w.Alice, 0}, "steering body": {w.Steering, 0}, "moderator": {w.Moderator, 0},
			"administrator of the process": {w.Bob, here}, "of the site": {w.Admin, all},
		} {
			if n := count(scene.ViewerIn(scene.As(t, c.p))); n != c.sees {
				t.Errorf("%s sees %d, want %d", name, n, c.sees)
			}
		}

		v := scene.ViewerIn(scene.As(t, w.Bob))
		v.Scopes = []string{permission.ScopeRead, permission.ScopeParticipate, permission.ScopeModerate}
		if n := count(v); n != 0 {
			t.Errorf("a token that is not for it sees %d", n)
		}

		ofOther := w.AuditEntries(scene.ViewerIn(scene.As(t, w.Bob))).Where(auditentry.ProcessID(other.ID))
		if n := testsite.Got(ofOther.Count(t.Context()))(t); n != 0 {
			t.Errorf("of another process, %d", n)
		}
	})
}
