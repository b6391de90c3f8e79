// Package fair lets a few pieces of work run at once, and has those who ask for more take turns.
package fair

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// maxWaiting bounds how many pieces of work of one caller wait: each holds its request in memory.
const maxWaiting = 200

// ErrBusy is why a caller gets no turn: too much of theirs waits already, or has waited too long.
var ErrBusy = errors.New("fair: too much is waiting")

// Queue gives turns: so many at once in all, and at most a share of them to one caller, so that somebody else finds
// room at any time. Those who wait are served in a circle, however much each of them asks for. It is safe for
// concurrent use.
type Queue struct {
	mu      sync.Mutex
	free    int
	share   int
	callers map[string]*caller // who has or awaits a turn
	circle  []*caller          // who waits, in the order they are served
}

// caller is whoever asks for turns.
type caller struct {
	name    string
	running int
	waiting []chan struct{} // closed when it is their turn
}

// New returns a Queue of so many turns at once, at most share of them one caller's.
func New(turns, share int) *Queue {
	return &Queue{free: turns, share: share, callers: map[string]*caller{}}
}

// Take waits for a turn of whoever ctx is for (As). Call done when the work has ended, once. It fails when ctx ends
// first: with ErrBusy at its deadline, and else with its cause. A caller who has maxWaiting pieces waiting is not kept
// waiting for another one: ErrBusy.
func (q *Queue) Take(ctx context.Context) (done func(), err error) {
	q.mu.Lock()
	c := q.caller(Caller(ctx))

	if q.free > 0 && c.running < q.share { // whoever waits has their share already
		q.begin(c)
		q.mu.Unlock()
		return func() { q.end(c) }, nil
	}

	if len(c.waiting) == maxWaiting {
		q.mu.Unlock()
		return nil, ErrBusy
	}

	turn := q.wait(c)
	q.mu.Unlock()

	select {
	case <-turn:
		return func() { q.end(c) }, nil
	case <-ctx.Done():
		q.leave(c, turn)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, ErrBusy
		}
		return nil, context.Cause(ctx)
	}
}

// caller returns the caller of that name. q.mu is held.
func (q *Queue) caller(name string) *caller {
	c := q.callers[name]
	if c == nil {
		c = &caller{name: name}
		q.callers[name] = c
	}
	return c
}

// begin gives a turn. q.mu is held.
func (q *Queue) begin(c *caller) {
	q.free--
	c.running++
}

// wait has a caller wait for one more turn. q.mu is held.
func (q *Queue) wait(c *caller) chan struct{} {
	if len(c.waiting) == 0 {
		q.circle = append(q.circle, c)
	}
	turn := make(chan struct{})
	c.waiting = append(c.waiting, turn)
	return turn
}

// end takes a turn back, and gives it to whoever is next.
func (q *Queue) end(c *caller) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free++
	c.running--
	q.forget(c)
	q.serve()
}

// leave is for somebody who no longer waits. The turn may have come meanwhile.
func (q *Queue) leave(c *caller, turn chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()

	if !remove(&c.waiting, turn) { // it has come
		q.free++
		c.running--
		q.serve()
	} else if len(c.waiting) == 0 {
		remove(&q.circle, c)
	}
	q.forget(c)
}

// serve gives the free turns to those who wait and have less than their share. q.mu is held.
func (q *Queue) serve() {
	for i := 0; q.free > 0 && i < len(q.circle); {
		c := q.circle[i]
		if c.running == q.share {
			i++
			continue
		}

		close(c.waiting[0])
		c.waiting = c.waiting[1:]
		q.begin(c)

		remove(&q.circle, c)
		if len(c.waiting) > 0 {
			q.circle = append(q.circle, c)
		}
		i = 0
	}
}

// forget drops a caller who neither has nor awaits a turn. q.mu is held.
func (q *Queue) forget(c *caller) {
	if c.running == 0 && len(c.waiting) == 0 {
		delete(q.callers, c.name)
	}
}

// remove takes an element out of a list, and reports whether it was there.
func remove[T comparable](list *[]T, element T) bool {
	i := slices.Index(*list, element)
	if i >= 0 {
		*list = slices.Delete(*list, i, i+1)
	}
	return i >= 0
}
