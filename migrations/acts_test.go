package migrations_test

import (
	"fmt"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"ensemble/database"
	"ensemble/ent"
	"ensemble/internal/testenv"
	"ensemble/migrations"
)

// Version 15 calls the acts of the audit as the mutations are called now. All else stays, and nobody changes it.
func TestNamesOfOldActs(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		_, err := database.Migrate(t.Context(), s, first(t, 14))
		must(t, err)

		names := map[string]string{
			"hide": "hideContent", "restore": "restoreContent", "publishHeld": "publishHeldContent",
			"refuseHeld": "refuseHeldContent", "dismissReports": "dismissReports", "decideAppeal": "decideAppeal",
			"hideContent": "hideContent",
		}
		for old := range names {
			_, err := s.Write.ExecContext(t.Context(), `INSERT INTO audit_entries (id, act, subject_id, reason, created_at)
VALUES ($1, $2, 'comment_1', 'Why', $3)`, "audit_"+old, old, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			must(t, err)
		}
		_, err = database.Migrate(t.Context(), s, migrations.Files)
		must(t, err)

		client := ent.NewClient(ent.Driver(entsql.OpenDB(s.Dialect, s.Read)))
		for old, now := range names {
			if e, err := client.AuditEntry.Get(t.Context(), "audit_"+old); err != nil || e.Act != now || e.Reason != "Why" {
				t.Errorf("%s is %v, %v, want %s", old, e, err, now)
			}
		}
		for _, statement := range []string{"UPDATE audit_entries SET act = 'x'", "DELETE FROM audit_entries"} {
			if _, err := s.Write.ExecContext(t.Context(), statement); err == nil {
				t.Error(fmt.Sprint(statement, " is carried out"))
			}
		}
	})
}
