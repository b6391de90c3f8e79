package server

import (
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"ensemble/live"
	"ensemble/server/parking"
)

const (
	writeSize = 64 << 10 // bytes of one write, about: as many events as fit go out together
	sendSize  = 64 << 10 // of the kernel's buffer for a socket; it would use megabytes for a client that does not read
	restSize  = 4 << 20  // bytes that may wait for a socket besides events and one answer, before it is too slow
)

// socket writes to a connection without ever waiting for it. What the kernel does not take at once is sent by a
// goroutine that is there only meanwhile; events stay where they are until then. A socket that takes nothing for as
// long as Sockets.Stall is closed. Reads are those of the connection.
type socket struct {
	net.Conn
	out     int // the descriptor that is written to
	framing framing
	metrics *Metrics
	backlog *backlog
	stall   time.Duration
	gone    func() // called when the connection is closed
	address string // of the client

	// space says where it is parked. Where Raw is nil, writing may wait, too: then that goroutine writes everything.
	space parking.Space

	mu      sync.Mutex
	rest    []byte    // what the kernel did not take yet, beginning within a frame; it is in the backlog
	sending bool      // rest goes first
	sender  bool      // a goroutine sends it
	waiting []*stream // their events come after rest
	lastly  bool      // nothing may follow what is being sent
	hangUp  bool      // closed as soon as that is sent
	closed  bool

	seen  atomic.Int64 // when the client was last heard of, in seconds since 1970
	place uint32       // on the wheel of pings
}

// framing makes of an answer what is sent for it.
type framing interface {
	appendAnswer(b []byte, s *stream, a live.Answer) []byte
}

var errTooSlow = errors.New("server: the client does not read what is sent")

// adopt makes c the connection. It comes before anything else.
func (k *socket) adopt(c net.Conn) {
	k.Conn = c
	k.space.Raw = rawConn(c)
	k.out = descriptor(k.space.Raw)
	if tcp := tcpOf(c); tcp != nil {
		_ = tcp.SetWriteBuffer(sendSize) // the kernel may have another limit
	}
	k.place = rand.Uint32() // #nosec G404 -- it spreads sockets
	k.heard()
}

// tcpOf returns what a connection runs on, with TLS between or not; nil when that is no TCP.
func tcpOf(c net.Conn) *net.TCPConn {
	if secured, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = secured.NetConn()
	}
	tcp, _ := c.(*net.TCPConn)
	return tcp
}

// Space implements parking.Socket.
func (k *socket) Space() *parking.Space { return &k.space }

// spoke returns the place of the socket on a wheel with so many spokes.
func (k *socket) spoke(spokes int) int { return int(k.place % uint32(spokes)) }

// movedTo notes the network address of the client, when another one goes on with what one has begun.
func (k *socket) movedTo(address string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.address = address
}

// heard notes that the client gave a sign of life.
func (k *socket) heard() { k.seen.Store(time.Now().Unix()) }

// begin does what adopt does for a socket that was given things to write before it had a connection: it writes head,
// and then these. It returns false, and closes the connection, if the socket was closed meanwhile.
func (k *socket) begin(c net.Conn, head []byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		_ = c.Close()
		return false
	}

	k.adopt(c)

	first := append(head, k.rest...)
	k.count(-len(k.rest))
	k.rest, k.sending = nil, false
	_, _ = k.writeLocked(first) // the reader finds out when the client is gone

	k.goOn()
	return true
}

// Write implements net.Conn for what is not an event. It does not wait; it takes all of b, or the socket is too slow.
func (k *socket) Write(b []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.writeLocked(b)
}

// writeLocked does what Write does. k.mu is held.
func (k *socket) writeLocked(b []byte) (int, error) {
	if k.closed || k.lastly {
		return 0, net.ErrClosed
	}

	if k.sending {
		if len(k.rest)+len(b) > k.room() {
			k.cut()
			return 0, errTooSlow
		}
		k.rest = append(k.rest, b...)
		k.count(len(b))
		return len(b), nil
	}

	if n := k.write(b); n < len(b) {
		k.hold(b[n:])
	}

	return len(b), nil
}

// room returns how many bytes may wait besides events: only few before there is a client to take them.
func (k *socket) room() int {
	if k.Conn == nil {
		return writeSize
	}
	return restSize
}

// last writes b and nothing after it. It reports whether nothing was the last before.
func (k *socket) last(b []byte) (first bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lastly {
		return false
	}
	if len(b) > 0 {
		_, _ = k.writeLocked(b) // the client may be gone
	}
	k.lastly, k.waiting = true, nil
	return true
}

// finish closes the connection as soon as everything is sent.
func (k *socket) finish() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lastly, k.hangUp, k.waiting = true, true, nil
	if !k.sending || k.Conn == nil {
		k.cut()
	}
}

// pump writes the events that wait for s, as many in one write as fit.
func (k *socket) pump(s *stream) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pumpLocked(s)
}

// pumpLocked does what pump does. While something is still being sent, it only puts s among the streams that wait. k.mu
// is held.
func (k *socket) pumpLocked(s *stream) {
	w := writers.Get().(*writer)
	defer writers.Put(w)

	for !k.closed && !k.lastly && !s.dropped {
		if k.sending {
			if !s.waiting {
				s.waiting = true
				k.waiting = append(k.waiting, s)
			}
			return
		}

		answers := s.Next()
		if len(answers) == 0 {
			return
		}

		k.writeSome(w, s, answers)
	}
}

// writeSome writes some of the answers. If the kernel takes only the beginning of one, that one counts as sent: hold
// has its end sent first.
func (k *socket) writeSome(w *writer, s *stream, answers []live.Answer) {
	w.buf, w.ends = w.buf[:0], w.ends[:0]
	for _, a := range answers {
		if len(w.buf) >= writeSize {
			break
		}
		if a.Payload != nil {
			w.buf = k.framing.appendAnswer(w.buf, s, a)
		}
		w.ends = append(w.ends, len(w.buf))
	}

	// What the kernel did not take waits, up to the end of its answer; answers after that are written later.
	sent, taken := 0, len(w.ends)
	if len(w.buf) > 0 {
		sent = k.write(w.buf)
	}
	if sent < len(w.buf) {
		for taken = 1; w.ends[taken-1] <= sent; taken++ {
		}
		k.hold(w.buf[sent:w.ends[taken-1]])
	}

	k.metrics.delivered(answers[:taken], s.since)
	s.Advance(answers[taken-1])
}

// hold copies what was not written to rest, and has it sent when there is room.
func (k *socket) hold(b []byte) {
	k.rest, k.sending = append([]byte(nil), b...), true
	if !k.sender {
		k.sender = true
		k.metrics.Lagging.Add(1)
		go k.send()
	}
	k.count(len(b))
}

// count notes in the backlog that n more bytes wait, or less when n is negative. If that is too much, it cuts off those
// whom the backlog names, perhaps k. k.mu is held.
func (k *socket) count(n int) {
	if k.closed {
		return // cut has counted
	}
	for _, worst := range k.backlog.add(k, k.address, n) {
		k.metrics.Stalled.Add(1)
		if worst == slow(k) {
			k.forsakeLocked()
		} else {
			go worst.forsake() // it takes a lock of another socket
		}
	}
}

// send waits until rest is written, then goes on with the streams that wait, until there is no rest any more.
func (k *socket) send() {
	defer k.metrics.Lagging.Add(-1)
	for {
		k.mu.Lock()
		out := k.rest
		k.rest = nil

		if len(out) == 0 || k.closed {
			k.sender, k.sending = false, false
			_ = k.SetWriteDeadline(time.Time{}) // else what comes later would meet it
			if k.hangUp {
				k.cut()
			}

			k.mu.Unlock()
			return
		}
		k.mu.Unlock()

		if !k.writeWaiting(out) {
			if !k.IsClosed() { // else whoever cut it has counted that
				k.metrics.Stalled.Add(1)
			}
			k.forsake()
			continue
		}

		k.mu.Lock()
		k.count(-len(out))
		k.sending = len(k.rest) > 0
		k.goOn()
		k.mu.Unlock()
	}
}

// goOn writes events of the streams that wait, until there is a rest to send first. k.mu is held.
func (k *socket) goOn() {
	for !k.sending && len(k.waiting) > 0 {
		s := k.waiting[0]
		k.waiting = k.waiting[1:]
		s.waiting = false
		k.pumpLocked(s)
	}
}

// writeWaiting writes all of b, and gives up when for a while no byte of it is taken.
func (k *socket) writeWaiting(b []byte) bool {
	for len(b) > 0 {
		_ = k.SetWriteDeadline(time.Now().Add(k.stall)) // fails only when closed, as the write does then
		n, err := k.Conn.Write(b[:min(len(b), 16<<10)])
		if b = b[n:]; err != nil && n == 0 {
			return false
		}
	}
	return true
}

// forsake closes the connection of a client that takes nothing. The kernel drops at once what it has for the client:
// otherwise that would stay there for minutes.
func (k *socket) forsake() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forsakeLocked()
}

// forsakeLocked does what forsake does. k.mu is held.
func (k *socket) forsakeLocked() {
	if tcp := tcpOf(k.Conn); tcp != nil {
		_ = tcp.SetLinger(0) // fails only when closed
	}
	k.cut()
}

// cut closes the connection without a message, since there may be no room for one. TLS sends a message when it closes,
// and waits up to some seconds for room: that is done in a goroutine, and not at all when something waits already.
// k.mu is held.
func (k *socket) cut() {
	if k.closed {
		return
	}

	k.closed = true
	k.rest, k.waiting = nil, nil
	k.backlog.remove(k)

	if tcp := tcpOf(k.Conn); tcp != nil && (k.space.Raw != nil || k.sending) {
		_ = tcp.Close() // at once, since the descriptor may be another's after that
	}

	go func() {
		if k.Conn != nil {
			_ = k.Conn.Close()
		}
		k.gone()
	}()
}

// IsClosed implements parking.Socket.
func (k *socket) IsClosed() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.closed
}

// Close implements net.Conn. It may be called at any time, and more than once.
func (k *socket) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cut()
	return nil
}

// write returns how many bytes of b the kernel takes at once. k.mu is held and the socket is not closed, so the
// descriptor is still its own. Go's poller is not used, since nothing waits for room.
func (k *socket) write(b []byte) int {
	if k.space.Raw == nil {
		return 0
	}
	return writeNow(k.out, b)
}

// writer is what one write needs.
type writer struct {
	buf  []byte
	ends []int // of the frames in buf
}

var writers = sync.Pool{New: func() any { return &writer{buf: make([]byte, 0, writeSize+writeSize/4)} }}
