package server

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/live"
)

// subprotocol is the only one we speak.
// Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, for close codes too.
const subprotocol = "graphql-transport-ws"

const (
	handshakeTime = 5 * time.Second
	messageTime   = 10 * time.Second // for the whole of a message, once it has begun
	closingTime   = time.Second      // for a client to answer that it closes, too
	readBuffer    = 512              // bytes; messages of clients are short
	maxMessage    = maxBody
)

// overSocket is the GraphQL transport of WebSockets.
type overSocket struct{ server *Server }

// Supports implements graphql.Transport.
func (overSocket) Supports(r *http.Request) bool { return websocket.IsWebSocketUpgrade(r) }

// Do implements graphql.Transport. It returns as soon as the socket is open; from then on the socket needs no goroutine
// while nothing comes in.
func (t overSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	address := addressOf(r)
	if refusal := t.server.sockets.refuse(address, t.server.Sockets.PerAddress); refusal != nil {
		refusal.answer(w, r, exec)
		return
	}
	c := &webSocket{
		server: t.server, exec: exec, id: RequestID(r.Context()), viewer: auth.Caller(r.Context()),
		languages: slices.Clone(auth.LanguagesFrom(r.Context())),
	}
	if c.viewer.SignedIn() {
		c.token = tokenOf(r)
	}
	c.framing, c.metrics, c.stall, c.gone = c, &t.server.Metrics, t.server.Sockets.Stall, c.end
	c.address = address
	offered := websocket.Subprotocols(r)
	good := slices.Contains(offered, subprotocol)
	if !c.upgrade(w, r, offered, good) {
		return
	}
	c.await(t.server.Sockets.Init)
	t.server.sockets.add(&c.socket, c)
	if !good {
		c.close(closeSubprotocol, "Subprotocol not acceptable")
	}
	t.server.parking.park(c)
}

// upgrade has gorilla shake hands. An unacceptable subprotocol is echoed, since clients could not see a close code
// otherwise.
func (c *webSocket) upgrade(w http.ResponseWriter, r *http.Request, offered []string, good bool) bool {
	header := http.Header{}
	switch {
	case good:
		header.Set("Sec-Websocket-Protocol", subprotocol)
	case len(offered) > 0:
		header.Set("Sec-Websocket-Protocol", offered[0])
	}
	upgrader := websocket.Upgrader{
		HandshakeTimeout: handshakeTime,
		WriteBufferPool:  &handshakes,
		CheckOrigin:      func(*http.Request) bool { return true }, // cookies of other origins are ignored: see session.go
	}
	var err error
	if c.ws, err = upgrader.Upgrade(hijacker{w, c}, r, header); err != nil {
		return false // it has answered
	}
	c.ws.SetReadLimit(maxMessage)
	c.ws.SetPingHandler(func(data string) error {
		_, _ = c.Write(appendFrame(nil, websocket.PongMessage, []byte(data))) // the reader finds out when the client is gone
		c.between()
		return nil
	})
	c.ws.SetPongHandler(func(string) error {
		c.between()
		return nil
	})
	return true
}

// between is told of a ping or pong frame. Unless it came within a message, the client need not say more now.
func (c *webSocket) between() {
	c.heard()
	if !c.within {
		_ = c.SetReadDeadline(time.Time{}) // fails only when closed, as the read does then
	}
}

// Write implements net.Conn for gorilla, which after the handshake only says why it closes: nothing follows that.
func (c *webSocket) Write(b []byte) (int, error) {
	if len(b) > 0 && b[0] == frameFinal|frameClose {
		c.last(b)
		return len(b), nil
	}
	return c.socket.Write(b)
}

// handshakes lends gorilla a buffer for the handshake: it does not write after that.
var handshakes sync.Pool

// hijacker has gorilla read from, and write to, our socket, through a small buffer.
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
	if rw.Reader.Buffered() > 0 {
		return conn, rw, nil // too early: gorilla refuses it
	}
	h.c.adopt(conn)
	h.c.buffered = bufio.NewReaderSize(h.c, readBuffer)
	return h.c, bufio.NewReadWriter(h.c.buffered, rw.Writer), nil
}

// webSocket is one open WebSocket.
type webSocket struct {
	socket
	ws       *websocket.Conn
	buffered *bufio.Reader // what ws reads from
	within   bool          // the first frame of a message has come, and it is being read
	fd       int32         // where it is parked
	pace     pace          // of messages

	server    *Server
	exec      graphql.GraphExecutor
	id        string // of the request that opened it
	languages []language.Tag
	token     string      // of whoever is signed in; set by the reader until the socket is acknowledged, never after
	viewer    auth.Viewer // who that was when the socket was acknowledged

	opMu       sync.Mutex
	operations []*operation
	state      state
	initTimer  *time.Timer
	expiry     *time.Timer // of the session
	account    *account    // of whoever is signed in
}

type state int

const (
	opened  state = iota // connection_init has not come
	begun                // it has come
	ready                // it was acknowledged
	closing              // nothing is read any more
)

// receive reads and handles what has come, and reports whether more may. It is called when something can be read, or
// seems to be, by one goroutine at a time.
func (c *webSocket) receive() bool {
	defer c.recovered()
	for {
		kind, message, err := c.read()
		if err != nil {
			c.lost(err)
			return false
		}
		c.heard()
		if !c.pace.allows(time.Now(), c.server.Sockets.Messages) {
			c.close(closeTooManyMessages, "Too many messages")
		}
		c.handle(kind, message)
		if c.buffered.Buffered() == 0 {
			_ = c.SetReadDeadline(time.Time{})
			return true
		}
	}
}

// read is the next message. Its first byte may take its time, the rest may not.
func (c *webSocket) read() (kind int, message []byte, err error) {
	if _, err := c.buffered.Peek(1); err != nil {
		return 0, nil, err
	}
	_ = c.SetReadDeadline(time.Now().Add(messageTime)) // fails only when closed, as the read does then
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return 0, nil, err
	}
	_ = c.SetReadDeadline(time.Now().Add(messageTime)) // a ping before it may have taken it away
	c.within = true
	defer func() { c.within = false }()
	message, err = io.ReadAll(r)
	return kind, message, err
}

// recovered closes a socket whose message made the program panic.
func (c *webSocket) recovered() {
	if cause := recover(); cause != nil {
		c.server.errors().Recover(c.context(), cause)
		c.close(websocket.CloseInternalServerErr, "Internal server error")
	}
}

// lost ends a socket that cannot be read any more. If the client broke a rule, gorilla has said so, and the client gets a
// moment to read it: closing at once could take it back.
func (c *webSocket) lost(err error) {
	_, closed := errors.AsType[*websocket.CloseError](err)
	if _, network := errors.AsType[net.Error](err); !closed && !network && !errors.Is(err, io.EOF) {
		c.stopOperations()
		if errors.Is(err, websocket.ErrReadLimit) {
			c.last(closeFrame(websocket.CloseMessageTooBig, "")) // gorilla says so for some lengths only
		}
		c.last(nil)
		_ = c.SetReadDeadline(time.Now().Add(closingTime))
		_, _ = io.Copy(io.Discard, c.Conn)
	}
	c.end()
}

// end closes the connection and whatever runs on it. It may be called more than once.
func (c *webSocket) end() {
	_ = c.Close()
	c.stopOperations()
	c.server.parking.forget(c)
	c.server.sockets.remove(&c.socket)
}

// close says why the socket closes and gives the client a moment to do the same. Subscriptions end without a complete:
// clients would take that for the end of the stream, and not come back.
func (c *webSocket) close(code int, reason string) {
	c.last(closeFrame(code, reason))
	c.stopOperations()
	time.AfterFunc(closingTime, c.end)
}

// stopOperations ends all there are and lets none begin.
func (c *webSocket) stopOperations() {
	c.opMu.Lock()
	operations, account := c.operations, c.account
	c.operations, c.account, c.state = nil, nil, closing
	c.stopTimers()
	c.opMu.Unlock()
	for _, op := range operations {
		op.stop()
	}
	if account != nil {
		account.Leave()
	}
}

func (c *webSocket) isClosing() bool {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	return c.state == closing
}

// step moves from one state to another, and reports whether the socket was in that state.
func (c *webSocket) step(from, to state) bool {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	if c.state != from {
		return false
	}
	c.state = to
	return true
}

// await gives the client some time for connection_init.
func (c *webSocket) await(init time.Duration) {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	c.initTimer = time.AfterFunc(init, c.initTimedOut)
}

func (c *webSocket) stopTimers() {
	for _, timer := range []*time.Timer{c.initTimer, c.expiry} {
		if timer != nil {
			timer.Stop()
		}
	}
}

// ping asks whether the client is there.
func (c *webSocket) ping() { c.say(`{"type":"ping"}`) }

// say writes one message.
func (c *webSocket) say(message string) {
	_, _ = c.Write(appendFrame(nil, frameText, []byte(message))) // the reader finds out when the client is gone
}

// appendAnswer implements framing.
func (c *webSocket) appendAnswer(b []byte, s *stream, a live.Answer) []byte {
	return appendFrame(b, frameText, s.head, a.Payload, closingBrace)
}

var closingBrace = []byte{'}'}

// context is that of an operation: of whoever opened the socket, until it or the server ends.
func (c *webSocket) context() context.Context {
	return c.server.operationContext(c.id+"."+rand.Text()[:8], c.viewer, c.languages)
}
