// Package fair lets a few pieces of work run at once, and has those who ask for more take turns.
package fair

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
)

// maxWaiting bounds how many pieces of work of one caller wait: each holds its request in memory. A hall of people who
// are not signed in is one caller.
const maxWaiting = 1_000

// ErrBusy is why a caller gets no turn: too much of theirs waits already, or has waited too long.
var ErrBusy = errors.New("fair: too much is waiting")

// Queue gives turns: so many at once in all, and at most a share of them to one caller and to one address, so that
// somebody else finds room at any time. Those who wait are served in a circle of addresses, and within an address in a
// circle of callers, however much each of them asks for. It is safe for concurrent use.
type Queue struct {
	Shares

	mu        sync.Mutex
	free      int
	addresses map[string]*address // that have or await turns
	circle    []*address          // that wait, in the order they are served
}

// Shares say how many turns there are at once.
type Shares struct {
	Turns   int // in all
	Address int // for one address, at most
	Caller  int // for one caller, at most
}

// address is where callers come from.
type address struct {
	name    string
	running int
	callers map[string]*caller // who have or await turns
	circle  []*caller          // who wait
}

// caller is whoever asks for turns.
type caller struct {
	name    string
	from    *address
	running int
	waiting []*waiter
}

// waiter is a piece of work that waits for its turn.
type waiter struct {
	begin func() // called when that has come; it returns at once
}

// New returns a Queue with these shares.
func New(s Shares) *Queue {
	return &Queue{Shares: s, free: s.Turns, addresses: map[string]*address{}}
}

// Take waits for a turn of whoever ctx is for (As). Call done when the work has ended, once. It fails when ctx ends
// first: with ErrBusy at its deadline, and else with its cause. A caller who has maxWaiting pieces waiting is not kept
// waiting for another one: ErrBusy.
func (q *Queue) Take(ctx context.Context) (done func(), err error) {
	q.mu.Lock()
	c := q.caller(whoIn(ctx))

	if q.free > 0 && q.mayRun(c) { // whoever waits has their share already
		q.begin(c)
		q.mu.Unlock()
		return func() { q.end(c) }, nil
	}

	if len(c.waiting) == maxWaiting {
		q.mu.Unlock()
		return nil, ErrBusy
	}

	turn := make(chan struct{})
	waits := q.wait(c, func() { close(turn) })
	q.mu.Unlock()

	select {
	case <-turn:
		// Go lets goroutines that wake each other go on before all that wait for a processor, such as requests that
		// have come: whoever waited here goes behind those.
		runtime.Gosched()
		return func() { q.end(c) }, nil
	case <-ctx.Done():
		q.leave(c, waits)
		return nil, Gone(ctx)
	}
}

// Go runs do in a goroutine of its own as soon as it is the turn of whoever ctx is for. While do waits, it has no
// goroutine, and any number may wait. The turn ends when do returns, or earlier when do calls done, which it may do
// more than once.
func (q *Queue) Go(ctx context.Context, do func(done func())) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := q.caller(whoIn(ctx))

	run := func() {
		done := sync.OnceFunc(func() { q.end(c) })
		defer done()
		do(done)
	}
	if q.free > 0 && q.mayRun(c) {
		q.begin(c)
		go run()
		return
	}
	q.wait(c, func() {
		go func() {
			runtime.Gosched() // as in Take
			run()
		}()
	})
}

// Gone returns why somebody whose ctx has ended waits no longer: ErrBusy at its deadline, and else its cause.
func Gone(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ErrBusy
	}
	return context.Cause(ctx)
}

// caller returns the caller that somebody is. q.mu is held.
func (q *Queue) caller(w who) *caller {
	a := q.addresses[w.address]
	if a == nil {
		a = &address{name: w.address, callers: map[string]*caller{}}
		q.addresses[w.address] = a
	}

	c := a.callers[w.name]
	if c == nil {
		c = &caller{name: w.name, from: a}
		a.callers[w.name] = c
	}
	return c
}

// mayRun reports whether a caller has less than their share. q.mu is held.
func (q *Queue) mayRun(c *caller) bool { return c.running < q.Caller && c.from.running < q.Address }

// begin gives a turn. q.mu is held.
func (q *Queue) begin(c *caller) {
	q.free--
	c.running++
	c.from.running++
}

// pass takes a turn back, and gives it to whoever is next. q.mu is held.
func (q *Queue) pass(c *caller) {
	q.free++
	c.running--
	c.from.running--
	for q.free > 0 && q.serve() {
	}
}

// wait has a caller wait for one more turn. q.mu is held.
func (q *Queue) wait(c *caller, begin func()) *waiter {
	if len(c.from.circle) == 0 {
		q.circle = append(q.circle, c.from)
	}
	if len(c.waiting) == 0 {
		c.from.circle = append(c.from.circle, c)
	}

	w := &waiter{begin}
	c.waiting = append(c.waiting, w)
	return w
}

// end is called when the work of a turn has ended.
func (q *Queue) end(c *caller) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pass(c)
	q.forget(c)
}

// leave is for somebody who no longer waits. The turn may have come meanwhile.
func (q *Queue) leave(c *caller, w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if remove(&c.waiting, w) {
		q.settle(c)
	} else {
		q.pass(c)
	}
	q.forget(c)
}

// serve gives a turn to the first who waits and has less than their share, and puts them last. It reports whether there
// is somebody. q.mu is held.
func (q *Queue) serve() bool {
	for _, a := range q.circle {
		i := slices.IndexFunc(a.circle, q.mayRun)
		if i < 0 {
			continue
		}

		c := a.circle[i]
		c.waiting[0].begin()
		c.waiting[0] = nil
		c.waiting = c.waiting[1:]
		q.begin(c)

		last(&a.circle, c)
		last(&q.circle, a)
		q.settle(c)
		return true
	}
	return false
}

// settle takes out of the circles who does not wait any more. q.mu is held.
func (q *Queue) settle(c *caller) {
	if len(c.waiting) == 0 {
		remove(&c.from.circle, c)
	}
	if len(c.from.circle) == 0 {
		remove(&q.circle, c.from)
	}
}

// forget drops a caller who neither has nor awaits a turn. q.mu is held.
func (q *Queue) forget(c *caller) {
	if c.running == 0 && len(c.waiting) == 0 {
		delete(c.from.callers, c.name)
	}
	if len(c.from.callers) == 0 {
		delete(q.addresses, c.from.name)
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

// last puts an element of a list at its end.
func last[T comparable](list *[]T, element T) {
	remove(list, element)
	*list = append(*list, element)
}
