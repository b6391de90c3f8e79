package server_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"ensemble/consultation"
	"ensemble/ent/migrate"
)

// strangers are people with a role in another process, under the names of their roles.
func (st *story) strangers(t *testing.T) []string {
	t.Helper()
	elsewhere := st.NewID("process")
	st.sqlOn(t, `INSERT INTO processes (id, slug, title, description, languages, reference_prefix, published_at, created_at, updated_at)
		VALUES ($1, 'elsewhere', '{"fr": "x"}', '{"fr": "x"}', '["fr"]', 'elsewhere', $2, $2, $2)`, elsewhere, st.Now())
	roles := []string{"ADMIN", "STEERING", "MODERATOR", "FACILITATOR"}
	for _, role := range roles {
		p := st.Person(t, strings.ToLower(role)+"-elsewhere")
		st.enter(role, p.ID, p.Token)
		st.sqlOn(t, "INSERT INTO roles (id, user_id, process_id, name, created_at) VALUES ($1, $2, $3, $4, $5)",
			st.NewID("role"), p.ID, elsewhere, role, st.Now())
	}
	return roles
}

// everything is what the database holds, a line per row, but what never changes.
func (st *story) everything(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, table := range migrate.Tables {
		if table.Name == "territories" {
			continue
		}
		rows := done(st.Store.Read.QueryContext(t.Context(), "SELECT * FROM "+table.Name))(t)
		columns := done(rows.Columns())(t)
		var lines []string
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			done(0, rows.Scan(into...))(t)
			lines = append(lines, fmt.Sprint(values...))
		}
		done(0, rows.Err())(t)
		done(0, rows.Close())(t)
		slices.Sort(lines)
		all[table.Name] = strings.Join(lines, "\n")
	}
	return all
}

// Whatever one is trusted with in another process opens nothing here: not to edit, decide, configure or grant.
func TestRolesOfAnotherProcessOpenNothing(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		st.secondAdmin(t)
		roles := st.strangers(t)
		before := st.everything(t)
		for _, p := range consultation.Permissions() {
			for _, name := range mutationsOf(p) {
				if isOpen(p) {
					continue
				}
				for _, role := range roles {
					a := st.try(t, name, role)
					if code := cmp.Or(a.Code(), refusedInside(a)); code != "FORBIDDEN" && code != "NOT_FOUND" {
						t.Errorf("%s as %s of another process: %s", name, role, a.raw)
					}
				}
			}
		}
		after := st.everything(t)
		for _, table := range slices.Sorted(maps.Keys(after)) {
			if after[table] != before[table] {
				t.Errorf("%s changed:\n%s", table, firstDifference(after[table], before[table]))
			}
		}
	})
}

// refusedInside is the code of the one refusal that a bulk decision answers with, "" when there is none.
func refusedInside(a reply) string {
	_, rest, _ := strings.Cut(a.raw, `"refusal":{"code":"`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}

// Nor does it show anything: the audit, who holds roles, and drafts of this process stay closed.
func TestRolesOfAnotherProcessShowNothing(t *testing.T) {
	eachStory(t, func(t *testing.T, st *story) {
		for _, role := range st.strangers(t) {
			a := st.post(t, `query($id: ID!, $org: ID!) { viewer { auditEntries(filter: {process: $id}) { totalCount } draftProcesses { totalCount } }
				node(id: $id) { ... on Process { viewerRoleHolders { name } viewerDraftCommitments { totalCount } viewerCanUpdate } }
				organization: node(id: $org) { ... on Organization { viewerMembers { totalCount } viewerInvitations { totalCount } } } }`,
				map[string]any{"id": st.names["process"], "org": st.names["organization"]}, st.bearer(role)...)
			want := `{"viewer":{"auditEntries":{"totalCount":0},"draftProcesses":{"totalCount":0}},` +
				`"node":{"viewerRoleHolders":[],"viewerDraftCommitments":{"totalCount":0},"viewerCanUpdate":false},` +
				`"organization":{"viewerMembers":{"totalCount":0},"viewerInvitations":{"totalCount":0}}}`
			if string(a.Data) != want {
				t.Errorf("as %s: %s", role, a.raw)
			}
		}
	})
}
