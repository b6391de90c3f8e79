package server

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
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
		all.take(fmt.Sprint(i%turnsAtOnce), func(done func()) {
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
	all.take("", func(done func()) { done(); done(); rest.Done() })
	rest.Wait()

	untilAllEnd(&all)
	if len(all.waiting) != 0 {
		t.Errorf("%d wait", len(all.waiting))
	}
}

// Addresses that wait are served in a circle, however much each asks for.
func TestTurnsOfAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all turns
		hold := make(chan struct{})
		for n := range turnsAtOnce {
			all.take(fmt.Sprint(n), func(func()) { <-hold })
		}

		var order []string // one has a turn at a time
		for _, address := range []string{"a", "a", "a", "b", "a", "c", "b"} {
			all.take(address, func(func()) { order = append(order, address) })
		}

		hold <- struct{}{} // its turn passes on from one to the next
		synctest.Wait()
		close(hold)
		synctest.Wait()
		if want := []string{"a", "b", "c", "a", "b", "a", "a"}; !slices.Equal(order, want) {
			t.Errorf("served %v, want %v", order, want)
		}
		if all.taken != 0 || len(all.waiting) != 0 || len(all.circle) != 0 {
			t.Errorf("%d turns are taken, %d addresses wait", all.taken, len(all.circle))
		}
	})
}

// One address has a share of the turns: another one finds some free.
func TestTurnsOfOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all turns
		hold, ran := make(chan struct{}), 0
		for range 3 * turnsOfAddress {
			all.take("crowd", func(func()) { <-hold })
		}
		all.take("other", func(func()) { ran++ })
		synctest.Wait()
		if ran != 1 || all.taken != turnsOfAddress {
			t.Errorf("the other ran %d times, the crowd has %d turns", ran, all.taken)
		}
		close(hold)
		synctest.Wait()
		if all.taken != 0 || len(all.waiting)+len(all.circle)+len(all.running) != 0 {
			t.Errorf("%d turns are taken, %d addresses wait", all.taken, len(all.circle))
		}
	})
}
