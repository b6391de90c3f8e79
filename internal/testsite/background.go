package testsite

import (
	"testing"
	"time"
)

// Eventually waits for what nothing announces: it asks again and again, for at most as long as Patient.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	poll, timeout := time.NewTicker(5*time.Millisecond), time.After(Patient)
	defer poll.Stop()

	for !holds() {
		select {
		case <-poll.C:
		case <-timeout:
			t.Fatalf("never: %s", what)
		}
	}
}

// Background is work that goes on beside the test.
type Background struct {
	Done chan struct{} // closed when it is over
	Err  error         // read it after
}

// InBackground starts work, which ends by itself.
func InBackground(work func() error) *Background {
	b := &Background{Done: make(chan struct{})}
	go func() { defer close(b.Done); b.Err = work() }()
	return b
}

// Over says whether the work has ended.
func (b *Background) Over() bool {
	select {
	case <-b.Done:
		return true
	default:
		return false
	}
}
