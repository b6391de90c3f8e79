package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
)

// Scrub takes out of the database's files, as far as the database can, what was deleted or overwritten before. It is
// for whoever has erased somebody, after the commit. It may run while others read and write, and in several processes.
//
// On SQLite connections overwrite what they delete, and Scrub empties the write-ahead log. The first time for a file
// that an older program wrote, it also builds the file anew, for which others wait. On PostgreSQL it vacuums the tables
// and indexes of the schema that the role may vacuum: rows that no transaction sees any more are taken out, and their
// space is used again.
//
// Errors: ErrLogInUse when a reader kept the log from being emptied; those of the database.
func (s *Store) Scrub(ctx context.Context) error {
	if s.Dialect == dialect.SQLite {
		return s.scrubSQLite(ctx)
	}
	return s.vacuumTables(ctx)
}

// ErrLogInUse says that the write-ahead log of SQLite could not be emptied, because somebody was reading from it.
var ErrLogInUse = errors.New("database: somebody is reading from the write-ahead log")

const (
	// scrubWait is how long Scrub waits for readers of the log at once. Writers wait meanwhile.
	scrubWait = 50 * time.Millisecond
	// scrubPause is how long writers have between two attempts.
	scrubPause = 100 * time.Millisecond
	// scrubAttempts is how often Scrub tries to empty the log.
	scrubAttempts = 10
)

// scrubSQLite uses a connection of its own: writers in this process need not queue behind it.
func (s *Store) scrubSQLite(ctx context.Context) error {
	db := connect(s.file, writing, 1)
	defer db.Close()

	if err := rebuildOnce(ctx, db); err != nil {
		return fmt.Errorf("build the database file anew: %w", err)
	}

	if _, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", scrubWait.Milliseconds())); err != nil {
		return err
	}
	return emptyLog(ctx, db)
}

// emptyLog moves all that is in the write-ahead log into the file, and cuts the log to no length. Errors: ErrLogInUse.
func emptyLog(ctx context.Context, db *sql.DB) error {
	for range scrubAttempts {
		var busy, frames, moved int
		err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved)
		if err != nil {
			return fmt.Errorf("empty the write-ahead log: %w", err)
		}
		if busy == 0 {
			return nil
		}

		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(scrubPause):
		}
	}
	return ErrLogInUse
}

// clean is the user_version of a SQLite file whose connections have always overwritten what they deleted, or that was
// built anew since.
const clean = 1

// rebuildOnce builds the file anew unless it is clean: what was deleted before connections overwrote it is then gone.
// If it is interrupted, nothing is done, and the next call begins again.
func rebuildOnce(ctx context.Context, db *sql.DB) error {
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil || version >= clean {
		return err
	}

	if _, err := db.ExecContext(ctx, "VACUUM"); err != nil {
		return err
	}
	return markClean(ctx, db)
}

// markClean notes in the file that it is clean.
func markClean(ctx context.Context, db *sql.DB) error {
	return whileBusy(ctx, func() error {
		_, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", clean))
		return err
	})
}

// vacuumTables vacuums all tables of the schema. It waits for no locks: a table that somebody else vacuums is left out.
// Indexes are cleaned even if little is in them to clean, since their keys hold what the rows held; and statistics,
// which have values of columns, are made anew.
func (s *Store) vacuumTables(ctx context.Context) error {
	var tables string
	err := s.Read.QueryRowContext(ctx, `SELECT COALESCE(string_agg(quote_ident(tablename), ', '), '')
		FROM pg_tables WHERE schemaname = current_schema()`).Scan(&tables)
	if err != nil || tables == "" {
		return err
	}

	// VACUUM cannot be part of a transaction. A table that the role may not vacuum is left out with a warning.
	_, err = s.Write.ExecContext(ctx, "VACUUM (ANALYZE, SKIP_LOCKED, INDEX_CLEANUP ON) "+tables)
	return err
}
