package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"ensemble/internal/testenv"
)

// postgres is a private server: the one that tests use, with its socket in a temporary folder, and nothing ever flushed
// to the disk. So a commit costs no waiting, which makes what the servers in front of it cost stand out.
type postgres struct {
	url  string
	conn *pgx.Conn // ours, for looking and cleaning between measurements
	pid  int       // of the parent of all its processes
	stop func()
}

func startPostgres(ctx context.Context) (_ *postgres, err error) {
	t := &borrower{}
	defer func() {
		if err != nil {
			t.end()
		}
	}()

	url, err := t.server()
	if err != nil {
		return nil, err
	}

	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}

	// The parent of a connection's process is the server, whose family is measured.
	var backend int
	if err := conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return nil, err
	}
	pid, err := parentOf(backend)
	if err != nil {
		return nil, err
	}

	return &postgres{
		url: url, conn: conn, pid: pid, stop: func() { _ = conn.Close(context.Background()); t.end() },
	}, nil
}

// clean does what autovacuum, which is off, would do at some moment of its own choice.
func (p *postgres) clean(ctx context.Context) error {
	if _, err := p.conn.Exec(ctx, "VACUUM ANALYZE"); err != nil {
		return err
	}
	_, err := p.conn.Exec(ctx, "CHECKPOINT")
	return err
}

// borrower is as much of a test as testenv asks for to lend a server.
type borrower struct {
	testing.TB
	undo []func()
}

// borrowFailed is thrown where a test would end.
type borrowFailed string

func (b *borrower) server() (url string, err error) {
	defer func() {
		if failed, ok := recover().(borrowFailed); ok {
			err = fmt.Errorf("start PostgreSQL: %s", failed)
		}
	}()
	return testenv.PostgresServer(b).URL, nil
}

func (b *borrower) end() {
	for _, undo := range slices.Backward(b.undo) {
		undo()
	}
}

func (b *borrower) Cleanup(undo func()) { b.undo = append(b.undo, undo) }
func (b *borrower) Helper()             {}
func (b *borrower) Failed() bool        { return false }
func (b *borrower) Error(args ...any)   { fmt.Fprintln(os.Stderr, args...) }
func (b *borrower) Fatal(args ...any)   { panic(borrowFailed(fmt.Sprint(args...))) }
func (b *borrower) Skip(args ...any)    { b.Fatal(args...) }
