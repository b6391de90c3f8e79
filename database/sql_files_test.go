package database

import (
	"strings"
	"testing"
	"testing/fstest"
)

// Migrations are numbered from 0001 without a gap, and load says which file is not.
func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		want  string
	}{
		{"nothing", nil, "no migrations in sqlite"},
		{"other files only", []string{"sqlite/README.md", "postgres/0001_init.sql"}, "no migrations in sqlite"},
		{"a first that is not 1", []string{"sqlite/0002_two.sql"}, "0002_two.sql: its number should be 0001"},
		{"a gap", []string{"sqlite/0001_one.sql", "sqlite/0003_three.sql"},
			"0003_three.sql: its number should be 0002"},
		{"a number twice", []string{"sqlite/0001_one.sql", "sqlite/0001_uno.sql"},
			"0001_uno.sql: its number should be 0002"},
		{"a short number", []string{"sqlite/1_one.sql"}, "1_one.sql: is not named NNNN_name.sql"},
		{"no name", []string{"sqlite/0001.sql"}, "0001.sql: is not named NNNN_name.sql"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for _, name := range c.files {
				files[name] = &fstest.MapFile{Data: []byte("SELECT 1")}
			}

			if _, err := load(files, "sqlite"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// pending returns the files that are not applied yet. It refuses a file that was changed, and a record with a gap.
func TestPending(t *testing.T) {
	one := migration{version: 1, name: "one", checksum: "a"}
	two := migration{version: 2, name: "two", checksum: "b"}
	three := migration{version: 3, name: "three", checksum: "c"}
	edited := migration{version: 2, name: "two", checksum: "B"}
	renamed := migration{version: 2, name: "deux", checksum: "b"}

	for _, c := range []struct {
		name           string
		files, applied []migration
		left           int
		err            string
	}{
		{"a new database", []migration{one, two}, nil, 2, ""},
		{"some are new", []migration{one, two, three}, []migration{one}, 2, ""},
		{"nothing to do", []migration{one, two}, []migration{one, two}, 0, ""},
		{"a newer database", []migration{one}, []migration{one, two}, 0, ""},
		{"renamed", []migration{one, two}, []migration{one, renamed}, 0, ""},
		{"changed", []migration{one, two, three}, []migration{one, edited}, 0, "0002_two was changed"},
		{"a gap", []migration{one, two, three}, []migration{one, three}, 0, "records migration 3 but not 2"},
		{"a gap beyond the files", []migration{one}, []migration{one, three}, 0, "records migration 3 but not 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			left, err := pending(c.files, c.applied)
			if len(left) != c.left {
				t.Errorf("%d are left, want %d", len(left), c.left)
			}

			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v, want %q", err, c.err)
			}
		})
	}
}
