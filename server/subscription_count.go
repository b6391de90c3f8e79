package server

import (
	"sync"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// listeners counts the subscriptions of each person who is signed in, over all their sockets here.
type listeners struct {
	mu    sync.Mutex
	count map[string]int // by user id
}

// add reports whether there was room for one more.
func (l *listeners) add(person string, most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count[person] >= most {
		return false
	}
	if l.count == nil {
		l.count = map[string]int{}
	}
	l.count[person]++
	return true
}

// remove counts one subscription of the person less. Call it once for each add that returned true.
func (l *listeners) remove(person string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count[person]--; l.count[person] == 0 {
		delete(l.count, person)
	}
}

// enlist counts a subscription for whoever is signed in on its socket, until dismiss. It may have been stopped
// meanwhile: then there is nothing to count.
func (op *operation) enlist() gqlerror.List {
	c := op.socket
	if c.person == nil {
		return nil
	}

	op.mu.Lock()
	defer op.mu.Unlock()

	if op.over || op.listed {
		return nil
	}

	most := c.server.Sockets.PerPerson
	if op.listed = c.server.listeners.add(c.person.id, most); op.listed {
		return nil
	}

	ctx := c.context()
	err := crowded("personSubscriptions", "Too many of your subscriptions are open: %d are allowed.", most)
	return gqlerror.List{c.server.errors().Present(ctx, err)}
}

// dismiss undoes enlist, and endWith; op.mu is held.
func (op *operation) dismiss() {
	if op.expiry != nil {
		op.expiry.Stop()
	}
	if op.listed {
		op.listed = false
		op.socket.server.listeners.remove(op.socket.person.id)
	}
}
