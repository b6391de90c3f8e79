package scene

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"ensemble/ent/migrate"
	"ensemble/internal/testsite"
)

// Contents returns all that the database has, by table, with a line for each row. It leaves out the territories, which
// never change.
func (w *World) Contents(t testing.TB) map[string]string {
	t.Helper()
	found := testsite.Got(w.Store.Read.QueryContext(t.Context(), Everything[w.Store.Dialect]))(t)
	defer func() { _ = found.Close() }()

	lines := map[string][]string{}
	for found.Next() {
		var table, line string
		testsite.Must(t, found.Scan(&table, &line))
		lines[table] = append(lines[table], line)
	}
	testsite.Must(t, found.Err())

	all := map[string]string{}
	for _, table := range migrate.Tables {
		slices.Sort(lines[table.Name])
		all[table.Name] = strings.Join(lines[table.Name], "\n")
	}
	return all
}

// Everything has the statement that finds all rows at once, by dialect. One statement is enough, since most tests ask
// several times.
var Everything = map[string]string{
	dialect.SQLite: AllRows(func(*schema.Column) string { return `CAST("%s" AS text)` }),
	dialect.Postgres: AllRows(func(c *schema.Column) string {
		if c.Type == field.TypeBytes {
			return `encode("%s", 'escape')`
		}
		return `"%s"::text`
	}),
}

// AllRows returns a statement that finds all rows, each with the name of its table. text says how a column is written.
func AllRows(text func(*schema.Column) string) string {
	var tables []string
	for _, table := range migrate.Tables {
		if table.Name == migrate.TerritoriesTable.Name {
			continue
		}

		var columns []string
		for _, c := range table.Columns {
			columns = append(columns, fmt.Sprintf(`'%s=' || COALESCE(`+text(c)+`, '<nil>')`, c.Name, c.Name))
		}

		row := strings.Join(columns, " || ' ' || ")
		tables = append(tables, fmt.Sprintf("SELECT '%s', %s FROM %s", table.Name, row, table.Name))
	}
	return strings.Join(tables, " UNION ALL ")
}

// Rows returns the rows that a query finds, sorted, with a line for each.
func (w *World) Rows(t testing.TB, query string) string {
	t.Helper()
	rows := testsite.Got(w.Store.Read.QueryContext(t.Context(), query))(t)
	defer func() { _ = rows.Close() }()
	columns := testsite.Got(rows.Columns())(t)

	var lines []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		testsite.Must(t, rows.Scan(values...))

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

	testsite.Must(t, rows.Err())
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Unchanged fails the test when the contents are not what they were before.
func (w *World) Unchanged(t testing.TB, before map[string]string) {
	t.Helper()
	now := w.Contents(t)
	for _, table := range slices.Sorted(maps.Keys(now)) {
		if now[table] != before[table] {
			t.Errorf("%s changed from\n%s\nto\n%s", table, before[table], now[table])
		}
	}
}
