package access_test

import (
	"cmp"
	"testing"

	"ensemble/apitest/story"
	"ensemble/consultation/permission"
	"ensemble/internal/testsite"
)

// unaudited are mutations of people who are trusted with something that leave no row in the audit, and why.
var unaudited = map[string]string{
	"createCommitment": "a draft: its version says who and when, and publishing it is written down",
}

// auditedAs are the acts of mutations that are made of others.
var auditedAs = map[string]string{"decideReports": "hideContent"}

// byOwnRight are what somebody may do without being trusted by anybody.
const byOwnRight = permission.Author | permission.Confirmed | permission.SignedIn | permission.Anybody

// Whatever somebody may do because they are trusted with something leaves one row in the audit; what is their own
// business leaves none.
func TestPrivilegedActsAreWrittenDown(t *testing.T) {
	for _, p := range permission.Permissions() {
		for _, name := range mutationsOf(p) {
			if _, known := attempts[name]; !known {
				continue
			}

			privileged := p.Who&^byOwnRight != 0
			if unaudited[name] != "" && !privileged {
				t.Errorf("%s needs no exception", name)
			}
			t.Run(name, func(t *testing.T) {
				story.Each(t, func(t *testing.T, st *story.Story) {
					writesDown(t, st, name, privileged && unaudited[name] == "")
				})
			})
		}
	}
}

// writesDown does the attempt of a mutation: it leaves one row in the audit if wanted, or else none.
func writesDown(t *testing.T, st *story.Story, name string, wanted bool) {
	t.Helper()
	secondAdmin(t, st)
	count := func(where string, args ...any) int {
		return testsite.Only[int](t, st.Logged, "SELECT count(*) FROM audit_entries"+where, args...)
	}

	act := cmp.Or(auditedAs[name], name)
	all, same := count(""), count(" WHERE act = $1", act)
	if a := try(t, st, name, attempts[name].as); len(a.Errors) > 0 {
		t.Fatalf("%s", a.Raw)
	}

	added, want := count("")-all, 0
	if wanted {
		want = 1
	}
	if added != want || count(" WHERE act = $1", act)-same != want {
		t.Fatalf("%d rows were added, want %d", added, want)
	}
	if wanted {
		actor := testsite.Only[string](t, st.Logged, "SELECT actor_id FROM audit_entries ORDER BY id DESC LIMIT 1")
		if actor != st.Cast[attempts[name].as].ID {
			t.Errorf("it is said to be by %s", actor)
		}
	}
}

// secondAdmin adds another site administrator, to be revoked.
func secondAdmin(t *testing.T, st *story.Story) {
	t.Helper()
	p := st.Person(t, "second-admin")
	st.Enter("second admin", p.ID, p.Token)
	st.SQL(t, "UPDATE users SET site_admin = true WHERE id = $1", p.ID)
}
