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

func TestPostgres(t *testing.T) {
	first, second := Postgres(t), Postgres(t)
	query(t, first, "CREATE TABLE notes (body text)")
	query(t, second, "CREATE TABLE notes (body text)")
}

func TestPostgresDropsTheDatabaseAtTheEndOfTheTest(t *testing.T) {
	var url string
	t.Run("inner", func(t *testing.T) {
		url = Postgres(t)
		connect(t, url) // and leaves the connection open until after the drop
	})
	_, err := pgx.Connect(t.Context(), url)
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("the database is still there: %v", err)
	}
}

func TestPostgresFrom(t *testing.T) {
	var prepared atomic.Int32
	prepare := func(url string) error {
		prepared.Add(1)
		return execute(url, "CREATE TABLE notes (body text PRIMARY KEY)")
	}
	key := rand.Text() // keys last as long as the process, and -count runs this again
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

func TestPausedServerEndsWithItsTest(t *testing.T) {
	t.Run("inner", func(t *testing.T) {
		s := PostgresServer(t)
		connect(t, s.URL)
		s.Pause()
	})
}

// connect is a connection that ends with the test, after what the test started later.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func query(t *testing.T, url, sql string) {
	t.Helper()
	if err := execute(url, sql); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
}

func execute(url, sql string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}
