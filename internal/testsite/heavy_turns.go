package testsite

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"ensemble/heavy"
)

// HoldHeavyTurns takes all turns that the program's own work can have at once, until release is called or the test ends.
func HoldHeavyTurns(t testing.TB) (release func()) {
	t.Helper()
	turns, held, over := max(1, runtime.GOMAXPROCS(0)/2), make(chan bool), make(chan bool)
	work := heavy.New[string](0)

	var all sync.WaitGroup
	for i := range turns {
		all.Go(func() {
			_, _ = work.InTurn(t.Context(), fmt.Sprint(i), func(context.Context) (string, int, error) {
				held <- true
				<-over
				return "", 0, nil
			})
		})
	}
	for range turns {
		<-held
	}

	release = sync.OnceFunc(func() { close(over); all.Wait() })
	t.Cleanup(release)
	return release
}
