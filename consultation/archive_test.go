package consultation_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"ensemble/consultation/refusal"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// An export holds all that the person did, and nothing that opens their account.
func TestExportAccount(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		p, _ := jeanne(t, w)
		var b bytes.Buffer
		testsite.Must(t, w.ExportAccount(scene.As(t, p), &b))

		archive := testsite.Got(zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())))(t)
		want := map[string]int{
			"account.json": 1, "resting-nicknames.json": 0, "sessions.json": 1, "access-tokens.json": 0, "identities.json": 0,
			"roles.json": 1, "memberships.json": 1, "invitations.json": 0, "invitations-by-me.json": 0,
			"mentions.json": 0, "comment-mentions.json": 1, "audit-of-me.json": 1, "audit-by-me.json": 1, "moderation-cases.json": 2,
			"follows.json": 1, "notifications.json": 1, "notification-settings.json": 0,
			"comments.json": 2, "comment-edits.json": 1, "votes.json": 1, "supports.json": 2,
			"amendments.json": 2, "decisions.json": 0, "versions.json": 0,
			"reports.json": 1, "appeals.json": 1, "moderation-of-mine.json": 1, "moderation-by-me.json": 0,
			"appeals-decided.json": 0,
		}

		for _, f := range archive.File {
			raw := testsite.Got(io.ReadAll(testsite.Got(f.Open())(t)))(t)
			if bytes.Contains(raw, []byte("argon2")) || bytes.Contains(raw, []byte("hash")) && f.Name != "README.txt" {
				t.Errorf("%s: %s", f.Name, raw)
			}
			if f.Name == "README.txt" {
				continue
			}

			var rows []map[string]any
			if err := json.Unmarshal(raw, &rows); err != nil || len(rows) != want[f.Name] {
				t.Errorf("%s: %d rows, want %d, %v: %s", f.Name, len(rows), want[f.Name], err, raw)
			}
			delete(want, f.Name)
			if f.Name == "account.json" && rows[0]["email"] != "jeanne.dupont@example.org" {
				t.Errorf("%s", raw)
			}
		}

		if len(want) > 0 {
			t.Errorf("missing: %v", want)
		}

		if err := w.ExportAccount(t.Context(), &b); refusal.CodeOf(err) != refusal.Unauthenticated {
			t.Errorf("nobody: %v", err)
		}

		n := testsite.Got(w.Read.AuditEntry.Query().Count(t.Context()))(t)
		if n == 0 {
			t.Error("the export was not written down")
		}
	})
}
