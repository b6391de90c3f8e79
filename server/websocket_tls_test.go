package server_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/server"
)

// besideTLS opens a second server for the same site, reached by TLS. Its sockets have no descriptor to write to and to
// park, so goroutines read and write.
func besideTLS(t *testing.T, s *testsite.Site, settings server.SocketSettings) (*httptest.Server, *server.Server) {
	t.Helper()
	api := s.NewServer(func(api *server.Server) { api.Sockets = settings })
	h := httptest.NewTLSServer(api.Handler())
	t.Cleanup(func() { h.Close(); api.Close() })
	return h, api
}

// sendTLS opens a connection by TLS and writes these bytes first.
func sendTLS(t *testing.T, h *httptest.Server, first string) *rawSocket {
	t.Helper()
	plain := testsite.Got(net.Dial("tcp", strings.TrimPrefix(h.URL, "https://")))(t)
	t.Cleanup(func() { _ = plain.Close() })
	testsite.Must(t, plain.(*net.TCPConn).SetReadBuffer(256<<10))
	testsite.Must(t, plain.SetDeadline(time.Now().Add(testsite.Patient)))

	settings := h.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	settings.ServerName = "example.com" // that of the certificate
	conn := tls.Client(plain, settings)

	testsite.Got(io.WriteString(conn, first))(t)
	return &rawSocket{conn, bufio.NewReader(conn)}
}

// greetedTLS opens a raw socket by TLS and exchanges the greetings, so that operations may begin.
func greetedTLS(t *testing.T, h *httptest.Server) *rawSocket {
	t.Helper()
	k := sendTLS(t, h, "GET /graphql HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Protocol: "+transportWS+"\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	if response := testsite.Got(http.ReadResponse(k.in, nil))(t); response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("the handshake is answered with %s", response.Status)
	}

	k.say(t, `{"type":"connection_init"}`)
	k.wantMessage(t, `{"type":"connection_ack"}`)
	return k
}

// A socket over TLS does what one without it does, and leaves nothing behind when it ends.
func TestTLSSocket(t *testing.T) {
	s := onSQLite(t)
	h, api := besideTLS(t, s, server.SocketSettings{})
	k := greetedTLS(t, h)

	for _, n := range []int{125, 126, 65536, 1 << 20} {
		message, answer := ofSize(n)
		k.say(t, message)
		k.wantEchoOf(t, answer)
		k.write(fragments(message, 1<<12))
		k.wantEchoOf(t, answer)
	}

	for i := range 10 {
		k.frame(fin|pinging, fmt.Sprint(i))
	}
	for i := range 10 {
		k.wantFrame(t, ponging, fmt.Sprint(i))
	}

	k.frame(fin|textData, "{")
	k.wantClose(t, 4400)

	left := greetedTLS(t, h)
	left.frame(fin|closing, "\x03\xe8bye")
	left.wantFrame(t, closing, "\x03\xe8")
	left.wantEnd(t)

	testsite.Must(t, greetedTLS(t, h).conn.Close())
	testsite.Eventually(t, "nothing is left of them", func() bool {
		return api.Metrics.Sockets.Load() == 0 && serving() == 0
	})
}

// Over TLS, too, those who do not read hold up nobody. They find everything when they read on, and are closed if they
// never do.
func TestTLSReaders(t *testing.T) {
	s := onSQLite(t)
	c := newGathering(t, s)
	h, api := besideTLS(t, s, server.SocketSettings{Stall: time.Hour})
	quick, strict := besideTLS(t, s, server.SocketSettings{Stall: 200 * time.Millisecond})

	const crowded, events = 10, 60
	var stopped, reading []*rawSocket
	for i := range crowded {
		k := greetedTLS(t, h)
		if k.say(t, asks(large, c.on.ID, c.start)); i%2 == 0 {
			stopped = append(stopped, k)
		} else {
			reading = append(reading, k)
		}
		greetedTLS(t, quick).say(t, asks(large, c.on.ID, c.start))
	}

	testsite.Eventually(t, "all watch", func() bool { return s.Hub.Subscriptions() == 2*crowded })

	bob := c.Bob.Ctx(t.Context())
	posted := testsite.InBackground(func() error { return c.post(bob, events) })

	var all tally
	for _, k := range reading {
		k.follow(t, &all, c.from, c.from+events)
	}

	<-posted.Done
	testsite.Must(t, posted.Err)
	testsite.Eventually(t, "those who do not read lag", func() bool { return api.Metrics.Lagging.Load() == crowded/2 })
	testsite.Eventually(t, "or are closed", func() bool {
		return strict.Metrics.Stalled.Load() == crowded && strict.Metrics.Sockets.Load() == 0
	})

	for _, k := range stopped {
		k.follow(t, &all, c.from, c.from+events)
	}
	all.check(t)
	testsite.Eventually(t, "nobody lags", func() bool { return api.Metrics.Lagging.Load() == 0 })
}

// A stream of server-sent events over TLS sends every event, and ends when its client goes.
func TestTLSStream(t *testing.T) {
	s := onSQLite(t)
	c := newGathering(t, s)
	h, api := besideTLS(t, s, server.SocketSettings{})

	k := sendTLS(t, h, "POST /graphql/stream HTTP/1.1\r\nHost: example.com\r\n"+
		"Content-Type: application/json\r\nAccept: text/event-stream\r\n"+lengthOf(c.start, c.on.ID))
	response := testsite.Got(http.ReadResponse(k.in, nil))(t)

	lines := bufio.NewScanner(response.Body)
	for i := range 3 {
		testsite.Must(t, c.post(c.Bob.Ctx(t.Context()), 1))
		for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
		}
		if seq := seqOf(t, strings.TrimPrefix(lines.Text(), "data: ")); seq != c.from+int64(i)+1 {
			t.Errorf("number %d came", seq)
		}
	}

	testsite.Must(t, k.conn.Close())
	testsite.Eventually(t, "nothing is left of it", func() bool {
		return api.Metrics.Sockets.Load() == 0 && serving() == 0
	})
}

// lengthOf returns the end of a request that subscribes: the header with the length of the body, and the body.
func lengthOf(after, id string) string {
	body := `{"query":"subscription { commentEvents(subject: \"` + id + `\", after: \"` + after + `\") { id } }"}`
	return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}
