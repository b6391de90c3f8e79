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

// services are a private PostgreSQL, which never waits for the disk, and a private Redis.
type services struct {
	databaseURL, redisURL string
	conn                  *pgx.Conn
	stop                  func()
}

// startServices starts both, or neither.
func startServices(ctx context.Context) (_ *services, err error) {
	t := &borrower{}
	defer func() {
		if err != nil {
			t.end()
		}
	}()

	s := &services{}
	if err := t.borrow(func() {
		s.databaseURL, s.redisURL = testenv.PostgresServer(t).URL, testenv.RedisServer(t).URL
	}); err != nil {
		return nil, err
	}

	s.conn, err = pgx.Connect(ctx, s.databaseURL)
	s.stop = func() { _ = s.conn.Close(context.Background()); t.end() }
	return s, err
}

// clean does what autovacuum, which is off, would do at some moment of its own choice.
func (s *services) clean(ctx context.Context) error {
	_, err := s.conn.Exec(ctx, "VACUUM ANALYZE")
	return err
}

// countReads returns how often the table of events was read through an index or whole, as PostgreSQL has counted so
// far. It counts a connection's reads within a second, or when the connection ends.
func (s *services) countReads(ctx context.Context) (n int, err error) {
	err = s.conn.QueryRow(ctx, "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'events'").Scan(&n)
	return n, err
}

// borrower is as much of a test as testenv asks for to lend a server.
type borrower struct {
	testing.TB
	undo []func()
}

// borrowFailed is thrown where a test would end.
type borrowFailed string

// borrow has from ask for servers, and returns what a test would fail with.
func (b *borrower) borrow(from func()) (err error) {
	defer func() {
		if failed, ok := recover().(borrowFailed); ok {
			err = fmt.Errorf("start PostgreSQL and Redis: %s", failed)
		}
	}()
	from()
	return nil
}

// end gives the servers back.
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
