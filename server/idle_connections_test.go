package server

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"
)

// connect opens a connection to a server and asks for a path on it.
func connect(t *testing.T, h *httptest.Server, path string) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return c
}

// wantAnswer reads an answer from a connection.
func wantAnswer(t *testing.T, c net.Conn) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}

// Of too many idle connections the one that has waited longest is closed. Those that are busy are not.
func TestIdleConnectionsAreBounded(t *testing.T) {
	i := newAwaited(func(net.Conn) string { return "" }, nil)
	i.idle.most = 2

	busy, idled := make(chan struct{}), make(chan struct{}, 10)
	done := sync.OnceFunc(func() { close(busy) })
	h := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/busy" {
			<-busy
		}
	}))
	h.Config.ConnState = func(c net.Conn, state http.ConnState) {
		i.changed(c, state)
		if state == http.StateIdle {
			idled <- struct{}{}
		}
	}
	h.Start()
	t.Cleanup(h.Close)
	t.Cleanup(done)

	working := connect(t, h, "/busy")

	var all []net.Conn
	for range 3 {
		c := connect(t, h, "/")
		wantAnswer(t, c)
		<-idled // a moment after the answer
		all = append(all, c)
	}

	if _, err := all[0].Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the first is still open: %v", err)
	}
	for _, c := range all[1:] {
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Error(err)
		}
		wantAnswer(t, c)
	}

	done()
	wantAnswer(t, working)
}

// Of the connections of one address on which no whole request has come, the oldest are closed. Those of others, of a
// proxy, and those on which something was asked are not.
func TestSilentConnectionsAreBounded(t *testing.T) {
	refused := 0
	a := newAwaited((&Server{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}}).peer, func() { refused++ })
	open := func(address string) (ours, theirs net.Conn) {
		ours, theirs = net.Pipe()
		t.Cleanup(func() { _ = theirs.Close() })
		ours = from{ours, address}
		a.changed(ours, http.StateNew)
		return ours, theirs
	}

	_, proxy := open("10.0.0.1")
	_, other := open("192.0.2.2")
	asking, asks := open("192.0.2.1")
	a.changed(asking, http.StateActive)

	var theirs []net.Conn
	for range silentPerAddress + 2 {
		_, c := open("192.0.2.1")
		theirs = append(theirs, c)
		_, _ = open("10.0.0.1")
	}
	for i, c := range theirs[:5] {
		if isShut(c) != (i < 2) {
			t.Errorf("connection %d is closed: %t", i, i >= 2)
		}
	}
	if isShut(proxy) || isShut(other) || isShut(asks) || refused != 2 {
		t.Errorf("others are closed, or %d are counted", refused)
	}
}

// Many addresses together have a bound, too. Nothing is remembered of connections that are closed.
func TestSilentConnectionsOfMany(t *testing.T) {
	a := newAwaited((&Server{}).peer, func() {})
	a.silent.most = 100

	var all []from
	for i := range 300 {
		ours, theirs := net.Pipe()
		t.Cleanup(func() { _ = theirs.Close() })
		c := from{ours, fmt.Sprint("192.0.2.", i%250)}
		a.changed(c, http.StateNew)
		all = append(all, c)
	}
	if len(a.byAddress) != 100 || a.silent.order.Len() != 100 {
		t.Errorf("%d are open, of %d addresses", a.silent.order.Len(), len(a.byAddress))
	}

	for _, c := range all {
		a.changed(c, http.StateClosed)
	}
	if len(a.byAddress)+len(a.silent.place)+a.silent.order.Len() != 0 {
		t.Error("something is left")
	}
}

// isShut reports whether the other end has closed a connection, without waiting.
func isShut(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Unix(1, 0))
	_, err := c.Read(make([]byte, 1))
	return err == io.EOF
}

// A server closes the oldest of the connections of an address on which a request has only begun.
func TestHalfRequests(t *testing.T) {
	s := &Server{Logger: slog.New(slog.DiscardHandler)}
	a := newAwaited(s.peer, func() { s.Metrics.limited(addressConnections) })
	h := httptest.NewUnstartedServer(http.NotFoundHandler())
	h.Config.ConnState = a.changed
	h.Start()
	t.Cleanup(h.Close)

	open := func() net.Conn {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", h.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		if _, err := io.WriteString(c, "G"); err != nil {
			t.Fatal(err)
		}
		return c
	}

	first := open()
	for range silentPerAddress {
		open()
	}
	if n, err := first.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the first is open still: %v", err)
	}
	a.mu.Lock() // until it is counted, too
	defer a.mu.Unlock()
	if n := s.Metrics.Refused(addressConnections); n != 1 {
		t.Errorf("%d are counted", n)
	}
}
