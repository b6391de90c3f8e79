package server

import (
	"slices"
	"sync"
	"testing"
)

// untilAllEnd waits for the last turns, which end just after their work.
func untilAllEnd(all *turns) {
	for taken := -1; taken != 0; {
		all.mu.Lock()
		taken = all.taken
		all.mu.Unlock()
	}
}

// Few have their turn at once, and everybody has it in the end. A turn is over once: with its work, or before.
func TestTurns(t *testing.T) {
	var all turns
	var mu sync.Mutex
	var order []int
	within, most := 0, 0
	start, first := make(chan struct{}), make(chan struct{}, turnsAtOnce)

	// The first fill all turns and wait there, so that the others queue.
	var crowd sync.WaitGroup
	crowd.Add(20 * turnsAtOnce)
	for i := range 20 * turnsAtOnce {
		all.take(func(done func()) {
			mu.Lock()
			within++
			most = max(most, within)
			mu.Unlock()

			if i < turnsAtOnce {
				first <- struct{}{}
				<-start
			}

			mu.Lock()
			order = append(order, i)
			within--
			mu.Unlock()

			if i%2 == 0 {
				done()
			}
			crowd.Done()
		})
	}

	for range turnsAtOnce {
		<-first
	}
	close(start)
	crowd.Wait()

	slices.Sort(order)
	if most > turnsAtOnce || len(slices.Compact(order)) != 20*turnsAtOnce {
		t.Errorf("%d had a turn at the same time, %d in all", most, len(order))
	}

	// A turn that is given back twice is counted once.
	var rest sync.WaitGroup
	rest.Add(1)
	all.take(func(done func()) { done(); done(); rest.Done() })
	rest.Wait()

	untilAllEnd(&all)
	if len(all.waiting) != 0 {
		t.Errorf("%d wait", len(all.waiting))
	}
}
