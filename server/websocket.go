package server

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/auth"
	"ensemble/live"
	"ensemble/server/wsframe"
)

// subprotocol is the only one we speak.
// Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, for close codes too.
const subprotocol = "graphql-transport-ws"

const (
	handshakeTime = 5 * time.Second
	messageTime   = 10 * time.Second // for the whole of a message, once it has begun
	closingTime   = time.Second      // for a client to answer that it closes, too
	maxMessage    = maxBody
)

// overSocket is the GraphQL transport of WebSockets.
type overSocket struct{ server *Server }

// Supports implements graphql.Transport.
func (overSocket) Supports(r *http.Request) bool { return websocket.IsWebSocketUpgrade(r) }

// Do implements graphql.Transport. It returns as soon as the socket is open; from then on the socket needs no goroutine
// while nothing comes in.
func (t overSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if refusal := t.server.sockets.admit(t.server.addressOf(r), t.server.Sockets.PerAddress); refusal != nil {
		t.server.turnAway(w, r, exec, refusal)
		return
	}

	c := &webSocket{}
	c.connect(t.server, r, exec, c)
	c.unused, _ = r.Context().Value(unusedKey{}).(unused)
	c.reads(auth.Caller(r.Context()))
	c.packed = t.server.Sockets.Compress && wsframe.OffersDeflate(r)

	offered := websocket.Subprotocols(r)
	good := slices.Contains(offered, subprotocol)
	if !c.upgrade(w, r, offered, good) {
		t.server.sockets.release(c.address)
		return
	}

	c.after(t.server.Sockets.Init, c.initTimedOut)
	t.server.sockets.add(&c.socket, c)

	if !good {
		c.close(closeSubprotocol, "Subprotocol not acceptable")
	}

	t.server.parking.Park(c)
}

// upgrade makes the handshake, with gorilla. It accepts any subprotocol, even one that is not good: otherwise the
// client could not read the close code that follows.
func (c *webSocket) upgrade(w http.ResponseWriter, r *http.Request, offered []string, good bool) bool {
	header := http.Header{}

	switch {
	case good:
		header.Set("Sec-Websocket-Protocol", subprotocol)
	case len(offered) > 0:
		header.Set("Sec-Websocket-Protocol", offered[0])
	}

	upgrader := websocket.Upgrader{
		HandshakeTimeout: handshakeTime, EnableCompression: c.packed,
		WriteBufferPool: &handshakes,
		CheckOrigin:     func(*http.Request) bool { return true }, // cookies of other origins are ignored: see cookieToken
	}

	_, err := upgrader.Upgrade(hijacker{w, c}, r, header)
	return err == nil // it has answered
}

// frameReaders are lent to sockets while something comes in: one that waits has no buffer.
var frameReaders = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

// handshakes lends gorilla a buffer for the handshake: it does not write after that.
var handshakes sync.Pool

// hijacker has gorilla write the handshake to our socket.
type hijacker struct {
	http.ResponseWriter
	c *webSocket
}

// Hijack implements http.Hijacker.
func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.c.adopt(conn)
	return h.c, rw, nil
}

// webSocket is one open WebSocket.
type webSocket struct {
	connection
	pace   pace // of what the client says
	packed bool // messages are compressed
	unused unused
}

// Receive implements parking.Socket: it reads and handles what has come, and reports whether more may. It is called
// when something can be read, or seems to be, by one goroutine at a time. The first byte of a message may take its
// time, the rest may not.
func (c *webSocket) Receive() bool {
	defer c.recovered()
	r := frameReaders.Get().(*bufio.Reader)
	r.Reset(c.Conn)
	defer frameReaders.Put(r)

	for {
		if _, err := r.Peek(1); err != nil {
			c.End()
			return false
		}

		_ = c.SetReadDeadline(time.Now().Add(messageTime)) // fails only when closed, as the read does then
		m, err := wsframe.ReadMessage(r, maxMessage, c.packed, c.begins, c.came)
		if err == nil && !m.IsControl() {
			err = c.read(m)
		}

		if err != nil {
			c.lost(err)
			return false
		}

		_ = c.SetReadDeadline(time.Time{})

		if r.Buffered() == 0 {
			return true
		}
	}
}

// begins charges one frame before what it announces is read, which stays in memory until it is all there.
func (c *webSocket) begins(f wsframe.Frame, length int) error {
	messages := 1
	if f.Opcode == wsframe.More {
		messages = 0 // it was counted when it began
	}
	return c.charge(messages, frameSize+length)
}

// came answers a control frame.
func (c *webSocket) came(f wsframe.Frame) error {
	if !f.IsControl() {
		return nil
	}
	return c.control(f)
}

// read does what one message asks for, whose frames are paid for. Nothing of it is decoded before what it has become is
// paid for, too; and a long one is decoded in its turn.
func (c *webSocket) read(m wsframe.Frame) error {
	text, err := c.unpacked(m)
	if err != nil {
		return err
	}

	done, err := c.server.turnForBytes(c.context(), len(text))
	if err != nil {
		c.tryLater()
		return nil
	}
	defer done()
	c.handle(int(m.Opcode), text)
	return nil
}

// errClosed means that the client has closed, and was answered.
var errClosed = errors.New("server: the client closes")

// control answers a control frame.
func (c *webSocket) control(f wsframe.Frame) error {
	switch f.Opcode {
	case wsframe.Ping:
		_, _ = c.Write(wsframe.Append(nil, wsframe.Pong, f.Payload)) // the reader finds out when the client is gone
	case wsframe.Close:
		status, err := wsframe.CloseStatus(f.Payload)
		if err != nil {
			return err
		}
		c.last(wsframe.Append(nil, wsframe.Close, status))
		return errClosed
	}

	return nil
}

// recovered closes a socket whose message made the program panic.
func (c *webSocket) recovered() {
	if cause := recover(); cause != nil {
		c.server.errors().Recover(c.context(), cause)
		c.close(websocket.CloseInternalServerErr, "Internal server error")
	}
}

// lost ends a socket whose reading failed with err. A client that broke a rule learns which one, and gets a moment to
// read that: if the connection were closed at once, the message could be lost.
func (c *webSocket) lost(err error) {
	if errors.Is(err, errClosed) {
		c.finish()
		c.stopOperations()
		return
	}

	if broken, ok := errors.AsType[*wsframe.Violation](err); ok {
		if broken.Code == websocket.CloseMessageTooBig {
			c.metrics.limited("bodySize")
		}
		c.last(wsframe.Closing(broken.Code, broken.Reason))
		c.stopOperations()
		_ = c.SetReadDeadline(time.Now().Add(closingTime))
		_, _ = io.Copy(io.Discard, c.Conn)
	}

	c.End()
}

// End closes the connection and whatever runs on it. It may be called more than once.
func (c *webSocket) End() {
	_ = c.Close()
	c.stopOperations()
	c.server.parking.Forget(c)
	c.server.sockets.remove(&c.socket)
}

// close says why the socket closes, and gives the client a moment to close it as well. Subscriptions end without a
// complete: clients would take that for the end of the stream, and not come back. Calls after the first do nothing.
func (c *webSocket) close(code int, reason string) {
	if !c.last(wsframe.Closing(code, reason)) {
		return
	}
	c.stopOperations()
	time.AfterFunc(closingTime, c.End)
}

// ping asks whether the client is there.
func (c *webSocket) ping() { c.say(`{"type":"ping"}`) }

// say writes one message.
func (c *webSocket) say(message string) {
	_, _ = c.Write(wsframe.Append(nil, wsframe.Text, []byte(message))) // the reader finds out when the client is gone
}

// appendAnswer implements framing.
func (c *webSocket) appendAnswer(b []byte, s *stream, a live.Answer) []byte {
	if c.packed && a.Packed != nil {
		return wsframe.AppendPacked(b, s.head, a.Packed(), closingBrace)
	}
	return wsframe.Append(b, wsframe.Text, s.head, a.Payload, closingBrace)
}

var closingBrace = []byte{'}'}

// head implements protocol. The result stays in memory as long as the operation, so its capacity is just what it needs.
func (c *webSocket) head(id string) []byte {
	const begin, end = `{"id":`, `,"type":"next","payload":`
	b := make([]byte, 0, len(begin)+len(id)+len(`""`)+len(end))
	return append(appendJSONString(append(b, begin...), id), end...)
}

// sink implements protocol.
func (c *webSocket) sink(s *stream) live.Sink { return s }

// onlyAnswer implements protocol.
func (c *webSocket) onlyAnswer(id string, payload []byte) []byte {
	next := wsframe.Append(nil, wsframe.Text, c.head(id), payload, closingBrace)
	return wsframe.Append(next, wsframe.Text, appendJSONString([]byte(`{"id":`), id), []byte(`,"type":"complete"}`))
}

// noAnswer implements protocol.
func (c *webSocket) noAnswer(id string, errs gqlerror.List) []byte {
	return wsframe.Append(nil, wsframe.Text,
		appendJSONString([]byte(`{"id":`), id), []byte(`,"type":"error","payload":`), toJSON(errs), closingBrace)
}

// over implements protocol: the client may ask for more.
func (c *webSocket) over() {}
