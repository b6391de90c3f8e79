package database

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ensemble/internal/testenv"
)

// A transaction of Write keeps the writers of other processes out from its first moment, and no reader at all.
func TestSQLiteWriterLocksWhenItBegins(t *testing.T) {
	url := testenv.SQLite(t)
	one, other := open(t, url), open(t, url)
	write(t, one, "CREATE TABLE notes (body text)")

	tx, err := one.Write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()

	if _, err := other.Write.BeginTx(ctx, nil); err == nil {
		t.Error("two transactions write at once")
	}

	if n := read[int](t, other, "SELECT count(*) FROM notes"); n != 0 {
		t.Errorf("the reader sees %d notes", n)
	}
}

// A write waits for the lock as long as its context lasts, also when other stores wait for it too.
func TestSQLiteStoresShareAFile(t *testing.T) {
	url := testenv.SQLite(t)
	write(t, open(t, url), "CREATE TABLE notes (body text)")

	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s, err := Open(t.Context(), url)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			for range 10 {
				if _, err := s.Write.ExecContext(t.Context(), "INSERT INTO notes VALUES ('x')"); err != nil {
					t.Error(err)
				}
			}
		})
	}

	group.Wait()
	if n := read[int](t, open(t, url), "SELECT count(*) FROM notes"); n != 80 {
		t.Errorf("%d notes, want 80", n)
	}
}

// Open waits for a writer as long as its context lasts. SQLite itself fails at once when another connection writes
// while it turns on WAL.
func TestSQLiteOpenWaitsForAWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plain.db")
	plain, err := sql.Open("sqlite", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()

	tx, err := plain.Begin()
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, "sqlite:"+path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Open: %v", err)
	}

	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	open(t, "sqlite:"+path)
}

// Many may open a new file at once.
func TestSQLiteOpensANewFileManyTimesAtOnce(t *testing.T) {
	for range 5 {
		url := testenv.SQLite(t)
		var group sync.WaitGroup

		for range 8 {
			group.Go(func() {
				s, err := Open(t.Context(), url)
				if err != nil {
					t.Error(err)
					return
				}
				s.Close()
			})
		}

		group.Wait()
	}
}
