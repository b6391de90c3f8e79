package scene

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"ensemble/consultation/refusal"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
)

// OnPostgres runs a test in a world on PostgreSQL, and in the end checks the counters and the log.
func OnPostgres(t *testing.T, test func(t *testing.T, w *World)) {
	t.Helper()
	testenv.Parallel(t)
	w := New(t, testsite.Postgres(t))

	test(t, w)
	w.CheckCounters(t)
	w.CheckLog(t)
}

// Turn is a transaction of the test's own, for which others wait until it is over.
type Turn struct {
	w  *World
	t  testing.TB
	tx *sql.Tx
}

// Hold begins a turn with a statement, which locks the rows that it reads or changes until the turn is over.
func Hold(t testing.TB, w *World, query string, args ...any) *Turn {
	t.Helper()
	u := &Turn{w, t, testsite.Got(w.Store.Write.BeginTx(t.Context(), nil))(t)}
	u.Do(query, args...)
	return u
}

// Do executes a statement in the turn.
func (u *Turn) Do(query string, args ...any) {
	u.t.Helper()
	testsite.Must(u.t, Only(u.tx.ExecContext(u.t.Context(), query, args...)))
}

// Over ends the turn and lets the others go on.
func (u *Turn) Over() {
	u.t.Helper()
	testsite.Must(u.t, u.tx.Commit())
}

// Start makes a call in the background and returns once n calls wait for a lock.
func Start(t testing.TB, w *World, n int, call func() error) <-chan error {
	t.Helper()
	answer := make(chan error, 1)
	go func() { answer <- call() }()

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	const waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	for blocked := 0; blocked < n; {
		if len(answer) > 0 {
			t.Fatalf("the call did not wait: it answered %v", <-answer)
		}
		testsite.Must(t, w.Store.Read.QueryRowContext(ctx, waiting).Scan(&blocked))
	}

	return answer
}

// Allowed waits for the answer of a call, and asks that it succeeded.
func Allowed(t testing.TB, answer <-chan error) {
	t.Helper()
	if err := <-answer; err != nil {
		t.Errorf("it was refused: %v", err)
	}
}

// RefusedWith waits for the answer of a call, and asks that it was refused with this code.
func RefusedWith(t testing.TB, answer <-chan error, code refusal.Code) {
	t.Helper()
	if err := <-answer; refusal.CodeOf(err) != code {
		t.Errorf("it answered %v, want %s", err, code)
	}
}
