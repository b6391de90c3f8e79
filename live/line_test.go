package live

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
)

// bench is workers of several payers that note when they work, and wait for the test at each step.
type bench struct {
	crew  *crew
	begun chan string
	steps chan struct{}
}

func newBench(places, each int) *bench {
	return &bench{
		crew:  &crew{new: newLine(places, each), old: newLine(2, 1)},
		begun: make(chan string, 1000), steps: make(chan struct{}),
	}
}

// wake wakes a new worker that makes so many steps.
func (b *bench) wake(payer string, steps int, old bool) {
	w := &worker{crew: b.crew, old: old, payers: func() []string { return []string{payer} }}
	w.do = func() (more bool) {
		b.begun <- payer
		<-b.steps
		steps--
		return steps > 0
	}
	w.wake()
}

// begins lets n steps end, and returns who has begun in all, sorted.
func (b *bench) begins(n int) (who []string) {
	for range n {
		b.steps <- struct{}{}
	}
	synctest.Wait()
	for len(b.begun) > 0 {
		who = append(who, <-b.begun)
	}
	slices.Sort(who)
	return who
}

// Payers take turns, however many workers one of them has, and nobody takes all places.
func TestPayersTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(4, 2)
		for range 30 {
			b.wake("many", 1, false)
		}
		b.wake("one", 1, false)
		if who := fmt.Sprint(b.begins(0)); who != "[many many one]" {
			t.Errorf("%s work first", who)
		}

		b.wake("another", 3, false)
		b.wake("third", 1, false)
		if who := fmt.Sprint(b.begins(0)); who != "[another]" {
			t.Errorf("%s takes the last place", who)
		}
		if who := b.begins(4); !slices.Contains(who, "third") || !slices.Contains(who, "another") {
			t.Errorf("then %s work", who)
		}
		b.begins(31)
		b.crew.close()
	})
}

// Work on old events waits while new ones wait, except that one worker goes on with it.
func TestOldEventsGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(1, 1)
		for n := range 3 {
			b.wake(fmt.Sprint("old ", n), 2, true)
		}
		if who := fmt.Sprint(b.begins(0)); who != "[old 0 old 1]" {
			t.Errorf("%s work", who)
		}

		b.wake("new", 1, false)
		b.wake("new too", 1, false)
		if who := fmt.Sprint(b.begins(0)); who != "[new]" {
			t.Errorf("%s does not wait for old events", who)
		}
		for range 8 {
			b.begins(1)
		}
		synctest.Wait()
		b.crew.close()
		if b.crew.new.busy+b.crew.old.busy+len(b.crew.new.payers)+len(b.crew.old.payers) != 0 {
			t.Errorf("%+v %+v", b.crew.new, b.crew.old)
		}
	})
}
