package parking

import (
	"log/slog"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
)

// caller is a Socket that passes on what its client says, a byte at a time.
type caller struct {
	conn   *net.TCPConn
	lot    Lot
	heard  chan byte
	ended  chan struct{} // closed when the client is gone, or the socket was closed as it was parked
	closed atomic.Bool
	space  Space
}

// newCaller returns a caller that may be parked in lot, and its client's end of the connection.
func newCaller(t *testing.T, lot Lot) (*caller, net.Conn) {
	t.Helper()
	client, conn := connected(t)
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	return &caller{
		conn: conn, lot: lot, heard: make(chan byte, 1), ended: make(chan struct{}), space: Space{Raw: raw},
	}, client
}

// Receive implements Socket.
func (c *caller) Receive() bool {
	b := make([]byte, 1)
	if _, err := c.conn.Read(b); err != nil {
		c.End()
		return false
	}
	c.heard <- b[0]
	return true
}

// End implements Socket.
func (c *caller) End() {
	if !c.closed.Swap(true) {
		_ = c.conn.Close()
		c.lot.Forget(c)
		close(c.ended)
	}
}

// IsClosed implements Socket.
func (c *caller) IsClosed() bool { return c.closed.Load() }

// Space implements Socket.
func (c *caller) Space() *Space { return &c.space }

// connected returns the two ends of a connection, which are closed after the test.
func connected(t *testing.T) (client, server *net.TCPConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()

	dialed, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dialed.Close() })

	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accepted.Close() })

	return dialed.(*net.TCPConn), accepted.(*net.TCPConn)
}

// Both kinds of Lot have each socket read what comes, again and again, until its client is gone.
func TestPark(t *testing.T) {
	for name, lot := range map[string]Lot{"the best": New(slog.New(slog.DiscardHandler)), "goroutines": Goroutines{}} {
		t.Run(name, func(t *testing.T) {
			defer lot.Close()

			// More than once, because descriptors are used again.
			for range 3 {
				c, client := newCaller(t, lot)
				lot.Park(c)

				for _, said := range []byte("ab") {
					if _, err := client.Write([]byte{said}); err != nil {
						t.Fatal(err)
					}
					if got := <-c.heard; got != said {
						t.Errorf("%q is heard, not %q", got, said)
					}
				}

				if err := client.Close(); err != nil {
					t.Fatal(err)
				}
				<-c.ended
			}
		})
	}
}

// A socket without a descriptor of its own is read all the same.
func TestParkWithoutDescriptor(t *testing.T) {
	lot := New(slog.New(slog.DiscardHandler))
	defer lot.Close()

	c, client := newCaller(t, lot)
	c.space.Raw = nil
	lot.Park(c)

	if _, err := client.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	<-c.heard
}

// A socket that was closed before it is parked is ended at once.
func TestParkClosed(t *testing.T) {
	lot := New(slog.New(slog.DiscardHandler))
	defer lot.Close()

	c, _ := newCaller(t, lot)
	if err := c.conn.Close(); err != nil {
		t.Fatal(err)
	}

	lot.Park(c)
	<-c.ended
}

// Parked sockets cost no goroutine, where there is epoll.
func TestParkedHaveNoGoroutines(t *testing.T) {
	lot := New(slog.New(slog.DiscardHandler))
	defer lot.Close()
	if _, plain := lot.(Goroutines); plain {
		t.Skip("no epoll here")
	}

	const many = 50
	before := runtime.NumGoroutine()
	for range many {
		c, _ := newCaller(t, lot)
		lot.Park(c)
	}

	if n := runtime.NumGoroutine() - before; n > many/2 {
		t.Errorf("%d goroutines wait for %d sockets", n, many)
	}
}
