package server

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/auth"
	"ensemble/live"
	"ensemble/server/parking"
)

// The parts of events. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
const (
	nextEvent     = "event: next\ndata: "
	completeEvent = "event: complete\ndata:" // without that line, EventSource would not show it
)

var (
	dataLine   = []byte("\ndata: ")
	endOfEvent = []byte("\n\n")
)

// eventStream is the response to one request, as long as it lasts. On the wire each event is a chunk of its own (RFC
// 9112 §7.1); those of a distinct subscription are the same bytes for everybody who asks the same.
type eventStream struct {
	connection
	only    *operation // in distinct mode
	ticket  string     // in single connection mode: its token
	number  int        // in the order of reservations; both are guarded by reservations.mu
	claimed bool
	whole   bool // HTTP/1.0 knows no chunks; in distinct mode only
}

// once answers with a single response.
func (s *Server) once(w http.ResponseWriter, r *http.Request, response *graphql.Response) {
	if response == nil {
		return // the client has gone
	}
	w.Header().Set("Content-Type", streamMedia+"; charset=utf-8")
	s.setCookies(w, response)
	s.write(w, r, fmt.Appendf(nil, "%s%s%s%s%s", nextEvent, bodyOf(response), endOfEvent, completeEvent, endOfEvent))
}

// start takes the connection over from HTTP. It has been admitted.
func (c *eventStream) start(w http.ResponseWriter) *rejection {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		c.turnBack()
		return otherVersion()
	}

	if line, ok := w.(*statusWriter); ok {
		line.status = http.StatusOK
	}

	if !c.begin(conn, c.opening(w.Header())) {
		c.turnBack()
		return nil
	}

	if tcp := tcpOf(c.Conn); tcp != nil {
		parking.GiveUpAfter(tcp, 2*c.server.Sockets.Ping)
	}

	c.server.sockets.add(&c.socket, c)
	c.server.parking.Park(c)
	c.attend()

	return nil
}

// turnBack ends a stream that was admitted and cannot be opened.
func (c *eventStream) turnBack() {
	c.server.sockets.release(c.address)
	c.End()
}

// otherVersion refuses a stream to a client of another version of HTTP than 1.1.
func otherVersion() *rejection {
	return &rejection{outcome: otherHTTP, message: "Streams need HTTP/1.1."}
}

// opening returns the head of the response, and how long to wait before coming back: not everybody at once.
func (c *eventStream) opening(h http.Header) []byte {
	h.Set("Content-Type", streamMedia+"; charset=utf-8")
	h.Set("Connection", "close")
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	h.Set("X-Accel-Buffering", "no") // nginx would wait for more
	if !c.whole {
		h.Set("Transfer-Encoding", "chunked")
	}

	b := bytes.NewBufferString("HTTP/1.1 200 OK\r\n")
	_ = h.Write(b) // to memory
	b.WriteString("\r\n")

	retry := 1000 + rand.IntN(2000) // #nosec G404 -- it spreads clients
	return c.appendChunk(b.Bytes(), fmt.Appendf(nil, "retry: %d%s", retry, endOfEvent))
}

// appendChunk adds the parts to b as one chunk of HTTP, or as they are when the response is not in chunks.
func (c *eventStream) appendChunk(b []byte, parts ...[]byte) []byte {
	if c.whole {
		return append(b, bytes.Join(parts, nil)...)
	}

	n := 0
	for _, p := range parts {
		n += len(p)
	}

	b = append(strconv.AppendInt(b, int64(n), 16), '\r', '\n')
	for _, p := range parts {
		b = append(b, p...)
	}

	return append(b, '\r', '\n')
}

// appendAnswer implements framing.
func (c *eventStream) appendAnswer(b []byte, s *stream, a live.Answer) []byte {
	switch {
	case c.only == nil:
		return c.appendChunk(b, s.head, a.Payload, closingBrace, endOfEvent)
	case s.pulse:
		return c.appendChunk(b, []byte(nextEvent), a.Payload, endOfEvent)
	}
	return c.appendChunk(b, s.head, []byte(a.Event.Cursor().String()), dataLine, a.Payload, endOfEvent)
}

// head implements protocol.
func (c *eventStream) head(id string) []byte {
	if c.only == nil {
		return append(appendJSONString([]byte(nextEvent+`{"id":`), id), `,"payload":`...)
	}
	return []byte("event: next\nid: ")
}

// onlyAnswer implements protocol.
func (c *eventStream) onlyAnswer(id string, payload []byte) []byte {
	parts := [][]byte{c.head(id), payload, closingBrace, endOfEvent}
	if c.only != nil {
		parts = [][]byte{[]byte(nextEvent), payload, endOfEvent}
	}
	return append(c.appendChunk(nil, parts...), c.completion(id)...)
}

// noAnswer implements protocol.
func (c *eventStream) noAnswer(id string, errs gqlerror.List) []byte {
	return c.onlyAnswer(id, bodyOf(&graphql.Response{Errors: errs}))
}

// completion returns the message that nothing follows for an operation.
func (c *eventStream) completion(id string) []byte {
	if c.only != nil {
		return c.appendChunk(nil, []byte(completeEvent), endOfEvent)
	}
	return c.appendChunk(nil, []byte(completeEvent+` {"id":`), appendJSONString(nil, id), closingBrace, endOfEvent)
}

// over implements protocol: in distinct mode, the response ends.
func (c *eventStream) over() {
	if c.only == nil {
		return
	}
	if !c.whole {
		_, _ = c.Write([]byte("0\r\n\r\n")) // the reader finds out when the client is gone
	}
	c.finish()
}

// sink implements protocol. In distinct mode the client first gets its position, so that it can come back to it even if
// nothing has happened meanwhile.
func (c *eventStream) sink(s *stream) live.Sink {
	if c.only == nil || s.pulse {
		return s
	}
	return &placed{stream: s, c: c}
}

// placed is a stream in distinct mode whose client is told its position before the first event.
type placed struct {
	*stream
	c     *eventStream
	first sync.Once
}

// Wake implements live.Sink.
func (p *placed) Wake() {
	p.first.Do(func() { p.c.tell(p.stream) })
	p.stream.Wake()
}

// tell writes the position of a stream. Without data that is no event, but EventSource remembers it.
func (c *eventStream) tell(s *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !s.dropped {
		position := c.appendChunk(nil, []byte("id: "+s.Cursor().String()), endOfEvent)
		_, _ = c.writeLocked(position) // the reader finds out when the client is gone
	}
}

// ping implements openSocket. The client does not answer; it counts as present until the kernel says otherwise. A
// stream with one operation sends its position as a ping: without it, a client that comes back after events that its
// question skips would read them all again.
func (c *eventStream) ping() {
	c.heard()
	if c.only != nil {
		if s := c.only.admitted(); s != nil && !s.pulse {
			c.tell(s)
			return
		}
	}
	_, _ = c.Write(c.appendChunk(nil, []byte(":"), endOfEvent)) // the reader finds out when the client is gone
}

// Receive implements parking.Socket. A client has nothing to say after its request: whatever comes is its end.
func (c *eventStream) Receive() bool {
	_, _ = c.Conn.Read(make([]byte, 1))
	c.End()
	return false
}

// close implements openSocket. There is no complete, and not even the end of the response: the client comes back.
func (c *eventStream) close(int, string) {
	c.finish()
	c.stopOperations()
}

// End implements openSocket and parking.Socket. It may be called more than once.
func (c *eventStream) End() {
	_ = c.Close()
	c.stopOperations()
	c.server.reserved.remove(c)
	c.server.parking.Forget(c)
	c.server.sockets.remove(&c.socket)
}

// expire gives up a reserved stream that was not opened.
func (c *eventStream) expire() {
	if c.server.reserved.claim(c) {
		c.End()
	}
}

// isOf reports whether a request comes from the person who reserved the stream.
func (c *eventStream) isOf(r *http.Request) bool {
	return auth.Caller(r.Context()).UserID == c.viewer().UserID
}
