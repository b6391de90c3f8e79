package server

import (
	"context"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"ensemble/fair"
	"ensemble/limit"
)

// Door returns a listener for HTTP that lets in what comes to l: one connection after the other, the addresses in
// turns, and whatever else is to be done in between. So whoever opens a thousand connections at once holds up neither
// those who open one nor what is asked on others. Closing it closes l.
func (s *Server) Door(l net.Listener) net.Listener {
	d := &door{
		Listener: l, server: s, closed: make(chan struct{}), in: make(chan arrived), waiting: map[string]int{},
		turns: fair.New(fair.Shares{Turns: 1, Address: 1, Caller: 1}),
	}
	d.at.Go(d.receive)
	return d
}

// door implements Door.
type door struct {
	net.Listener
	server *Server
	turns  *fair.Queue // to be let in
	in     chan arrived
	at     sync.WaitGroup // of what runs

	mu      sync.Mutex
	waiting map[string]int // to be let in, by their network

	close  sync.Once
	closed chan struct{}
}

// acceptedAtOnce is how many connections are taken from the network before something else is done: a quarter of a
// millisecond's.
const acceptedAtOnce = 16

// arrived is a connection, or why there is none.
type arrived struct {
	conn net.Conn
	err  error
}

// receive takes connections from the network, much faster than they can be answered, and has them wait for their turn.
func (d *door) receive() {
	for n := 1; ; n++ {
		if n%acceptedAtOnce == 0 {
			runtime.Gosched()
		}

		conn, err := d.Listener.Accept()
		if err != nil {
			if !d.let(arrived{err: err}) { // http.Server may wait a little before it asks for the next
				return
			}
			continue
		}

		from := d.server.peer(conn)
		if !d.server.hears(from) || !d.waits(from) {
			_ = conn.Close()
			continue
		}
		d.at.Add(1)
		d.turns.Go(fair.As(context.Background(), "", from), func(func()) {
			defer d.at.Done()
			defer d.isIn(from)
			if !d.let(arrived{conn: conn}) {
				_ = conn.Close()
			}
		})
	}
}

// waits counts a connection that is to wait for its turn, and reports false when too many of its network do. Those of
// proxies have no bound.
func (d *door) waits(from string) bool {
	if from == "" {
		return true
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting[from] == silentPerAddress {
		d.server.Metrics.limited(addressConnections)
		return false
	}
	d.waiting[from]++
	return true
}

// isIn counts a connection that does not wait any more.
func (d *door) isIn(from string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting[from]--; d.waiting[from] <= 0 {
		delete(d.waiting, from)
	}
}

// let waits until somebody accepts what has arrived, and reports false when the door is closed.
func (d *door) let(a arrived) bool {
	select {
	case d.in <- a:
		return true
	case <-d.closed:
		return false
	}
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	select {
	case a := <-d.in:
		return a.conn, a.err
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. It returns when nobody waits any more.
func (d *door) Close() (err error) {
	d.close.Do(func() {
		close(d.closed)
		err = d.Listener.Close()
	})
	d.at.Wait()
	return err
}

// peer returns the network at the other end of a connection, as limits count it; "" for one of our proxies, which
// others use, too.
func (s *Server) peer(conn net.Conn) string {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	from := at.Addr().Unmap()
	if err != nil || s.isProxy(from) {
		return ""
	}
	return network(from)
}

// hears reports whether a new connection from a network is listened to, and counts it: what is asked on it may be so
// malformed that net/http alone answers, and no other budget sees it. Redis is not asked for each connection.
func (s *Server) hears(from string) bool {
	switch {
	case from == "":
		return true
	case !s.turnedAway.hears(from, time.Now()):
		s.Metrics.limited(limit.AddressRequests)
		return false
	case !s.Limits.Has(limit.AddressOpenings, from):
		s.Metrics.limited(limit.AddressOpenings)
		return false
	}
	s.Limits.Owe(limit.AddressOpenings, from, 1)
	return true
}
