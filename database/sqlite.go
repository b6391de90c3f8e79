package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	_ "modernc.org/sqlite"
)

// busyTimeout is how long a connection waits for a lock another process holds. Inside this process writers queue
// for the one connection of Store.Write instead, for as long as their context allows.
const busyTimeout = 10 * time.Second

// What the connections of a Store do beside reading; see connect.
const (
	// With recursive triggers REPLACE deletes, and is refused where deleting is. With secure delete nothing that is
	// deleted stays in the file: see Scrub.
	writing   = "_txlock=immediate&_pragma=foreign_keys(1)&_pragma=recursive_triggers(1)&_pragma=secure_delete(1)"
	reading   = "_pragma=query_only(1)&_pragma=foreign_keys(1)"
	migrating = "_txlock=immediate&_pragma=foreign_keys(0)&_pragma=secure_delete(1)"
)

// minReaders is the least number of connections that read SQLite at once. One per processor uses the whole machine;
// with a few more, short reads do not have to wait for a long one.
const minReaders = 4

func openSQLite(ctx context.Context, path string) (*Store, error) {
	file, err := sqliteFile(path)
	if err != nil {
		return nil, err
	}

	readers := max(minReaders, runtime.NumCPU())
	s := &Store{
		Dialect: dialect.SQLite,
		Read:    connect(file, reading, readers),
		Write:   connect(file, writing, 1),
		file:    file,
	}

	if err := s.prepareFile(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open SQLite database %s: %w", file, err), s.Close())
	}

	return s, nil
}

// sqliteFile returns the absolute path of the database, so that it stays the same file if the working folder changes.
func sqliteFile(path string) (string, error) {
	switch {
	case path == "":
		return "", errors.New("database URL: sqlite: names no file")
	case path == ":memory:":
		return "", errors.New("database URL: sqlite: needs a file, each connection would have a memory of its own")
	case strings.HasPrefix(path, "//"):
		return "", errors.New("database URL: write sqlite:relative.db or sqlite:/absolute.db, without //")
	}

	file, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("open SQLite database: %w", err)
	}

	if _, err := os.Stat(filepath.Dir(file)); err != nil {
		return "", fmt.Errorf("open SQLite database, its folder: %w", err)
	}

	return file, nil
}

// connect makes a pool of up to n connections to file, which stay open once they are. It opens none itself.
func connect(file, purpose string, n int) *sql.DB {
	const common = "_time_format=sqlite" + // not Time.String, which neither sorts nor compares
		"&_timezone=UTC" + // nor do times of several zones
		"&_pragma=synchronous(FULL)" // a commit survives a power cut

	u := url.URL{
		Scheme:   "file",
		Path:     filepath.ToSlash(file),
		RawQuery: fmt.Sprintf("%s&_busy_timeout=%d&%s", common, busyTimeout.Milliseconds(), purpose),
	}

	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		panic("database: the SQLite driver refuses our own parameters: " + err.Error())
	}

	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db
}
