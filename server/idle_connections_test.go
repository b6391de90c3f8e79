package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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
	i := &idle{most: 2}

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
