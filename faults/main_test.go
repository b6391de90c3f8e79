// Package faults breaks what Ensemble stands on while people write and watch, and counts what they received. Servers are
// real processes; PostgreSQL and Redis are private. Afterwards what each client was told is compared with the log in the
// database, event by event. There is nothing here but tests.
//
//	go test ./faults -v -full    the sizes of docs/reliability.md
package faults

import (
	"flag"
	"testing"
	"time"

	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

var full = flag.Bool("full", false, "as many clients and events as docs/reliability.md reports")

// patience bounds every wait, far beyond what it takes, so that only something broken meets it.
const patience = time.Minute

// sizes of a run.
type sizes struct {
	clients int
	events  int           // at least
	rounds  int           // of what is done to servers again and again
	frozen  time.Duration // how long Redis stands still
}

func size() sizes {
	switch {
	case *full:
		return sizes{clients: 200, events: 3000, rounds: 10, frozen: 30 * time.Second}
	case testing.Short():
		return sizes{clients: 9, events: 60, rounds: 2, frozen: time.Second}
	}
	return sizes{clients: 36, events: 300, rounds: 3, frozen: 8 * time.Second}
}

// eventually looks now and then whether something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
