package server

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

const (
	// maxIdle bounds the connections on which nothing is asked at the moment, sockets aside. A busy site has as many as
	// it has proxies in front, or people within a minute.
	maxIdle = 10_000

	// maxSilent bounds the connections on which no first request has come yet, or only a part of it. They have some
	// seconds for it: so many come in these to the busiest of sites.
	maxSilent = 10_000

	// silentPerAddress bounds those of one network address, proxies aside, and as many more may wait at the door.
	// Browsers open one or two in advance.
	silentPerAddress = 1_000

	addressConnections = "addressConnections" // the name of that limit
)

// awaited are the connections on which a request is awaited. When there are too many, the one that waited longest is
// closed: its client opens another when it has something to ask.
type awaited struct {
	from    func(net.Conn) string // the network of a client; "" for a proxy
	refused func()                // is told when an address has too many silent connections

	mu        sync.Mutex
	idle      line
	silent    line
	byAddress map[string]*line // of silent ones, those of a network
}

func newAwaited(from func(net.Conn) string, refused func()) *awaited {
	return &awaited{
		from: from, refused: refused,
		idle: line{most: maxIdle}, silent: line{most: maxSilent}, byAddress: map[string]*line{},
	}
}

// changed notes what a connection does now, as an http.Server.ConnState.
func (a *awaited) changed(c net.Conn, state http.ConnState) {
	a.mu.Lock()
	defer a.mu.Unlock()

	a.idle.leave(c)
	if a.silent.leave(c) {
		a.forget(c)
	}

	switch state {
	case http.StateIdle:
		a.idle.join(c)
	case http.StateNew:
		if closed := a.silent.join(c); closed != nil {
			a.forget(closed)
		}
		a.remember(c)
	}
}

// remember counts a silent connection for its address.
func (a *awaited) remember(c net.Conn) {
	from := a.from(c)
	if from == "" {
		return
	}

	of := a.byAddress[from]
	if of == nil {
		of = &line{most: silentPerAddress}
		a.byAddress[from] = of
	}
	if closed := of.join(c); closed != nil {
		a.silent.leave(closed)
		a.refused()
	}
}

// forget takes a connection that is not silent any more from those of its address.
func (a *awaited) forget(c net.Conn) {
	from := a.from(c)
	of := a.byAddress[from]
	if of == nil {
		return
	}

	of.leave(c)
	if of.order.Len() == 0 {
		delete(a.byAddress, from)
	}
}

// line is connections in the order in which they came. The zero line is empty.
type line struct {
	most  int
	order list.List // of net.Conn, the longest there first
	place map[net.Conn]*list.Element
}

// join adds a connection. When there are too many then, it closes and returns the one that is there for longest, else
// nil.
func (l *line) join(c net.Conn) (closed net.Conn) {
	if l.place == nil {
		l.place = map[net.Conn]*list.Element{}
	}

	l.place[c] = l.order.PushBack(c)
	if l.order.Len() <= l.most {
		return nil
	}

	closed = l.order.Front().Value.(net.Conn)
	l.leave(closed) // http.Server says later that it is closed; then nobody knows it any more
	_ = closed.Close()
	return closed
}

// leave takes a connection away, and reports whether it was there.
func (l *line) leave(c net.Conn) bool {
	at, there := l.place[c]
	if there {
		l.order.Remove(at)
		delete(l.place, c)
	}
	return there
}
