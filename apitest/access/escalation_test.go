package access_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/consultation/permission"
	"ensemble/ent/migrate"
	"ensemble/internal/testsite"
)

// strangers makes people with a role in another process. They are called by the names of their roles, which it returns.
func strangers(t *testing.T, st *story.Story) []string {
	t.Helper()
	elsewhere := st.NewID("process")
	st.SQL(t, `INSERT INTO processes
			(id, slug, title, description, languages, reference_prefix, published_at, created_at, updated_at)
		VALUES ($1, 'elsewhere', '{"fr": "x"}', '{"fr": "x"}', '["fr"]', 'elsewhere', $2, $2, $2)`, elsewhere, st.Now())

	roles := []string{"ADMIN", "STEERING", "MODERATOR", "FACILITATOR"}
	for _, role := range roles {
		p := st.Person(t, strings.ToLower(role)+"-elsewhere")
		st.Enter(role, p.ID, p.Token)
		st.SQL(t, "INSERT INTO roles (id, user_id, process_id, name, created_at) VALUES ($1, $2, $3, $4, $5)",
			st.NewID("role"), p.ID, elsewhere, role, st.Now())
	}
	return roles
}

// everything is what is in the database, by table, a line per row, without what never changes.
func everything(t *testing.T, st *story.Story) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, table := range migrate.Tables {
		if table.Name == "territories" {
			continue
		}

		rows := testsite.Got(st.Store.Read.QueryContext(t.Context(), "SELECT * FROM "+table.Name))(t)
		columns := testsite.Got(rows.Columns())(t)

		var lines []string
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			testsite.Must(t, rows.Scan(into...))
			lines = append(lines, fmt.Sprint(values...))
		}

		testsite.Must(t, rows.Err())
		testsite.Must(t, rows.Close())
		slices.Sort(lines)
		all[table.Name] = strings.Join(lines, "\n")
	}
	return all
}

// Whatever somebody is trusted with in another process opens nothing here: not to edit, decide, configure or grant.
func TestRolesOfAnotherProcessOpenNothing(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		secondAdmin(t, st)
		roles := strangers(t, st)
		before := everything(t, st)

		for _, p := range permission.Permissions() {
			for _, name := range mutationsOf(p) {
				if isOpen(p) {
					continue
				}
				for _, role := range roles {
					a := try(t, st, name, role)
					if code := cmp.Or(a.Code(), refusedInside(a)); code != "FORBIDDEN" && code != "NOT_FOUND" {
						t.Errorf("%s as %s of another process: %s", name, role, a.Raw)
					}
				}
			}
		}

		after := everything(t, st)
		for _, table := range slices.Sorted(maps.Keys(after)) {
			if after[table] != before[table] {
				t.Errorf("%s changed:\n%s", table, story.FirstDifference(after[table], before[table]))
			}
		}
	})
}

// refusedInside is the code of the one refusal that a bulk decision answers with, or "" if there is none.
func refusedInside(a testsite.Reply) string {
	_, rest, _ := strings.Cut(a.Raw, `"refusal":{"code":"`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}
