// Package faults breaks what Ensemble stands on while people write and watch, and counts what they received. Servers
// are real processes; PostgreSQL and Redis are private. Afterwards what each client was told is compared with the log
// in the database, event by event. There is nothing here but tests.
//
//	ENSEMBLE_TEST_PLAY=all go test ./faults -v    the sizes of docs/reliability.md
package faults

import (
	"testing"
	"time"

	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// patience bounds every wait. It is far more than is needed, so that only something broken takes so long.
const patience = time.Minute

// sizes says how large a run is.
type sizes struct {
	clients int
	events  int           // at least
	rounds  int           // of what is done to servers again and again
	frozen  time.Duration // how long Redis stands still
}

// size returns the sizes for this run, as testenv.Rounds says. docs/reliability.md reports the largest.
func size(t testing.TB) sizes {
	t.Helper()
	return sizes{
		clients: testenv.Rounds(t, 9, 36, 200),
		events:  testenv.Rounds(t, 60, 300, 3000),
		rounds:  testenv.Rounds(t, 1, 3, 10),
		frozen:  time.Duration(testenv.Rounds(t, 1, 8, 30)) * time.Second,
	}
}

// eventually waits until something holds, and fails the test when that takes longer than patience.
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

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
