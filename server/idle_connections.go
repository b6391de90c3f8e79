package server

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// maxIdle bounds the connections on which nothing is asked at the moment, sockets aside. A busy site has as many as it
// has proxies in front, or people within a minute.
const maxIdle = 10_000

// idle are those connections. When there are too many, the one that waited longest is closed: its client opens another
// when it has something to ask.
type idle struct {
	most  int
	mu    sync.Mutex
	order list.List // of net.Conn, the longest idle first
	place map[net.Conn]*list.Element
}

// changed notes what a connection does now, as an http.Server.ConnState. When too many are idle, it closes the one that
// has been idle for longest.
func (i *idle) changed(c net.Conn, state http.ConnState) {
	i.mu.Lock()
	defer i.mu.Unlock()

	if at, there := i.place[c]; there {
		i.order.Remove(at)
		delete(i.place, c)
	}

	if state != http.StateIdle {
		return
	}

	if i.place == nil {
		i.place = map[net.Conn]*list.Element{}
	}

	i.place[c] = i.order.PushBack(c)
	if i.order.Len() > i.most {
		_ = i.order.Front().Value.(net.Conn).Close() // http.Server says that it has changed, and it is forgotten
	}
}
