package database

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"time"

	"entgo.io/ent/dialect"
)

// Outcome is what Migrate found and did.
type Outcome struct {
	Applied int // how many files this call applied
	Version int // where the database is now
	Known   int // the newest file
}

// Ahead reports whether a newer program has migrated the database. That is allowed, since old code and new schema run
// side by side, but worth a warning.
func (o Outcome) Ahead() bool { return o.Version > o.Known }

// records is the same SQL in both dialects. applied_at is in UTC.
const records = `CREATE TABLE IF NOT EXISTS schema_migrations (
	version integer PRIMARY KEY,
	name text NOT NULL,
	checksum text NOT NULL,
	applied_at timestamp NOT NULL
)`

// Migrate applies to s the files it has not had yet: sqlite/NNNN_name.sql or postgres/NNNN_name.sql, numbered from 0001
// without gaps, in that order, all in one transaction or none. Processes that start together wait for each other as
// long as ctx lasts, and each file is applied once.
//
// It refuses a file that was changed after it was applied, and gaps in the files or in the records. A database that is
// ahead of the files is no error; see Outcome. SQLite does not enforce foreign keys meanwhile, so that a table can be
// built anew, but in the end none may be broken. The role needs the right to create tables even when nothing is to do.
func Migrate(ctx context.Context, s *Store, files fs.FS) (Outcome, error) {
	known, err := load(files, folders[s.Dialect])
	if err != nil {
		return Outcome{}, fmt.Errorf("migrate: %w", err)
	}

	var outcome Outcome
	err = s.alone(ctx, func(tx *sql.Tx) (err error) {
		outcome, err = advance(ctx, tx, known)

		if err != nil || outcome.Applied == 0 || s.Dialect != dialect.SQLite {
			return err
		}
		return checkForeignKeys(ctx, tx)
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("migrate: %w", err)
	}

	return outcome, nil
}

// advance applies what tx has not had of known. The caller holds the lock.
func advance(ctx context.Context, tx *sql.Tx, known []migration) (Outcome, error) {
	if _, err := tx.ExecContext(ctx, records); err != nil {
		return Outcome{}, fmt.Errorf("create schema_migrations: %w", err)
	}

	applied, err := recorded(ctx, tx)
	if err != nil {
		return Outcome{}, fmt.Errorf("read schema_migrations: %w", err)
	}

	todo, err := pending(known, applied)
	if err != nil {
		return Outcome{}, err
	}

	for _, m := range todo {
		if err := m.apply(ctx, tx); err != nil {
			return Outcome{}, fmt.Errorf("%04d_%s: %w", m.version, m.name, err)
		}
	}
	return Outcome{Applied: len(todo), Version: max(len(known), len(applied)), Known: len(known)}, nil
}

// recorded reads which files were applied, in their order.
func recorded(ctx context.Context, tx *sql.Tx) ([]migration, error) {
	rows, err := tx.QueryContext(ctx, "SELECT version, name, checksum FROM schema_migrations ORDER BY version")
	if err != nil {
		return nil, err
	}
	defer rows.Close()

	var all []migration
	for rows.Next() {
		var m migration
		if err := rows.Scan(&m.version, &m.name, &m.checksum); err != nil {
			return nil, err
		}
		all = append(all, m)
	}

	return all, rows.Err()
}

// apply runs the file, which may have several statements (both drivers take them when there are no arguments), and
// records it.
func (m migration) apply(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, m.sql); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx,
		"INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
		m.version, m.name, m.checksum, time.Now().UTC().Truncate(time.Microsecond))
	return err
}
