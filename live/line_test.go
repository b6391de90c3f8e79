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

// wake wakes a new worker that makes so many steps, for somebody who has an address for themselves.
func (b *bench) wake(payer string, steps int, old bool) {
	b.wakeFor(Payer{Person: payer, Address: "of " + payer}, steps, old)
}

// wakeFor does what wake does for any payer.
func (b *bench) wakeFor(p Payer, steps int, old bool) {
	w := &worker{crew: b.crew, old: old, payers: func() []Payer { return []Payer{p} }}
	w.do = func() (more bool) {
		b.begun <- p.Person
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

// Those at one address have a part of the places, however many they are, and take turns.
func TestAddressesShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(4, 2)
		for n := range 6 {
			b.wakeFor(Payer{fmt.Sprint(n % 3), "hall"}, 1, false)
		}
		b.wakeFor(Payer{"elsewhere", "home"}, 1, false)
		if who := fmt.Sprint(b.begins(0)); who != "[0 1 elsewhere]" {
			t.Errorf("%s work first", who)
		}
		if who := b.begins(3); len(who) != 2 {
			t.Errorf("then %s work", who)
		}
		b.begins(4)
		b.crew.close()
		if n := len(b.crew.new.queues) + len(b.crew.new.addresses) + b.crew.new.busy; n != 0 {
			t.Errorf("%+v", b.crew.new)
		}
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
		if b.crew.new.busy+b.crew.old.busy+len(b.crew.new.queues)+len(b.crew.old.queues) != 0 {
			t.Errorf("%+v %+v", b.crew.new, b.crew.old)
		}
	})
}
