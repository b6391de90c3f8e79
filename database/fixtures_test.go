package database

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"entgo.io/ent/dialect"
)

// expect migrates s, compares the outcome with want, and returns it.
func expect(t *testing.T, s *Store, files fs.FS, want Outcome) Outcome {
	t.Helper()
	got, err := Migrate(t.Context(), s, files)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("Migrate: %+v, want %+v", got, want)
	}
	return got
}

// first returns the first n migrations of testdata.
func first(t *testing.T, n int) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, folder := range folders {
		names, err := fs.Glob(three, folder+"/*.sql")
		if err != nil {
			t.Fatal(err)
		}

		for _, name := range names[:n] {
			data, err := fs.ReadFile(three, name)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = &fstest.MapFile{Data: data}
		}
	}
	return files
}

// both returns the same files for each dialect.
func both(sql map[string]string) fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range sql {
		for _, folder := range folders {
			files[folder+"/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return files
}

// applied returns what schema_migrations has: a number and a name for each migration.
func applied(t *testing.T, s *Store) string {
	t.Helper()
	return column(t, s, "SELECT version || ' ' || name FROM schema_migrations ORDER BY version")
}

// tables returns the names of the tables there are.
func tables(t *testing.T, s *Store) string {
	t.Helper()
	if s.Dialect == dialect.SQLite {
		return column(t, s, "SELECT name FROM sqlite_schema")
	}
	return column(t, s, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
}

// column returns the values of a query with one column, with commas between them.
func column(t *testing.T, s *Store, query string) string {
	t.Helper()
	rows, err := s.Read.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()

	var values []string
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	return strings.Join(values, ", ")
}
