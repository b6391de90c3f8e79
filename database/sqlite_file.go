package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// prepareFile creates the file when it is absent, and turns on WAL: then readers do not wait for the writer, nor the
// writer for readers. Only its owner may read the file, since it has e-mail addresses in it. SQLite gives the files
// that it adds beside it the same mode.
func (s *Store) prepareFile(ctx context.Context) error {
	_, missing := os.Stat(s.file)
	if err := s.Write.PingContext(ctx); err != nil {
		return err
	}

	created := errors.Is(missing, fs.ErrNotExist)
	if created {
		if err := os.Chmod(s.file, 0o600); err != nil {
			return err
		}
	}

	if err := s.useWAL(ctx); err != nil {
		return err
	}

	// Another process may have created the file at the same moment, and be ahead: it is as new all the same.
	if created {
		if err := markClean(ctx, s.Write); err != nil {
			return err
		}
	}

	return s.Read.PingContext(ctx)
}

// useWAL sets the journal mode, which is stored in the file. SQLite does not wait for locks there, so we do.
func (s *Store) useWAL(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, busyTimeout)
	defer cancel()
	var mode string
	err := whileBusy(ctx, func() error {
		return s.Write.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
	})
	if err == nil && mode != "wal" {
		err = fmt.Errorf("its file system cannot hold a write-ahead log (journal mode %q)", mode)
	}
	return err
}

// whileBusy repeats f as long as another connection holds the lock it needs and ctx lasts.
func whileBusy(ctx context.Context, f func() error) error {
	for {
		err := f()
		var failure *sqlite.Error
		if !errors.As(err, &failure) || failure.Code()&0xff != sqlite3.SQLITE_BUSY {
			return err
		}

		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
