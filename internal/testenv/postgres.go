package testenv

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Postgres returns the URL of an empty database on a server that all tests of the process share. It is dropped when t
// ends. ENSEMBLE_TEST_POSTGRES names another server to use, as a role that may create databases.
func Postgres(t testing.TB) string {
	t.Helper()
	c, err := sharedCluster()
	must(t, err)
	return c.empty(t)
}

// PostgresFrom does what Postgres does, with a copy of a database that prepare has filled. prepare runs once per key
// and process, in the first test that asks, and must have closed its connections when it returns. When t ends, what its
// connections are still doing is ended, and another test may get the copy as it was at first. Connections that do
// nothing may stay open for that test.
func PostgresFrom(t testing.TB, key string, prepare func(url string) error) string {
	t.Helper()
	c, err := sharedCluster()
	must(t, err)
	template, err := c.template(key, prepare)
	must(t, err)
	return template.lend(t)
}

// PostgresServer returns a server of t's own, with one empty database.
func PostgresServer(t testing.TB) *Server {
	t.Helper()
	url, p, err := startPostgres()
	must(t, err)
	return own(t, url, p)
}

// startPostgres starts a new server, which never flushes anything to the disk.
func startPostgres() (url string, p *process, err error) {
	programs, err := findPostgres()
	if err != nil {
		return "", nil, err
	}

	account, err := postgresAccount()
	if err != nil {
		return "", nil, err
	}

	home, err := newFolder(memory(), int(account.Uid), int(account.Gid))
	if err != nil {
		return "", nil, err
	}

	p = postgresProcess(programs, home, account)
	if err = initdb(programs, home, account); err == nil {
		err = p.start()
	}
	if err != nil {
		return "", nil, errors.Join(err, home.remove())
	}

	return socketURL(home), p, nil
}

// postgresProcess returns a server that listens only on a socket in its own folder, so that nobody else has its
// address.
func postgresProcess(programs string, home *folder, as *account) *process {
	return &process{
		command: []string{
			filepath.Join(programs, "postgres"), "-D", filepath.Join(home.path, "data"), "-k", home.path, "-p", "5432",
			"-c", "listen_addresses=", "-c", "max_connections=400",
			"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
			"-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "autovacuum=off",
			"-c", "shared_buffers=32MB", "-c", "checkpoint_timeout=1h", "-c", "jit=off",
		},
		folder:  home,
		account: as,
		quit:    syscall.SIGINT,
		abort:   syscall.SIGQUIT,
		ready:   func(ctx context.Context, _ int) error { return askPostgres(ctx, socketURL(home)) },
	}
}

// socketURL returns the URL of the server whose folder is home.
func socketURL(home *folder) string {
	return "postgres://postgres@/postgres?host=" + url.QueryEscape(home.path) + "&port=5432"
}

// askPostgres returns nil when the server at url accepts connections.
func askPostgres(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}
