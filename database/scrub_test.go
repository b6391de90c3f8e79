package database

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"testing"

	"ensemble/internal/testenv"
)

// forgetful fills a table with a thousand notes by a connection that does not overwrite, and takes half of them away.
func forgetful(t *testing.T, url string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+url[len("sqlite:"):]+"?_pragma=journal_mode(wal)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()

	for _, statement := range []string{
		"CREATE TABLE notes (body text)",
		`INSERT INTO notes WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
			SELECT CASE i % 2 WHEN 0 THEN 'kept ' ELSE 'secret ' END || i || hex(zeroblob(200)) FROM n`,
		"DELETE FROM notes WHERE body LIKE 'secret%'",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// traces counts a word in the database's files.
func traces(t *testing.T, s *Store, word string) int {
	t.Helper()
	n := 0
	for _, file := range []string{s.file, s.file + "-wal", s.file + "-shm"} {
		content, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		n += bytes.Count(content, []byte(word))
	}
	return n
}

// A file that an older program wrote is built anew once: nothing stays of what was deleted, and all else is there.
func TestScrubBuildsAnOldFileAnew(t *testing.T) {
	url := testenv.SQLite(t)
	forgetful(t, url)
	s := open(t, url)
	if n := traces(t, s, "secret"); n < 100 {
		t.Fatalf("only %d traces are there to take out", n)
	}

	scrub(t, s)
	if n := traces(t, s, "secret"); n > 0 {
		t.Errorf("%d traces are left", n)
	}
	if n := read[int](t, s, "SELECT count(*) FROM notes WHERE body LIKE 'kept%'"); n != 500 {
		t.Errorf("%d notes are there", n)
	}

	// Later the file keeps its free pages, overwritten: it is not built anew again.
	write(t, s, "DELETE FROM notes")
	scrub(t, s)
	if n := read[int](t, s, "PRAGMA freelist_count"); n == 0 {
		t.Error("it was built anew again")
	}
	if n := traces(t, s, "kept"); n > 0 {
		t.Errorf("%d traces of notes are left", n)
	}
}

// A file that this program has made is clean from the start.
func TestNewFilesAreClean(t *testing.T) {
	s := open(t, testenv.SQLite(t))
	if version := read[int](t, s, "PRAGMA user_version"); version != clean {
		t.Errorf("its version is %d", version)
	}
}

// While somebody reads from the write-ahead log, Scrub says so, and writers go on. Afterwards it succeeds.
func TestScrubWhileSomebodyReads(t *testing.T) {
	s := open(t, testenv.SQLite(t))
	write(t, s, "CREATE TABLE notes (body text)")
	write(t, s, "INSERT INTO notes VALUES ('secret')")

	reader, err := s.Read.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback()
	if err := reader.QueryRowContext(t.Context(), "SELECT body FROM notes").Scan(new(string)); err != nil {
		t.Fatal(err)
	}

	write(t, s, "DELETE FROM notes")
	if err := s.Scrub(t.Context()); !errors.Is(err, ErrLogInUse) {
		t.Errorf("Scrub: %v", err)
	}
	write(t, s, "INSERT INTO notes VALUES ('other')")

	_ = reader.Rollback()
	scrub(t, s)
	if n := traces(t, s, "secret"); n > 0 {
		t.Errorf("%d traces are left", n)
	}
}

// On PostgreSQL rows that were deleted are taken out of tables and indexes, of a table whose name needs quotes as well,
// but of none that somebody else has locked.
func TestScrubVacuums(t *testing.T) {
	s := open(t, testenv.Postgres(t))
	for _, table := range []string{`"Some notes"`, "held"} {
		write(t, s, fmt.Sprintf("CREATE TABLE %s (body text PRIMARY KEY)", table))
		write(t, s, fmt.Sprintf("INSERT INTO %s SELECT 'secret ' || i FROM generate_series(1, 1000) AS i", table))
		write(t, s, fmt.Sprintf("DELETE FROM %s", table))
	}

	holder, err := s.Write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Rollback()
	if _, err := holder.ExecContext(t.Context(), "LOCK TABLE held IN SHARE UPDATE EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}

	scrub(t, s)
	for table, emptied := range map[string]bool{`"Some notes"`: true, "held": false} {
		size := read[int](t, s, fmt.Sprintf("SELECT pg_relation_size('%s')", table)) // it is cut where its end is empty
		if (size == 0) != emptied {
			t.Errorf("%s has %d bytes", table, size)
		}
	}
}

// An empty database has nothing to scrub.
func TestScrubNothing(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		scrub(t, open(t, url))
	})
}

// scrub scrubs s, which must succeed.
func scrub(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
}
