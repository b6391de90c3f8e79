package server

import (
	"cmp"
	"sync"
)

// backlog counts the bytes that wait for clients that do not read: in sockets, and in large answers over HTTP. When
// there are too many, clients are cut off whose network address has the most of them: so a client that is a little slow
// need not fear those who never read, over however many connections these ask.
type backlog struct {
	mu    sync.Mutex
	most  int
	bytes int
	of    map[slow]*waiting // only clients for which something waits
	from  map[string]int    // bytes, by the network address of these
}

// slow is a client for which something waits.
type slow interface {
	forsake() // cuts it off
}

// waiting is what waits for a client.
type waiting struct {
	bytes   int
	address string // of the client, when something began to wait
}

// add counts n more bytes for a client at this address, or less when n is negative. It returns the clients to be cut
// off, which are not counted any more.
func (b *backlog) add(k slow, address string, n int) (cut []slow) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count(k, address, n)
	for b.bytes > b.most {
		worst := b.worst()
		b.forget(worst)
		cut = append(cut, worst)
	}
	return cut
}

// count does what add does, without a bound. mu is held.
func (b *backlog) count(k slow, address string, n int) {
	if b.of == nil {
		b.of, b.from = map[slow]*waiting{}, map[string]int{}
	}
	w := b.of[k]
	if w == nil {
		w = &waiting{address: address}
		b.of[k] = w
	}

	w.bytes += n
	b.bytes += n
	if b.from[w.address] += n; b.from[w.address] == 0 {
		delete(b.from, w.address)
	}
	if w.bytes == 0 {
		delete(b.of, k)
	}
}

// worst returns the client for which most waits, of the address for which most waits. mu is held.
func (b *backlog) worst() (worst slow) {
	var most *waiting
	for k, w := range b.of {
		if most == nil || cmp.Or(cmp.Compare(b.from[w.address], b.from[most.address]), cmp.Compare(w.bytes, most.bytes)) > 0 {
			worst, most = k, w
		}
	}
	return worst
}

// remove forgets a client, whether or not anything waits for it.
func (b *backlog) remove(k slow) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(k)
}

// forget does what remove does. mu is held.
func (b *backlog) forget(k slow) {
	if w := b.of[k]; w != nil {
		b.count(k, w.address, -w.bytes)
	}
}

// size returns how many bytes wait.
func (b *backlog) size() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(b.bytes)
}
