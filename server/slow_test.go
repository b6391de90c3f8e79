package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
)

// listening serves as a site does, with limits of time that change makes shorter.
func listening(t *testing.T, change func(*http.Server)) (s *served, address string) {
	t.Helper()
	s = serve(t, nil)

	h := s.api.HTTP("")
	for name, d := range map[string]time.Duration{
		"headers": h.ReadHeaderTimeout, "the request": h.ReadTimeout,
		"the answer": h.WriteTimeout, "the next request": h.IdleTimeout,
	} {
		if d <= 0 || d > 2*time.Minute {
			t.Fatalf("a site waits %s for %s", d, name)
		}
	}

	change(h)
	l := testsite.Got((&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"))(t)
	stopped := make(chan struct{})
	go func() { defer close(stopped); _ = h.Serve(l) }()

	t.Cleanup(func() { _ = h.Close(); <-stopped })
	return s, l.Addr().String()
}

// connected opens a connection on which nothing waits for ever: reads and writes fail after a minute.
func connected(t *testing.T, address string) net.Conn {
	t.Helper()
	c := testsite.Got((&net.Dialer{}).DialContext(t.Context(), "tcp", address))(t)
	t.Cleanup(func() { _ = c.Close() })
	testsite.Must(t, c.SetDeadline(time.Now().Add(time.Minute)))
	return c
}

// trickle sends first, then drop again and again until the server does not want any more. It returns what the server
// said.
func trickle(t *testing.T, c net.Conn, first, drop string) string {
	t.Helper()
	_, err := io.WriteString(c, first)
	testsite.Must(t, err)

	over := make(chan struct{})
	defer func() { <-over }()
	go func() {
		defer close(over)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if _, err := io.WriteString(c, drop); err != nil {
				return
			}
		}
	}()

	said, _ := io.ReadAll(c) // it may be cut
	_ = c.Close()
	return string(said)
}

// impatient makes a server wait for a fraction of a second only.
func impatient(h *http.Server) {
	h.ReadHeaderTimeout, h.ReadTimeout, h.IdleTimeout = 200*time.Millisecond, 300*time.Millisecond, 200*time.Millisecond
}

// postHead is the head of a request whose body is announced as 100,000 bytes.
const postHead = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"

// Whoever sends a request byte by byte is cut off, in its headers or in its body. Others are served meanwhile.
func TestSlowLoris(t *testing.T) {
	s, address := listening(t, impatient)
	chunked := strings.Replace(postHead, "Content-Length: 100000", "Transfer-Encoding: chunked", 1)
	stream := strings.Replace(postHead, "/graphql", "/graphql/stream", 1)

	for _, c := range []struct{ name, first, drop, says string }{
		{"nothing at all", "", "", ""},
		{"a request line", "GET /graphql?query=%7B", "%20", ""},
		{"headers", "GET /graphql HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n", ""},
		{"a body", postHead + `{"query": "`, " ", "408 Request Timeout"},
		{"a body in chunks", chunked, "1\r\n \r\n", "408 Request Timeout"},
		{"a body of a stream", stream + "{", " ", "408 Request Timeout"},
		{"a body that is not wanted", "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
			" ", "404"},
	} {
		said := trickle(t, connected(t, address), c.first, c.drop)
		refused := c.says == "408 Request Timeout"
		if !strings.Contains(said, c.says) || refused && !strings.Contains(said, `"code":"BAD_REQUEST"`) {
			t.Errorf("%s: %q", c.name, said)
		}

		if status := s.status(t, "GET", "/graphql?query=%7B__typename%7D", ""); status != 200 {
			t.Errorf("%s: others get %d", c.name, status)
		}
	}
}

// Headers that are too large are refused with a status, whichever they are. Large ones that are not too large are read.
func TestOversizedHeaders(t *testing.T) {
	_, address := listening(t, func(*http.Server) {})

	for _, c := range []struct {
		name, header string
		status       int
	}{
		{"as large as may be", "X-A: " + strings.Repeat("a", 30<<10), 200},
		{"one large", "X-A: " + strings.Repeat("a", 64<<10), 431},
		{"many", strings.Repeat("X-A: b\r\n", 10_000) + "X-A: b", 431},
		{"a cookie", "Cookie: " + strings.Repeat("a=b; ", 20_000), 431},
		{"a token", "Authorization: Bearer " + strings.Repeat("a", 30<<10), 401},
		{"a name", strings.Repeat("a", 64<<10) + ": b", 431},
		{"addresses", "X-Forwarded-For: " + strings.Repeat("192.0.2.1, ", 2_000), 200},
		{"languages", "Accept-Language: " + strings.Repeat("fr, ", 5_000), 200},
		{"media types", "Accept: " + strings.Repeat("a/b, ", 5_000) + "*/*", 200},
	} {
		k := connected(t, address)
		// The connection may be cut before all is sent.
		_, _ = fmt.Fprintf(k, "GET /graphql?query=%%7B__typename%%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n\r\n",
			c.header)
		response, err := http.ReadResponse(bufio.NewReader(k), nil)
		if err != nil || response.StatusCode != c.status {
			t.Errorf("%s: %v %v", c.name, response, err)
		}
	}

	k := connected(t, address)
	_, _ = fmt.Fprintf(k, "GET /graphql?query=%s HTTP/1.1\r\nHost: x\r\n\r\n", strings.Repeat("a", 64<<10))
	if response, err := http.ReadResponse(bufio.NewReader(k), nil); err != nil || response.StatusCode != 431 {
		t.Errorf("a long address: %v %v", response, err)
	}
}

// A body that is too large is refused with a GraphQL error, whether its length is announced or not, which says how large
// it may be. It is not read to its end.
func TestOversizedBody(t *testing.T) {
	s, address := listening(t, func(*http.Server) {})
	for _, c := range []struct{ name, head, says string }{
		{"announced", "Content-Length: 1073741824\r\n\r\n", "1,073,741,824 bytes; 1,048,576 are allowed"},
		{"in chunks", "Transfer-Encoding: chunked\r\n\r\n200000\r\n", "more than 1,048,576 bytes"},
	} {
		name := c.name
		k := connected(t, address)
		over := make(chan struct{})
		go func() {
			defer close(over)
			_, _ = fmt.Fprintf(k, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%s", c.head)
			for range 1 << 10 {
				if _, err := k.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
			t.Errorf("%s: a gigabyte was read", name)
		}()

		response := testsite.Got(http.ReadResponse(bufio.NewReader(k), nil))(t)
		if text := textOf(t, response); response.StatusCode != 413 ||
			!strings.Contains(text, `"bound":1048576,"code":"BAD_REQUEST","limit":"bodySize"`) || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %s", name, response.StatusCode, text)
		}

		_ = k.Close()
		<-over
	}

	if s.api.Metrics.Refused("bodySize") != 2 {
		t.Errorf("%d are counted", s.api.Metrics.Refused("bodySize"))
	}
}

// A connection on which nothing more is asked is closed after a while.
func TestIdleConnections(t *testing.T) {
	_, address := listening(t, impatient)
	k := connected(t, address)
	_, err := io.WriteString(k, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	testsite.Must(t, err)
	if said := testsite.Got(io.ReadAll(k))(t); !strings.HasPrefix(string(said), "HTTP/1.1 200") {
		t.Errorf("%q", said)
	}
}
