package server

import "sync"

// turnsAtOnce is how many sockets may ask the database at the same time who somebody is and what they may watch. More
// would only wait for it, with all that they hold by then; and when a crowd comes back, what stays of it would lie
// scattered among that, and take twice the memory.
const turnsAtOnce = 32

// turns are taken by what is to be done. What waits for one has no goroutine.
type turns struct {
	mu      sync.Mutex
	taken   int
	waiting []func(done func())
}

// take has do run in a goroutine of its own, when there is a turn. The turn ends with it, or earlier when it calls
// done, which may be called more than once.
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

func (t *turns) run(do func(done func())) {
	done := sync.OnceFunc(t.pass)
	defer done()
	do(done)
}

// pass gives a turn that is over to whoever has waited longest.
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
