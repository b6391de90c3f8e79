package database

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ensemble/internal/testenv"
)

// A path is used as it is written, also with signs that mean something in a URL, and nobody else may read the file.
func TestSQLitePathsAreTakenAsWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	absolute := filepath.Join(t.TempDir(), "absolute.db")

	for _, path := range []string{
		"relative.db", "./dotted.db", absolute,
		"with space.db", "what?.db", "mode?mode=memory&cache=shared.db", "100%25.db",
		"hash#tag.db", "a+b;c.db", "été.db",
	} {
		t.Run(path, func(t *testing.T) {
			s := open(t, "sqlite:"+path)
			write(t, s, "CREATE TABLE notes (body text)")
			if n := read[int](t, s, "SELECT count(*) FROM notes"); n != 0 {
				t.Errorf("the reader sees %d notes", n)
			}

			for _, suffix := range []string{"", "-wal", "-shm"} {
				info, err := os.Stat(path + suffix)
				if err != nil {
					t.Fatal(err)
				}
				if info.Mode().Perm() != 0o600 {
					t.Errorf("others may open %s: %v", info.Name(), info.Mode())
				}
			}
		})
	}
}

// A file that was there before keeps its mode.
func TestSQLiteKeepsTheModeOfAnExistingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shared.db")
	open(t, "sqlite:"+path)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	open(t, "sqlite:"+path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// Readers and writers have these settings.
func TestSQLiteSettings(t *testing.T) {
	s := open(t, testenv.SQLite(t))

	for _, c := range []struct {
		pragma      string
		read, write string
	}{
		{"journal_mode", "wal", "wal"},
		{"synchronous", "2", "2"}, // FULL
		{"foreign_keys", "1", "1"},
		{"query_only", "1", "0"},
		{"busy_timeout", "10000", "10000"},
	} {
		if got := pragma(t, s.Read, c.pragma); got != c.read {
			t.Errorf("Read has %s %s, want %s", c.pragma, got, c.read)
		}
		if got := pragma(t, s.Write, c.pragma); got != c.write {
			t.Errorf("Write has %s %s, want %s", c.pragma, got, c.write)
		}
	}
}

// pragma returns the value of a setting.
func pragma(t *testing.T, db *sql.DB, name string) (value string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// A row that refers to nothing is refused.
func TestSQLiteEnforcesForeignKeys(t *testing.T) {
	s := open(t, testenv.SQLite(t))
	write(t, s, "CREATE TABLE authors (id integer PRIMARY KEY)")
	write(t, s, "CREATE TABLE notes (author integer REFERENCES authors (id))")

	_, err := s.Write.ExecContext(t.Context(), "INSERT INTO notes VALUES (7)")
	if err == nil || !strings.Contains(err.Error(), "FOREIGN KEY") {
		t.Errorf("a note of nobody: %v", err)
	}
}

// The pool of readers refuses to write.
func TestSQLiteReaderRefusesToWrite(t *testing.T) {
	s := open(t, testenv.SQLite(t))
	write(t, s, "CREATE TABLE notes (body text)")

	for _, statement := range []string{"INSERT INTO notes VALUES ('x')", "CREATE TABLE more (body text)"} {
		_, err := s.Read.ExecContext(t.Context(), statement)
		if err == nil || !strings.Contains(err.Error(), "readonly") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
