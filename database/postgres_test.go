package database

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"ensemble/internal/testenv"
)

// Connections are in UTC and name this program, whatever the server says; of these, the URL decides only the name.
func TestPostgresSettings(t *testing.T) {
	url := testenv.Postgres(t)
	write(t, open(t, url), `DO $$ BEGIN
		EXECUTE 'ALTER DATABASE ' || current_database() || ' SET timezone = ''Asia/Tokyo''';
	END $$`)

	for _, c := range []struct {
		name, params, setting, want string
	}{
		{"zone is not the server's", "", "timezone", "UTC"},
		{"zone is not the URL's", "&TimeZone=Europe/Paris", "timezone", "UTC"},
		{"application", "", "application_name", "ensemble"},
		{"application of the URL", "&application_name=mine", "application_name", "mine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, withParams(url, c.params))
			if got := read[string](t, s, "SELECT current_setting($1)", c.setting); got != c.want {
				t.Errorf("%s is %s, want %s", c.setting, got, c.want)
			}
		})
	}
}

// Readers and writers share one pool, and the URL may say how large it is.
func TestPostgresPool(t *testing.T) {
	url := testenv.Postgres(t)
	s := open(t, url)
	if s.Read != s.Write {
		t.Error("Read and Write are two pools")
	}
	if got := s.Write.Stats().MaxOpenConnections; got != poolSize {
		t.Errorf("%d connections, want %d", got, poolSize)
	}

	small := open(t, withParams(url, "&pool_max_conns=3&connect_timeout=1"))
	if got := small.Write.Stats().MaxOpenConnections; got != 3 {
		t.Errorf("%d connections, the URL says 3", got)
	}
}

// A statement that is used twice is prepared once.
func TestPostgresCachesStatements(t *testing.T) {
	s := open(t, withParams(testenv.Postgres(t), "&pool_max_conns=1"))
	for range 2 {
		read[int](t, s, "SELECT 41 + $1::int", 1)
	}
	cached := read[int](t, s, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE $1", "SELECT 41%")
	if cached != 1 {
		t.Errorf("%d statements are prepared, want 1", cached)
	}
}

// Pgx lends a connection of its own and returns its errors. What was left open on the connection is undone.
func TestPgx(t *testing.T) {
	s := open(t, withParams(testenv.Postgres(t), "&pool_max_conns=1"))
	ctx := t.Context()

	err := s.Pgx(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "BEGIN; CREATE TABLE notes (body text)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	if left := tables(t, s); left != "" {
		t.Errorf("a transaction left open kept %s", left)
	}

	failed := errors.New("failed")
	if err := s.Pgx(ctx, func(*pgx.Conn) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("Pgx: %v", err)
	}

	if err := open(t, testenv.SQLite(t)).Pgx(ctx, nil); err == nil {
		t.Error("SQLite has pgx connections")
	}
}

// withParams appends parameters to a URL of testenv or of ENSEMBLE_TEST_POSTGRES, which may have none yet.
func withParams(url, params string) string {
	if !strings.Contains(url, "?") {
		url += "?"
	}
	return url + params
}

// strayAt finds an @, in a URL, that is likely to be a part of a password that was not escaped.
func TestStrayAt(t *testing.T) {
	for url, want := range map[string]bool{
		"postgres://localhost/db":                        false,
		"postgres://user@localhost/db":                   false,
		"postgres://user:p%40ss@localhost,other:5433/db": false,
		"postgres://user:p?ss@localhost/db":              false,
		"postgres://user:p@ss@localhost/db":              true,
		"postgres://user:1/ss@localhost/db":              true,
		"postgres:///db?host=/tmp&password=a@b":          true,
	} {
		if got := strayAt(url); got != want {
			t.Errorf("strayAt(%s) is %t", url, got)
		}
	}
}
