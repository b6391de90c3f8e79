package server

import (
	"slices"
	"sync"
)

// turnsAtOnce is how many sockets may ask the database at the same time who somebody is and what they may watch. More
// sockets would only wait for it, with all the memory that they use meanwhile. And when many clients come back at once,
// the memory that they need for long would be scattered among that, and take twice the room.
const turnsAtOnce = 32

// turnsOfAddress is how many of these are one address's at most, so that others find a processor.
const turnsOfAddress = 8

// turns bound how many functions run at the same time; the others wait, and those of different addresses are served in a
// circle. Unlike in a fair.Queue, a function that waits has no goroutine.
type turns struct {
	mu      sync.Mutex
	taken   int
	running map[string]int                 // by address
	waiting map[string][]func(done func()) // by address
	circle  []string                       // addresses that wait, in the order they are served
}

// take runs do in a goroutine of its own as soon as it is the turn of an address. The turn ends when do returns, or
// earlier when do calls done, which it may do more than once.
func (t *turns) take(address string, do func(done func())) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == nil {
		t.waiting, t.running = map[string][]func(done func()){}, map[string]int{}
	}
	if t.taken < turnsAtOnce && t.running[address] < turnsOfAddress {
		t.begin(address, do)
		return
	}

	if len(t.waiting[address]) == 0 {
		t.circle = append(t.circle, address)
	}
	t.waiting[address] = append(t.waiting[address], do)
}

// begin gives a turn. t.mu is held.
func (t *turns) begin(address string, do func(done func())) {
	t.taken++
	t.running[address]++
	go t.run(address, do)
}

// run runs do, and passes the turn on once, however do ends.
func (t *turns) run(address string, do func(done func())) {
	done := sync.OnceFunc(func() { t.pass(address) })
	defer done()
	do(done)
}

// pass takes a turn back, and gives it to the next address that may have one.
func (t *turns) pass(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken--
	if t.running[address]--; t.running[address] == 0 {
		delete(t.running, address)
	}

	i := slices.IndexFunc(t.circle, func(next string) bool { return t.running[next] < turnsOfAddress })
	if i < 0 {
		return
	}
	next := t.circle[i]
	t.circle = slices.Delete(t.circle, i, i+1)

	all := t.waiting[next]
	t.begin(next, all[0])
	if all[0] = nil; len(all) == 1 {
		delete(t.waiting, next)
		return
	}
	t.waiting[next] = all[1:]
	t.circle = append(t.circle, next)
}
