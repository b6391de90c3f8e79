package live

import (
	"sync"
	"sync/atomic"
)

// crew is the goroutines of a Hub that come and go. Once it is closed, none begins.
type crew struct {
	mu     sync.Mutex
	closed bool
	at     sync.WaitGroup
}

func (c *crew) start(do func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.at.Go(do)
	}
	return !c.closed
}

// close waits for those at work.
func (c *crew) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.at.Wait()
}

// worker does something whenever it is woken: in one goroutine, which is there only while there is something to do,
// and once more if it is woken meanwhile.
type worker struct {
	crew  *crew
	do    func()
	state atomic.Int32
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
			if !w.crew.start(w.work) {
				w.state.Store(asleep)
			}
			return
		}
	}
}

func (w *worker) work() {
	for {
		w.do()
		if w.state.CompareAndSwap(working, asleep) {
			return
		}
		w.state.Store(working)
	}
}
