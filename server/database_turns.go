package server

import "sync"

// turnsAtOnce is how many sockets may ask the database at the same time who somebody is and what they may watch. More
// sockets would only wait for it, with all the memory that they use meanwhile. And when many clients come back at once,
// the memory that they need for long would be scattered among that, and take twice the room.
const turnsAtOnce = 32

// turns bound how many functions run at the same time; the others wait, and those of different addresses are served in a
// circle. Unlike in a fair.Queue, a function that waits has no goroutine.
type turns struct {
	mu      sync.Mutex
	taken   int
	waiting map[string][]func(done func()) // by address
	circle  []string                       // addresses that wait, in the order they are served
}

// take runs do in a goroutine of its own as soon as it is the turn of an address. The turn ends when do returns, or
// earlier when do calls done, which it may do more than once.
func (t *turns) take(address string, do func(done func())) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken < turnsAtOnce {
		t.taken++
		go t.run(do)
		return
	}

	if t.waiting == nil {
		t.waiting = map[string][]func(done func()){}
	}
	if len(t.waiting[address]) == 0 {
		t.circle = append(t.circle, address)
	}
	t.waiting[address] = append(t.waiting[address], do)
}

// run runs do, and passes the turn on once, however do ends.
func (t *turns) run(do func(done func())) {
	done := sync.OnceFunc(t.pass)
	defer done()
	do(done)
}

// pass gives a turn that is over to the function of the next address that has waited longest.
func (t *turns) pass() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.circle) == 0 {
		t.taken, t.waiting, t.circle = t.taken-1, nil, nil
		return
	}

	address := t.circle[0]
	t.circle = t.circle[1:]
	all := t.waiting[address]
	next := all[0]
	all[0] = nil

	if len(all) > 1 {
		t.waiting[address] = all[1:]
		t.circle = append(t.circle, address)
	} else {
		delete(t.waiting, address)
	}
	go t.run(next)
}
