package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
)

// migrationLock is the PostgreSQL advisory lock of whoever migrates: "ensemble" in ASCII. It is per database.
const migrationLock int64 = 0x656e73656d626c65

// alone runs f in a transaction that no other process migrates beside, and commits it unless f fails.
func (s *Store) alone(ctx context.Context, f func(*sql.Tx) error) error {
	if s.Dialect == dialect.SQLite {
		return s.aloneSQLite(ctx, f)
	}
	return inTx(ctx, s.Write, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
			return fmt.Errorf("wait for the migration lock: %w", err)
		}
		return f(tx)
	})
}

// aloneSQLite uses a connection of its own, which does not enforce foreign keys: SQLite changes a table by building
// another and dropping the first, and that would delete every row that refers to it. f checks them when it is done.
// Source: sqlite.org/lang_altertable.html#otheralter
func (s *Store) aloneSQLite(ctx context.Context, f func(*sql.Tx) error) error {
	db := connect(s.file, migrating, 1)
	defer db.Close()
	return inTx(ctx, db, f)
}

// checkForeignKeys reads the whole SQLite database for a row that refers to none.
func checkForeignKeys(ctx context.Context, tx *sql.Tx) error {
	var table, parent string
	err := tx.QueryRowContext(ctx, `SELECT "table", parent FROM pragma_foreign_key_check`).Scan(&table, &parent)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("check foreign keys: %w", err)
	}
	return fmt.Errorf("a row of %s refers to a row of %s that does not exist", table, parent)
}

// inTx runs f in a transaction and commits it unless f fails. It is READ COMMITTED (SQLite ignores it, having one
// level), so that what f reads after waiting for a lock is what the lock's last holder left.
func inTx(ctx context.Context, db *sql.DB, f func(*sql.Tx) error) error {
	var tx *sql.Tx
	err := whileBusy(ctx, func() (err error) {
		tx, err = db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
		return err
	})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}

	defer tx.Rollback() // does nothing after the commit
	if err := f(tx); err != nil {
		return err
	}

	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}

	return nil
}
