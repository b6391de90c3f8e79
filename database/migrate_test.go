package database

import (
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ensemble/internal/testenv"
)

// three has the migrations in testdata.
var three = os.DirFS("testdata")

// Migrate applies all migrations once, and records each.
func TestMigrate(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		expect(t, s, three, Outcome{Applied: 3, Version: 3, Known: 3})
		expect(t, s, three, Outcome{Applied: 0, Version: 3, Known: 3})

		if n := read[int](t, s, "SELECT count(*) FROM notes"); n != 2 {
			t.Errorf("%d notes, want those of migrations 1 and 2", n)
		}
		if n := read[int](t, s, "SELECT notes FROM counts"); n != 2 {
			t.Errorf("the trigger counted %d notes, want 2", n)
		}
		if name := read[string](t, s, "SELECT name FROM authors"); name != `Ada; "the" first` {
			t.Errorf("the author is %s", name)
		}

		if names := applied(t, s); names != "1 init, 2 trigger, 3 rebuild" {
			t.Errorf("recorded: %s", names)
		}
		age := time.Since(read[time.Time](t, s, "SELECT applied_at FROM schema_migrations WHERE version = 1"))
		if age < 0 || age > time.Minute {
			t.Errorf("recorded as %v ago", age)
		}
	})
}

// Migrate applies only what is new.
func TestMigrateAddsWhatIsNew(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		expect(t, s, first(t, 1), Outcome{Applied: 1, Version: 1, Known: 1})
		expect(t, s, three, Outcome{Applied: 2, Version: 3, Known: 3})
	})
}

// An older program can work with a newer database, and knows that it is newer.
func TestMigrateAcceptsANewerDatabase(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		if got := expect(t, s, three, Outcome{Applied: 3, Version: 3, Known: 3}); got.Ahead() {
			t.Error("is ahead of its own files")
		}
		if got := expect(t, s, first(t, 2), Outcome{Applied: 0, Version: 3, Known: 2}); !got.Ahead() {
			t.Error("is not ahead of older files")
		}
	})
}

// A file that was changed after it was applied is refused, and nothing is applied.
func TestMigrateRefusesAChangedFile(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		expect(t, s, first(t, 2), Outcome{Applied: 2, Version: 2, Known: 2})

		changed := fstest.MapFS{}
		maps.Copy(changed, first(t, 3))
		for name, file := range changed {
			if strings.HasSuffix(name, "0001_init.sql") {
				changed[name] = &fstest.MapFile{Data: append(file.Data, ' ')}
			}
		}

		_, err := Migrate(t.Context(), s, changed)
		if err == nil || !strings.Contains(err.Error(), "0001_init was changed") {
			t.Errorf("Migrate: %v", err)
		}
		if names := applied(t, s); names != "1 init, 2 trigger" {
			t.Errorf("recorded: %s", names)
		}
	})
}

// A failing migration leaves nothing of its own, of the migrations before it, or of the record of them.
func TestAFailingMigrationLeavesNothing(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := open(t, url)
		_, err := Migrate(t.Context(), s, both(map[string]string{
			"0001_good.sql": "CREATE TABLE good (id integer)",
			"0002_bad.sql":  "CREATE TABLE half (id integer); INSERT INTO nowhere VALUES (1); CREATE TABLE other (id integer)",
		}))

		if err == nil || !strings.Contains(err.Error(), "0002_bad: ") {
			t.Errorf("Migrate: %v", err)
		}
		if left := tables(t, s); left != "" {
			t.Errorf("left: %s", left)
		}

		expect(t, s, three, Outcome{Applied: 3, Version: 3, Known: 3})
	})
}

// On SQLite, a migration that leaves a row that refers to nothing is refused and undone.
func TestSQLiteMigrationMustLeaveNoDanglingReference(t *testing.T) {
	s := open(t, testenv.SQLite(t))
	expect(t, s, first(t, 1), Outcome{Applied: 1, Version: 1, Known: 1})

	files := first(t, 1)
	files["sqlite/0002_forget.sql"] = &fstest.MapFile{Data: []byte("DELETE FROM authors")}

	_, err := Migrate(t.Context(), s, files)
	if err == nil || !strings.Contains(err.Error(), "a row of notes refers to a row of authors that does not exist") {
		t.Errorf("Migrate: %v", err)
	}
	if n := read[int](t, s, "SELECT count(*) FROM authors"); n != 1 {
		t.Errorf("%d authors are left", n)
	}
}
