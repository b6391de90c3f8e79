package consultation_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"ensemble/ent/migrate"
)

// contents is everything that the database holds, a line per row, but the territories, which never change.
func (w *world) contents(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, table := range migrate.Tables {
		if table.Name == "territories" {
			continue
		}
		all[table.Name] = w.rows(t, "SELECT * FROM "+table.Name)
	}
	return all
}

func (w *world) rows(t testing.TB, query string) string {
	t.Helper()
	rows := got(w.Store.Read.QueryContext(t.Context(), query))(t)
	defer func() { _ = rows.Close() }()
	columns := got(rows.Columns())(t)
	var lines []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		must(t, rows.Scan(values...))
		var line strings.Builder
		for i, value := range values {
			shown := *value.(*any)
			if raw, ok := shown.([]byte); ok {
				shown = string(raw)
			}
			fmt.Fprintf(&line, "%s=%v ", columns[i], shown)
		}
		lines = append(lines, line.String())
	}
	must(t, rows.Err())
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// unchanged compares the contents with what they were.
func (w *world) unchanged(t testing.TB, before map[string]string) {
	t.Helper()
	now := w.contents(t)
	for _, table := range slices.Sorted(maps.Keys(now)) {
		if now[table] != before[table] {
			t.Errorf("%s changed from\n%s\nto\n%s", table, before[table], now[table])
		}
	}
}
