package consultation_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/consultation/processes"
	"ensemble/ent/invitation"
	"ensemble/ent/migrate"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// through names the files with rows that belong to a person through what they wrote, not by a column, and the tables of
// these rows.
var through = map[string]string{"comment-edits.json": "comment_edits", "moderation-of-mine.json": "moderations"}

// unexported says why a column is in no file of the export, though other columns of its table are. "*" is any table.
var unexported = map[string]string{
	"*.token_hash":                     "it stands for what opens the account",
	"users.password_hash":              "likewise",
	"users.nickname_look":              "the nickname says it",
	"users.erased_at":                  "whoever is erased exports nothing",
	"amendments.merge_state":           "how it goes with the text, public",
	"amendments.merge_checked":         "how far that is compared",
	"amendments.merge_due":             "likewise",
	"amendments.comment_count":         "a count of what others did with it, public",
	"amendments.for_count":             "a count of what others did with it, public",
	"amendments.against_count":         "a count of what others did with it, public",
	"amendments.neutral_count":         "a count of what others did with it, public",
	"audit_entries.reason":             "it may name others",
	"audit_entries.details":            "it may name others' things",
	"comments.depth":                   "parent_id says it",
	"comments.path":                    "likewise",
	"comments.mentions_bound":          "by which program it was written",
	"comments.up_count":                "a count of what others did with it, public",
	"comments.down_count":              "a count of what others did with it, public",
	"comments.score":                   "a count of what others did with it, public",
	"comments.reply_count":             "a count of what others did with it, public",
	"comments.descendant_count":        "a count of what others did with it, public",
	"invitations.email":                "account.json has it; of those by them it is others'",
	"moderation_cases.report_count":    "0 for its author, whoever reported",
	"moderation_cases.confirmed_count": "likewise",
	"moderation_cases.decision_count":  "moderation-of-mine.json has them",
	"reports.case_id":                  "item_id says it",
	"versions.behind":                  "of official texts, public",
}

// withoutPeople names the tables that hold nothing of a person, or nothing that is not exported elsewhere,
// and says why.
var withoutPeople = map[string]string{
	"axes":                   "official",
	"commitment_territories": "official",
	"commitments":            "official",
	"organizations":          "bodies",
	"phases":                 "official",
	"processes":              "official",
	"provider_sessions":      "what a provider wants to see again, encrypted under the session's token",
	"search_entries":         "words of what is exported",
	"territories":            "official",
}

// filesOf returns the files of the export that have rows of a table.
func filesOf(table string) []string {
	var files []string
	for name, is := range personal {
		if strings.HasPrefix(name, table+".") && !strings.HasPrefix(is.exported, "not: ") {
			files = append(files, is.exported)
		}
	}
	for file, of := range through {
		if of == table {
			files = append(files, file)
		}
	}
	return files
}

// Each column of each table that has something of a person is in the export, or it is written down why it is not.
func TestExportHasEachColumn(t *testing.T) {
	exported, used := consultation.ExportedColumns(), map[string]bool{}
	for _, table := range migrate.Tables {
		files := filesOf(table.Name)
		var shown []string
		for _, file := range files {
			shown = append(shown, exported[file]...)
		}

		about := len(files) > 0
		var columns []string
		for _, column := range table.Columns {
			columns = append(columns, column.Name)
			name := table.Name + "." + column.Name
			_, known := personal[name]
			about = about || known

			if len(files) == 0 || known || slices.Contains(shown, column.Name) {
				continue
			}

			reason := name
			if unexported[reason] == "" {
				reason = "*." + column.Name
			}
			if used[reason] = true; unexported[reason] == "" {
				t.Errorf("%s is in no file of the export: add it, or say in unexported why not", name)
			}
		}

		for _, column := range shown {
			if !slices.Contains(columns, column) {
				t.Errorf("%s has no column %s", table.Name, column)
			}
		}

		if !about && withoutPeople[table.Name] == "" {
			t.Errorf("%s has no column that names a person: "+
				"export what it holds of them, or say in withoutPeople why it holds nothing", table.Name)
		}
	}

	for name := range unexported {
		if !used[name] {
			t.Errorf("%s needs no reason", name)
		}
	}
}

const (
	privacyPage  = "../docs/privacy.md"
	exportBegins = "<!-- export: go test ./consultation -run TestExportIsWrittenDown -update -->\n"
	exportEnds   = "<!-- end of export -->\n"
)

// docs/privacy.md lists the columns of each file of an export.
func TestExportIsWrittenDown(t *testing.T) {
	var want strings.Builder
	want.WriteString("| file | columns |\n|---|---|\n")
	columns := consultation.ExportedColumns()
	for _, file := range consultation.ExportedFiles() {
		fmt.Fprintf(&want, "| `%s` | %s |\n", file, strings.Join(columns[file], ", "))
	}

	testsite.WrittenDown(t, privacyPage, exportBegins, exportEnds, want.String(), *update)
}

// exportOf returns the rows of each file of somebody's export, by the name of the file.
func exportOf(t *testing.T, w *scene.World, v auth.Viewer) map[string][]map[string]any {
	t.Helper()
	var b bytes.Buffer
	testsite.Must(t, w.ExportAccount(auth.WithViewer(t.Context(), v), &b))
	archive := testsite.Got(zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())))(t)

	all := map[string][]map[string]any{}
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, ".json") {
			var rows []map[string]any
			testsite.Must(t, json.Unmarshal(testsite.Got(io.ReadAll(testsite.Got(f.Open())(t)))(t), &rows))
			all[f.Name] = rows
		}
	}
	return all
}

// Each file has rows, with the values that are stored: false, null and the empty text are written out too.
func TestExportIsWhatIsStored(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		p := everywhere(t, w)
		v := scene.ViewerIn(scene.As(t, p))
		all := exportOf(t, w, v)

		for file, rows := range all {
			elsewhere := []string{
				"decisions.json", "versions.json", "moderation-by-me.json",
				"appeals-decided.json", "audit-by-me.json", "invitations-by-me.json",
			}
			if len(rows) == 0 && !slices.Contains(elsewhere, file) {
				t.Errorf("%s is empty", file)
			}
		}

		first := func(file string) map[string]any { return all[file][0] }
		for file, want := range map[string]map[string]any{
			"account.json":               {"site_admin": false, "terms_version": "", "terms_accepted_at": nil},
			"identities.json":            {"issuer": scene.Trusted, "subject": "a5f0"},
			"moderation-of-mine.json":    {"automated": false, "kind": "COMMENT"},
			"notification-settings.json": {"follows_automatically": false, "mails_mentions": false, "digest": "NEVER"},
			"reports.json":               {"good_faith": false, "outcome": nil, "text": "It names me, Jeanne Dupont."},
			"mentions.json":              {"id": first("mentions.json")["id"]},
			"audit-of-me.json":           {"act": "exportAccount", "process_id": nil},
		} {
			for column, value := range want {
				if is, there := first(file)[column]; !there || is != value {
					t.Errorf("%s: %s is %v, stored is %v", file, column, is, value)
				}
			}
		}

		held := slices.ContainsFunc(all["moderation-cases.json"], func(row map[string]any) bool {
			return fmt.Sprint(row["held_for"]) == "[PRE_MODERATION]" && row["state"] == "HELD" && row["removed"] == true
		})
		if !held {
			t.Errorf("why it is held is not said: %v", all["moderation-cases.json"])
		}
	})
}

// Of what others did to a person, an export says what was done and when, but not who did it or why.
func TestExportTellsNothingOfOthers(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, scene.Only(w.GrantRole(scene.As(t, w.Admin), processes.GrantRoleInput{
			Process: w.Process.ID, User: &w.Bob.ID, Role: "MODERATOR", Reason: "Alice asked for it.",
		})))

		all := exportOf(t, w, scene.ViewerIn(scene.As(t, w.Bob)))
		raw := scene.AsJSON(all)
		for _, others := range []string{w.Admin.ID, w.Alice.ID, "Alice", "alice"} {
			if strings.Contains(raw, others) {
				t.Errorf("it tells of %s: %s", others, raw)
			}
		}

		var acts []any
		for _, row := range all["audit-of-me.json"] {
			acts = append(acts, row["act"])
		}
		if fmt.Sprint(acts) != "[grantRole exportAccount]" {
			t.Errorf("it tells of %v", acts)
		}

		by := exportOf(t, w, scene.ViewerIn(scene.As(t, w.Admin)))["audit-by-me.json"]
		if len(by) < 2 || slices.Contains(slices.Collect(maps.Keys(by[0])), "subject_id") {
			t.Errorf("what the administrator did is %v", by)
		}
	})
}

// Invitations to an address are in the export of its owner, once the address is confirmed.
func TestExportHasInvitationsToTheAddress(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		scene.WithMail(w)
		testsite.Must(t, w.Write.Invitation.Create().SetID(w.NewID("invitation")).SetEmail("bob@example.org").
			SetOrganizationID(w.Organization.ID).SetRole(invitation.RoleMEMBER).SetTokenHash([]byte("x")).
			SetInviterID(w.Signatory.ID).SetCreatedAt(w.Now()).SetExpiresAt(w.Now().Add(time.Hour)).Exec(t.Context()))
		count := func() int { return len(exportOf(t, w, scene.ViewerIn(scene.As(t, w.Bob)))["invitations.json"]) }

		if n := count(); n != 0 {
			t.Errorf("%d before the address is confirmed", n)
		}

		w.Confirmed(t, w.Bob)
		if n := count(); n != 1 {
			t.Errorf("%d after", n)
		}

		if n := len(exportOf(t, w, scene.ViewerIn(scene.As(t, w.Signatory)))["invitations-by-me.json"]); n != 1 {
			t.Errorf("%d by who invites", n)
		}
	})
}
