package testenv

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Each call of Postgres makes a database of its own.
func TestPostgres(t *testing.T) {
	first, second := Postgres(t), Postgres(t)
	query(t, first, "CREATE TABLE notes (body text)")
	query(t, second, "CREATE TABLE notes (body text)")
}

// A database is dropped when its test ends, also when a connection to it is still open.
func TestPostgresDropsTheDatabaseAtTheEndOfTheTest(t *testing.T) {
	var url string
	t.Run("inner", func(t *testing.T) {
		url = Postgres(t)
		connect(t, url) // this connection stays open until after the drop
	})

	_, err := pgx.Connect(t.Context(), url)
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("the database is still there: %v", err)
	}
}

// PostgresFrom prepares once, and each test gets a copy without what other tests did.
func TestPostgresFrom(t *testing.T) {
	var prepared atomic.Int32
	prepare := func(url string) error {
		prepared.Add(1)
		return execute(url, "CREATE TABLE notes (body text PRIMARY KEY)")
	}

	key := rand.Text() // a new one each time: keys last as long as the process, and -count runs this test again

	t.Run("group", func(t *testing.T) {
		for range 4 {
			t.Run("copy", func(t *testing.T) {
				t.Parallel()
				query(t, PostgresFrom(t, key, prepare), "INSERT INTO notes VALUES ('the only one')")
			})
		}
	})

	if n := prepared.Load(); n != 1 {
		t.Errorf("prepared %d times, want once", n)
	}
}

// An error of prepare is returned to each test that asks.
func TestPostgresFromReportsWhatPrepareSays(t *testing.T) {
	c, err := sharedCluster()
	must(t, err)
	key, broken := rand.Text(), errors.New("broken")

	for range 2 {
		if _, err := c.template(key, func(string) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("template: %v", err)
		}
	}
}

// A server can be restarted, killed and stopped. It keeps its data and its URL, and no connection survives.
func TestPostgresServerKeepsItsDataAndURL(t *testing.T) {
	s := PostgresServer(t)
	query(t, s.URL, "CREATE TABLE notes (body text)")

	s.Restart()
	query(t, s.URL, "INSERT INTO notes VALUES ('after a restart')")

	client := connect(t, s.URL)
	s.Kill()
	if err := client.Ping(t.Context()); err == nil {
		t.Error("a connection outlives the server")
	}
	s.Start()
	query(t, s.URL, "INSERT INTO notes VALUES ('after a crash')")

	s.Stop()
	if err := execute(s.URL, "SELECT 1"); err == nil {
		t.Error("a stopped server answers")
	}
}

// A paused server answers nothing until it is resumed.
func TestPausedPostgresAnswersAfterResume(t *testing.T) {
	s := PostgresServer(t)
	patient, impatient := connect(t, s.URL), connect(t, s.URL)

	s.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := impatient.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a paused server answers: %v", err)
	}

	s.Resume()
	if err := patient.Ping(t.Context()); err != nil {
		t.Errorf("after Resume: %v", err)
	}
}

// A server that is paused when its test ends is ended all the same.
func TestPausedServerEndsWithItsTest(t *testing.T) {
	t.Run("inner", func(t *testing.T) {
		s := PostgresServer(t)
		connect(t, s.URL)
		s.Pause()
	})
}

// connect returns a connection that is closed when the test ends, after what the test started later.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// query runs a statement that must succeed, on a connection of its own.
func query(t *testing.T, url, sql string) {
	t.Helper()
	if err := execute(url, sql); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
}

// execute runs a statement on a connection of its own.
func execute(url, sql string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}
