package server

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"ensemble/limit"
)

// street is a listener to which connections come when a test says so.
type street struct {
	come  chan arrived
	ended chan struct{}
}

// Accept implements net.Listener.
func (s street) Accept() (net.Conn, error) {
	select {
	case a := <-s.come:
		return a.conn, a.err
	case <-s.ended:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (s street) Close() error { close(s.ended); return nil }

// Addr implements net.Listener.
func (street) Addr() net.Addr { return &net.TCPAddr{} }

// from is a connection from somewhere.
type from struct {
	net.Conn
	address string
}

// RemoteAddr implements net.Conn.
func (f from) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(f.address), 4000))
}

// atDoor returns the door of a server with a proxy at 10.0.0.1, and a function that has a connection come from an
// address and returns its other end.
func atDoor(t *testing.T) (s *Server, d net.Listener, comes func(address string) net.Conn, outside street) {
	t.Helper()
	s = &Server{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}}
	outside = street{make(chan arrived), make(chan struct{})}
	d = s.Door(outside)
	t.Cleanup(func() { _ = d.Close() })
	return s, d, func(address string) net.Conn {
		ours, theirs := net.Pipe()
		t.Cleanup(func() { _ = theirs.Close() })
		outside.come <- arrived{conn: from{ours, address}}
		return theirs
	}, outside
}

// isClosed reports whether the other end has closed a connection; an open one says nothing.
func isClosed(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	_, err := c.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

// Whoever opens many connections at once does not keep those out who open one.
func TestAddressesComeInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d, comes, _ := atDoor(t)
		many := slices.Repeat([]string{"192.0.2.1"}, 100)
		for _, address := range append(many, "192.0.2.2", "2001:db8::1", "10.0.0.1") {
			comes(address)
		}
		synctest.Wait()

		var order []string
		for range 103 {
			c, err := d.Accept()
			if err != nil {
				t.Fatal(err)
			}
			order = append(order, c.(from).address)
			_ = c.Close()
			synctest.Wait()
		}
		if first := order[:5]; !slices.Equal(first,
			[]string{"192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "10.0.0.1"}) {
			t.Errorf("they come in as %v", first)
		}
	})
}

// An address that was refused too often in this second is not let in. A proxy is: others use it, too.
func TestDoorKnowsWhoWasRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, comes, _ := atDoor(t)
		for _, address := range []string{"192.0.2.1", "10.0.0.1"} {
			for range maxTurnedAway {
				s.turnedAway.note(address, time.Now())
			}
		}

		if c := comes("192.0.2.1"); !isClosed(c) {
			t.Error("it is let in")
		}
		if n := s.Metrics.Refused("addressRequests"); n != 1 {
			t.Errorf("%d refusals are counted", n)
		}
		for _, address := range []string{"192.0.2.2", "10.0.0.1"} {
			if c := comes(address); isClosed(c) {
				t.Errorf("%s is not let in", address)
			}
		}

		<-time.After(time.Second) // of the test's own clock
		if c := comes("192.0.2.1"); isClosed(c) {
			t.Error("a second later, it is not let in")
		}
	})
}

// When the network has no connection to give, as when there are too many open files, http.Server is told, and decides
// when it asks for the next one.
func TestDoorTellsWhatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d, comes, outside := atDoor(t)
		failed := errors.New("too many open files")
		outside.come <- arrived{err: failed}
		if _, err := d.Accept(); !errors.Is(err, failed) {
			t.Errorf("accept says %v", err)
		}
		comes("192.0.2.1")
		if _, err := d.Accept(); err != nil {
			t.Errorf("and then %v", err)
		}
	})
}

// A door that closes lets go of those who wait.
func TestDoorCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, d, comes, _ := atDoor(t)
		waiting := []net.Conn{comes("192.0.2.1"), comes("192.0.2.1"), comes("192.0.2.2")}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		for i, c := range waiting {
			if !isClosed(c) {
				t.Errorf("connection %d stays open", i)
			}
		}
		if _, err := d.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accept says %v", err)
		}
	})
}

// Of one address only so many wait to be let in; further ones are closed. Proxies may have more, and so may others.
func TestDoorHasABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d, comes, _ := atDoor(t)
		for range silentPerAddress {
			comes("192.0.2.1")
			comes("10.0.0.1")
		}
		synctest.Wait()

		if c := comes("192.0.2.1"); !isClosed(c) || s.Metrics.Refused(addressConnections) != 1 {
			t.Errorf("one more waits, or %d are counted", s.Metrics.Refused(addressConnections))
		}
		for _, address := range []string{"192.0.2.2", "10.0.0.1"} {
			if c := comes(address); isClosed(c) {
				t.Errorf("%s is not let in", address)
			}
		}

		for range 2*silentPerAddress + 2 {
			if _, err := d.Accept(); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if c := comes("192.0.2.1"); isClosed(c) {
			t.Error("nobody waits, and it is not let in")
		}
	})
}

// Each connection is taken from a budget of its address, whatever comes on it; those of proxies are not.
func TestConnectionsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, comes, _ := atDoor(t)
		s.Limits = limit.New(map[string]limit.Budget{limit.AddressOpenings: {Tokens: 2, Per: time.Minute}})

		for i, shut := range []bool{false, false, true} {
			for _, address := range []string{"192.0.2.1", "2001:db8::1"} {
				if c := comes(address); isClosed(c) != shut {
					t.Errorf("connection %d of %s is closed: %t", i, address, !shut)
				}
			}
			if c := comes("10.0.0.1"); isClosed(c) {
				t.Errorf("connection %d of a proxy is closed", i)
			}
		}
		if n := s.Metrics.Refused(limit.AddressOpenings); n != 2 {
			t.Errorf("%d are counted", n)
		}

		<-time.After(time.Minute) // of the test's own clock
		if c := comes("192.0.2.1"); isClosed(c) {
			t.Error("a minute later, it is closed")
		}
	})
}
