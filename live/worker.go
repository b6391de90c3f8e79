package live

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// crew is the goroutines of a Hub that come and go: only so many at once, so that a crowd of questions needs the memory
// and the database of a few. A worker that waits for its turn has no goroutine. Work on new events does not wait for
// work on old ones. Once the crew is closed, none begins.
type crew struct {
	mu       sync.Mutex
	closed   bool
	at       sync.WaitGroup
	new, old line
}

// newCrew returns a crew for this machine; workers wait for the database most of the time. Of the places for new events
// those at one address have half at most, of those for old ones one.
func newCrew() *crew {
	places := max(8, 4*runtime.GOMAXPROCS(0))
	return &crew{new: newLine(places, places/2), old: newLine(2, 1)}
}

// start has w work as soon as it is its turn. It reports false when the crew is closed.
func (c *crew) start(w *worker) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.lineOf(w).add(w)
	c.fill()
	return true
}

// fill has somebody work at each place that may be taken. mu is held.
func (c *crew) fill() {
	for t, ok := c.next(); ok; t, ok = c.next() {
		c.at.Go(func() { c.work(t) })
	}
}

// work has a worker make a step, and then whoever is next, until nobody is.
func (c *crew) work(t turn) {
	for ok := true; ok; {
		goesOn := t.worker.step()
		if t, ok = c.pass(t, goesOn); ok {
			runtime.Gosched() // whoever was woken sends; see decisions/0019
		}
	}
}

// pass ends a turn, and takes the next one.
func (c *crew) pass(t turn, goesOn bool) (turn, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lineOf(t.worker)
	l.over(t)
	if goesOn {
		l.add(t.worker)
	}
	next, ok := c.next()
	c.fill()
	return next, ok
}

// next takes the next turn, of new events if it can. Of old ones one worker always works, and more only while nothing
// new waits. mu is held.
func (c *crew) next() (turn, bool) {
	if c.closed {
		return turn{}, false
	}
	if t, ok := c.new.next(); ok {
		return t, true
	}
	if c.old.busy > 0 && len(c.new.order) > 0 {
		return turn{}, false
	}
	return c.old.next()
}

// lineOf returns the line in which w waits.
func (c *crew) lineOf(w *worker) *line {
	if w.old {
		return &c.old
	}
	return &c.new
}

// close waits for those at work.
func (c *crew) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.at.Wait()
}

// worker does something whenever it is woken, and once more if it is woken meanwhile: one step at a time, between which
// others have their turns.
type worker struct {
	crew   *crew
	old    bool               // it works on old events
	do     func() (more bool) // makes one step; more says that another one is to follow
	payers func() []Payer     // who may pay for it
	state  atomic.Int32
}

const (
	asleep int32 = iota
	working
	again // woken while working
)

// wake starts the work, or, if it is running, makes it run once more afterwards. It never waits.
func (w *worker) wake() {
	for {
		switch {
		case w.state.Load() == again || w.state.CompareAndSwap(working, again):
			return
		case w.state.CompareAndSwap(asleep, working):
			if !w.crew.start(w) {
				w.state.Store(asleep)
			}
			return
		}
	}
}

// step makes one step, and reports whether another one is to follow.
func (w *worker) step() (goesOn bool) {
	if w.do() {
		return true
	}
	if w.state.CompareAndSwap(working, asleep) {
		return false
	}
	w.state.Store(working)
	return true
}
