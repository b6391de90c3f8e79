package server

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// maxTurnedAway is how many requests of an address are refused in a second before its connections are closed.
const maxTurnedAway = 50

// turnedAway counts the requests that the budget of their address refused in this second. To take a connection, read a
// request and say why it is refused takes a fifth of a millisecond, in which others wait: whoever asks much faster than
// they may is answered a last time on each connection, and not heard on new ones.
type turnedAway struct {
	mu     sync.Mutex
	second time.Time
	count  map[string]int // by address
}

// note counts a request of an address that was refused at a time, and reports whether there are too many.
func (t *turnedAway) note(address string, now time.Time) (tooOften bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if second := now.Truncate(time.Second); !second.Equal(t.second) {
		t.second, t.count = second, map[string]int{}
	}
	t.count[address]++
	return t.count[address] > maxTurnedAway
}

// hears reports whether a connection that an address opens at a time is listened to.
func (t *turnedAway) hears(address string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !now.Truncate(time.Second).Equal(t.second) || t.count[address] < maxTurnedAway
}

// countRefusal counts a request of an address that is refused. After too many it is not logged, and its connection
// ends, unless it is a proxy's, which others use, too.
func (s *Server) countRefusal(w http.ResponseWriter, r *http.Request, address string) {
	if !s.turnedAway.note(address, time.Now()) {
		return
	}

	sawNothing(r.Context()) // metrics count it
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && !s.isProxy(at.Addr().Unmap()) {
		w.Header().Set("Connection", "close")
	}
}
