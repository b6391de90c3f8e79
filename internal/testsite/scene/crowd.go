package scene

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"ensemble/consultation/refusal"
	"ensemble/internal/testsite"
)

// These functions do what many people do at the same moment. Each call succeeds or is refused: an error of the database
// (a deadlock, a serialization failure, a broken constraint) never reaches a caller.

// AtOnce calls do n times at the same moment, and returns the error of each call.
func AtOnce(t testing.TB, n int, do func(i int) error) []error {
	t.Helper()
	answers := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup

	for i := range n {
		all.Go(func() {
			<-start
			answers[i] = do(i)
		})
	}

	close(start)
	all.Wait()

	for i, err := range answers {
		if _, refused := errors.AsType[*refusal.Error](err); err != nil && !refused {
			t.Errorf("call %d failed: %v", i, err)
		}
	}
	return answers
}

// OneWins fails the test unless one call succeeded and the others were refused with the code.
func OneWins(t testing.TB, answers []error, code refusal.Code) {
	t.Helper()
	won := 0
	for _, err := range answers {
		switch {
		case err == nil:
			won++
		case refusal.CodeOf(err) != code:
			t.Errorf("a loser was told %v, want %s", err, code)
		}
	}

	if won != 1 {
		t.Errorf("%d calls won, want 1", won)
	}
}

// Crowd opens n new accounts.
func (w *World) Crowd(t testing.TB, n int) []*testsite.Person {
	t.Helper()
	all := make([]*testsite.Person, n)
	for i := range all {
		all[i] = w.Person(t, fmt.Sprintf("person-%d", i))
	}
	return all
}
