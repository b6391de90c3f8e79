package server

import "sync"

// turnsAtOnce is how many sockets may ask the database at the same time who somebody is and what they may watch. More
// sockets would only wait for it, with all the memory that they use meanwhile. And when many clients come back at once,
// the memory that they need for long would be scattered among that, and take twice the room.
const turnsAtOnce = 32

// turns bound how many functions run at the same time. A function that waits for its turn has no goroutine.
type turns struct {
	mu      sync.Mutex
	taken   int
	waiting []func(done func())
}

// take runs do in a goroutine of its own as soon as it is its turn. The turn ends when do returns, or earlier when do
// calls done, which it may do more than once.
func (t *turns) take(do func(done func())) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken == turnsAtOnce {
		t.waiting = append(t.waiting, do)
		return
	}
	t.taken++
	go t.run(do)
}

// run runs do, and passes the turn on once, however do ends.
func (t *turns) run(do func(done func())) {
	done := sync.OnceFunc(t.pass)
	defer done()
	do(done)
}

// pass gives a turn that is over to the function that has waited longest.
func (t *turns) pass() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.taken, t.waiting = t.taken-1, nil
		return
	}
	next := t.waiting[0]
	t.waiting[0] = nil
	t.waiting = t.waiting[1:]
	go t.run(next)
}
