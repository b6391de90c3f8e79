package consultation_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	entmoderation "ensemble/ent/moderation"
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

// The notifications of an export are those that the API shows: of what was hidden, erased or deleted meanwhile it has
// neither the notification nor the item, and it counts none.
func TestExportedNotifications(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		w.FollowAs(t, w.Alice, w.Bob.ID)
		mine := w.Comment(t, w.Alice, c.ID, "Bonjour.")
		hidden := w.Submitted(t, w.Bob, c, "", "Un mot.")
		answer, deleted := w.Answer(t, w.Bob, mine, "Oui."), w.Answer(t, w.Steering, mine, "Non.")
		w.TellAll(t)
		exports := func() (all []map[string]any) {
			var b bytes.Buffer
			testsite.Must(t, w.ExportAccount(scene.As(t, w.Alice), &b))
			archive := testsite.Got(zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())))(t)
			f := testsite.Got(archive.Open("notifications.json"))(t)
			testsite.Must(t, json.NewDecoder(f).Decode(&all))
			return all
		}
		if before := fmt.Sprint(exports()); !strings.Contains(before, hidden.ID) || !strings.Contains(before, deleted.ID) {
			t.Fatalf("before: %s", before)
		}

		testsite.Got(w.Decide(scene.As(t, w.Moderator), moderation.Decision{
			Item: hidden.ID, Action: entmoderation.ActionHIDE, Reason: scene.Ptr(entmoderation.ReasonOTHER), Facts: "x", Ground: "x",
		}))(t)
		testsite.Got(w.DeleteComment(scene.As(t, w.Steering), roadmap.DeleteCommentInput{Comment: deleted.ID}))(t)
		w.TellAll(t)
		rows := exports()
		after := fmt.Sprint(rows)
		shown := testsite.Got(testsite.Got(w.Notifications(w.ViewerOf(t, w.Alice)))(t).Count(t.Context()))(t)
		if strings.Contains(after, hidden.ID) || strings.Contains(after, deleted.ID) || !strings.Contains(after, answer.ID) ||
			len(rows) != shown {
			t.Errorf("%d rows, shown are %d: %s", len(rows), shown, after)
		}
		for _, row := range rows {
			if row["kind"] == "ANSWER" && row["count"] != float64(1) {
				t.Errorf("it counts %v", row)
			}
		}
	})
}
