package server

import "sync"

// backlog counts the bytes that wait in all sockets for clients that do not read. When there are too many, those for
// whom most wait are cut off: so a client that is a little slow need not fear those who never read.
type backlog struct {
	mu    sync.Mutex
	most  int
	bytes int
	of    map[*socket]int // only sockets for which something waits
}

// add counts n more bytes for k, or less when n is negative. It returns the sockets to be cut off, which are not
// counted any more. k.mu is held.
func (b *backlog) add(k *socket, n int) (cut []*socket) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = map[*socket]int{}
	}

	b.bytes += n
	if b.of[k] += n; b.of[k] == 0 {
		delete(b.of, k)
	}

	for b.bytes > b.most {
		worst := b.largest()
		b.forget(worst)
		cut = append(cut, worst)
	}
	return cut
}

// largest returns the socket for which most waits. mu is held.
func (b *backlog) largest() (worst *socket) {
	for k, n := range b.of {
		if worst == nil || n > b.of[worst] {
			worst = k
		}
	}
	return worst
}

// remove forgets a socket that was cut off, whether or not anything waits for it.
func (b *backlog) remove(k *socket) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(k)
}

// forget does what remove does. mu is held.
func (b *backlog) forget(k *socket) {
	b.bytes -= b.of[k]
	delete(b.of, k)
}

// size returns how many bytes wait.
func (b *backlog) size() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(b.bytes)
}
