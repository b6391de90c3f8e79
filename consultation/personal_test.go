package consultation_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"ensemble/consultation"
	"ensemble/consultation/notify"
	"ensemble/ent/migrate"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// impersonal lists names of columns that never hold the id of a person, in any table.
var impersonal = strings.Fields(`base_id organization_id commitment_id process_id parent_id comment_id version_id
	axis_id promoted_from_id territory_id session_id amendment_id item_id case_id moderation_id`)

// personal says of each column that may hold the id of a person what happens to it: which file of the export has its
// rows, and what an erasure does with them. A column that is not exported, or not deleted, has a reason.
var personal = map[string]struct{ exported, erased string }{
	"access_tokens.user_id":    {"access-tokens.json", deleted},
	"amendments.author_id":     {"amendments.json", "stays under nobody's name; drafts are deleted"},
	"amendments.decider_id":    {"decisions.json", "stays: who decided is part of the decision"},
	"appeals.author_id":        {"appeals.json", "stays; the words are blanked"},
	"appeals.decider_id":       {"appeals-decided.json", "stays: who decided is part of the decision"},
	"audit_entries.actor_id":   {"audit-by-me.json", "stays: it cannot be changed"},
	"audit_entries.subject_id": {"audit-of-me.json", "stays: it cannot be changed"},
	"comment_votes.user_id":    {"votes.json", "stays: it counts"},
	"comments.author_id":       {"comments.json", "stays under nobody's name; what was held is deleted"},
	"comments.subject_id":      {"not: of what is commented on, never a person", "stays"},
	"events.actor_id": {"not: it repeats the person's acts, for a while",
		"stays, as events do, for a while"},
	"events.subject_id": {"not: it repeats the person's acts, for a while",
		"stays, as events do, for a while"},
	"events.topic": {"not: it repeats what they were told, for a while",
		"stays, as events do, for a while"},
	"fanouts.caller_id":          {"not: for moments, until people are told", "stays for moments, a week at most"},
	"fanouts.topic":              {"not: of a commitment or a process", "stays for moments, a week at most"},
	"follows.subject_id":         {"not: who follows them is about others", deleted},
	"follows.user_id":            {"follows.json", deleted},
	"comment_mentions.user_id":   {"comment-mentions.json", deleted},
	"comments.topic":             {"not: of a commitment", "stays"},
	"idempotency_keys.answer_id": {"not: of what an act made, for a day", "stays for a day at most"},
	"idempotency_keys.user_id":   {"not: it repeats the person's acts, for a day", deleted},
	"identities.user_id":         {"identities.json", deleted},
	"invitations.inviter_id":     {"invitations-by-me.json", "stays for the rest of its two weeks"},
	"invitations.user_id":        {"invitations.json", deleted},
	"mailed_tokens.user_id":      {"not: it would open the account", deleted},
	"mails.user_id":              {"not: it is on its way to them", deleted},
	"memberships.user_id":        {"memberships.json", deleted},
	"mentions.user_id":           {"mentions.json", deleted},
	"moderation_cases.author_id": {"moderation-cases.json", "stays under nobody's name"},
	"moderations.decider_id":     {"moderation-by-me.json", "stays: who decided is part of the decision"},
	"notification_settings.id":   {"notification-settings.json", deleted},
	"notifications.subject_id":   {"not: what others were told", deleted},
	"notifications.user_id":      {"notifications.json", deleted},
	"reports.reporter_id":        {"reports.json", "stays: it counts; the words are blanked"},
	"resting_nicknames.user_id":  {"resting-nicknames.json", "stays as a hash, in nobody's name"},
	"roles.user_id":              {"roles.json", deleted},
	"sessions.user_id":           {"sessions.json", deleted},
	"sign_in_attempts.user_id":   {"not: for minutes, on the way to a provider", deleted},
	"supports.signatory_id":      {"supports.json", "stays: the organization answers for it"},
	"supports.user_id":           {"supports.json", "stays: it counts"},
	"topics.id":                  {"not: a number, of how much they were told", "stays: a number"},
	"unsubscriptions.user_id":    {"not: hashes of what was mailed to them", deleted},
	"users.id":                   {"account.json", "stays, blank, for what refers to it"},
	"versions.author_id":         {"versions.json", "stays under nobody's name"},
}

const deleted = "deleted"

// mayBePersonal says whether a column may hold the id of a person: it may, unless its name is known to say otherwise.
func mayBePersonal(table, column string) bool {
	if slices.Contains(impersonal, column) {
		return false
	}
	others := []string{"users.id", "topics.id", "notification_settings.id"}
	return strings.HasSuffix(column, "_id") || column == "topic" || slices.Contains(others, table+"."+column)
}

// Each column of the schema that may hold the id of a person is written down, with what happens to it in an export and
// an erasure.
func TestPersonalColumnsAreKnown(t *testing.T) {
	known := map[string]bool{}
	files := consultation.ExportedFiles()

	for _, table := range migrate.Tables {
		for _, column := range table.Columns {
			name := table.Name + "." + column.Name
			if !mayBePersonal(table.Name, column.Name) {
				continue
			}
			known[name] = true

			is, there := personal[name]
			switch {
			case !there:
				t.Errorf("%s may hold the id of a person: "+
					"say in personal what becomes of it when they export and erase their account", name)
			case !strings.HasPrefix(is.exported, "not: ") && !slices.Contains(files, is.exported):
				t.Errorf("%s: the export has no file %s", name, is.exported)
			}
		}

		for _, key := range table.ForeignKeys {
			if name := table.Name + "." + key.Columns[0].Name; key.RefTable.Name == "users" && !known[name] {
				t.Errorf("%s refers to people, but its name is held to be impersonal", name)
			}
		}
	}

	for name := range personal {
		if !known[name] {
			t.Errorf("%s is written down, and not in the schema", name)
		}
	}

	for _, file := range files {
		isExported := func(exported string) bool { return exported == file }
		if through[file] == "" && !slices.ContainsFunc(slices.Collect(values(personal)), isExported) {
			t.Errorf("no column is exported to %s", file)
		}
	}
}

// values returns the file of the export, or the reason why there is none, of each column.
func values(of map[string]struct{ exported, erased string }) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, is := range of {
			if !yield(is.exported) {
				return
			}
		}
	}
}

// What is said to be deleted is deleted, for somebody who has done all that one can do here. All else stays.
func TestPersonalColumnsAreErased(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		p, _ := jeanne(t, w)
		testsite.Must(t, scene.Only(w.UpdateNotificationSettings(scene.As(t, p), notify.UpdateNotificationSettingsInput{
			FollowsAutomatically: new(bool),
		})))
		testsite.Must(t, w.Follow(scene.As(t, w.Bob), notify.FollowSubjectInput{Subject: p.ID}))
		testsite.Must(t, w.ExportAccount(scene.As(t, p), io.Discard))

		rows := func(name string) int {
			table, column, _ := strings.Cut(name, ".")
			query := fmt.Sprintf("SELECT '_' || %[2]s AS it FROM %[1]s WHERE %[2]s = '%[3]s'", table, column, p.ID)
			return strings.Count(w.Rows(t, query), "it=")
		}

		seen := 0
		before := map[string]int{}
		for name := range personal {
			if before[name] = rows(name); before[name] > 0 {
				seen++
			}
		}
		if seen < 15 {
			t.Errorf("only %d columns name her before: %v", seen, before)
		}

		testsite.Must(t, scene.Only(w.EraseAccount(scene.As(t, p), consultation.EraseAccountInput{
			Password: scene.Ptr(scene.Password),
		})))

		for name, is := range personal {
			if after := rows(name); is.erased == deleted && after > 0 {
				t.Errorf("%s still names her %d times", name, after)
			} else if is.erased != deleted && after < before[name] && !strings.HasSuffix(is.erased, "deleted") {
				t.Errorf("%s named her %d times and now %d: it %s", name, before[name], after, is.erased)
			}
		}
	})
}
