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
	if refusal := t.server.sockets.refuse(r); refusal != nil {
		refusal.answer(w, r, exec)
		return
	}
	c := &webSocket{
		server: t.server, exec: exec, id: RequestID(r.Context()), viewer: auth.Caller(r.Context()),
		languages: slices.Clone(auth.LanguagesFrom(r.Context())),
	}
	c.framing, c.metrics, c.stall, c.gone = c, &t.server.Metrics, t.server.Sockets.Stall, c.end
	offered := websocket.Subprotocols(r)
	good := slices.Contains(offered, subprotocol)
	if !c.upgrade(w, r, offered, good) {
		return
	}
	c.initTimer = time.AfterFunc(t.server.Sockets.Init, c.initTimedOut)
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
		c.heard()
		_, err := c.Write(appendFrame(nil, websocket.PongMessage, []byte(data)))
		_ = c.SetReadDeadline(time.Time{}) // the client need not say more now
		return err
	})
	c.ws.SetPongHandler(func(string) error {
		c.heard()
		return c.SetReadDeadline(time.Time{})
	})
	return true
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
	fd       int32         // where it is parked

	server    *Server
	exec      graphql.GraphExecutor
	id        string // of the request that opened it
	languages []language.Tag
	viewer    auth.Viewer // set by the reader until the socket is acknowledged, never after

	opMu       sync.Mutex
	operations []*operation
	state      state
	initTimer  *time.Timer
	expiry     *time.Timer // of the session
}

type state int

const (
	opened  state = iota // connection_init has not come
	begun                // it has come
	ready                // it was acknowledged
	closing              // nothing is read any more
)

// receive reads and handles what has come, and reports whether more may. It is called when something can be read, by
// one goroutine at a time.
func (c *webSocket) receive() bool {
	for {
		_ = c.SetReadDeadline(time.Now().Add(messageTime)) // fails only when closed, as the read does then
		kind, message, err := c.ws.ReadMessage()
		if err != nil {
			c.lost(err)
			return false
		}
		c.heard()
		c.handle(kind, message)
		if c.buffered.Buffered() == 0 {
			_ = c.SetReadDeadline(time.Time{})
			return true
		}
	}
}

// lost ends a socket that cannot be read any more. If the client broke a rule, gorilla has said so, and the client gets a
// moment to read it: closing at once could take it back.
func (c *webSocket) lost(err error) {
	_, closed := errors.AsType[*websocket.CloseError](err)
	if _, network := errors.AsType[net.Error](err); !closed && !network && !errors.Is(err, io.EOF) {
		c.stopOperations()
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
	operations := c.operations
	c.operations, c.state = nil, closing
	c.stopTimers()
	c.opMu.Unlock()
	for _, op := range operations {
		op.stop()
	}
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
