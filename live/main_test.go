package live

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

// TestMain fails when a goroutine of this package outlives its owner. go-redis has one that probes a dead server and
// ends up to a second after its client was closed. It also has one logger for the whole program, which is silent here.
func TestMain(m *testing.M) {
	redis.SetLogger(silence{})
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

// silence is a logger that writes nothing.
type silence struct{}

// Printf implements the logger of go-redis.
func (silence) Printf(context.Context, string, ...any) {}

var quiet = slog.New(slog.DiscardHandler)

// patient is how long a test waits for what must happen. In a synctest bubble it costs nothing.
const patient = 20 * time.Second

// take receives n events, and fails the test when they do not come.
func take[T any](t testing.TB, events <-chan T, n int) []T {
	t.Helper()
	var got []T
	for timeout := time.After(patient); len(got) < n; {
		select {
		case e, open := <-events:
			if !open {
				t.Fatalf("closed after %d of %d events", len(got), n)
			}
			got = append(got, e)
		case <-timeout:
			t.Fatalf("%d of %d events came", len(got), n)
		}
	}
	return got
}

// wantClosed fails unless the channel is closed without another event.
func wantClosed(t testing.TB, events <-chan Event) {
	t.Helper()
	select {
	case e, open := <-events:
		if open {
			t.Fatalf("got %v, want a closed channel", e)
		}
	case <-time.After(patient):
		t.Fatal("channel stays open")
	}
}

// wantChain fails unless events follow one another from at, with nothing missing, repeated or reset.
func wantChain(t testing.TB, at Cursor, events []Event) {
	t.Helper()
	if good := len(chain(at, events)); good < len(events) {
		t.Fatalf("event %d of %d is %s %d, which does not follow", good+1, len(events),
			events[good].Type, events[good].Seq)
	}
}

// eventually polls what no channel announces.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	poll, timeout := time.NewTicker(5*time.Millisecond), time.After(patient)
	defer poll.Stop()
	for !holds() {
		select {
		case <-poll.C:
		case <-timeout:
			t.Fatalf("never: %s", what)
		}
	}
}
