// Package database opens the store a URL names and brings it to the newest migration.
//
// It deals in connections, pools and SQL files. It knows no table but schema_migrations: the ent client is
// made by the caller from a Store's pools, and rules live elsewhere.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Store is an open database. Its pools are safe for concurrent use.
//
// On PostgreSQL, Read and Write are the same pool. On SQLite, Write is one connection whose transactions take the
// write lock when they begin, and Read is several that never take it: a write through Read is an error. A goroutine
// inside a transaction of Write waits for ever if it asks Write for a second connection.
type Store struct {
	Dialect string // dialect.SQLite or dialect.Postgres
	Read    *sql.DB
	Write   *sql.DB

	file string // the absolute path of a SQLite database
}

// scheme matches what RFC 3986 allows before the colon. Anything else may be part of a password.
var scheme = regexp.MustCompile(`^[a-z][a-z0-9+.-]*$`)

// Open opens the database at url and checks that it answers, before ctx ends.
//
//	sqlite:ensemble.db           a file, relative to the working folder or absolute, created when absent
//	postgres://user@host/name    a PostgreSQL server, with the parameters libpq and pgxpool document
//
// A SQLite path is taken as it is written: no character in it is special. Errors never contain the URL, since there may
// be a password in it. The caller closes the Store.
func Open(ctx context.Context, url string) (*Store, error) {
	name, rest, found := strings.Cut(url, ":")
	switch {
	case !found || !scheme.MatchString(name):
		return nil, errors.New("database URL: does not begin with sqlite: or postgres://")
	case name == "sqlite":
		return openSQLite(ctx, rest)
	case name == "postgres", name == "postgresql":
		return openPostgres(ctx, url)
	}
	return nil, fmt.Errorf("database URL: unknown scheme %q, use sqlite: or postgres://", name)
}

// Close waits for the queries under way and closes every connection.
func (s *Store) Close() error {
	return errors.Join(s.Read.Close(), s.Write.Close())
}
