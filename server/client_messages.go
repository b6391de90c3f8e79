package server

import (
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"ensemble/auth"
	"ensemble/consultation/refusal"
)

// clientMessage is what clients send.
type clientMessage struct {
	ID      *string         `json:"id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// handle does what one message asks for.
func (c *webSocket) handle(kind int, raw []byte) {
	var m clientMessage
	switch {
	case c.isClosing():
		return
	case kind != websocket.TextMessage:
		c.close(closeBadRequest, "Messages are text")
		return
	case !utf8.Valid(raw):
		c.close(websocket.CloseInvalidFramePayloadData, "Not UTF-8")
		return
	case json.Unmarshal(raw, &m) != nil:
		m.Type = ""
	}

	switch m.Type {
	case "connection_init":
		c.init(m.Payload)
	case "ping", "pong":
		c.pingPong(m)
	case "subscribe":
		c.subscribe(m)
	case "complete":
		if m.ID == nil || *m.ID == "" {
			c.close(closeBadRequest, "An id is missing")
			return
		}
		c.complete(*m.ID)
	default:
		c.close(closeBadRequest, "Invalid message")
	}
}

// pingPong answers a ping with what it brings along.
func (c *webSocket) pingPong(m clientMessage) {
	var details map[string]json.RawMessage
	switch {
	case len(m.Payload) > 0 && json.Unmarshal(m.Payload, &details) != nil:
		c.close(closeBadRequest, "Invalid message")
	case m.Type == "pong":
	case details == nil:
		c.say(`{"type":"pong"}`)
	default:
		c.say(`{"type":"pong","payload":` + string(m.Payload) + `}`)
	}
}

// init reads {"authorization": "Bearer …"} of connection_init; without it, the cookie of the handshake counts.
func (c *webSocket) init(payload json.RawMessage) {
	if !c.step(opened, begun) {
		c.close(closeTooManyInits, "Too many initialisation requests")
		return
	}

	var given map[string]any
	if len(payload) > 0 && json.Unmarshal(payload, &given) != nil {
		c.close(closeBadRequest, "Invalid message")
		return
	}

	header := authorization(given)
	if header == "" {
		c.acknowledge()
		return
	}

	start := time.Now()
	c.server.turns.take(func(func()) { c.signIn(header, start) })
}

// signIn looks up, in its turn, whose token is in a header.
func (c *webSocket) signIn(header string, start time.Time) {
	defer c.recovered()
	switch {
	case c.isClosing():
		return
	case time.Since(start) > operationTime:
		c.tryLater()
		return
	}

	ctx, cancel := context.WithTimeout(c.context(), operationTime)
	defer cancel()

	viewer, err := c.server.bearer(ctx, header)
	if err != nil {
		c.server.errors().Present(ctx, err)
		if refusal.CodeOf(err) != refusal.Unauthenticated {
			c.tryLater()
			return
		}
		c.close(closeForbidden, "Forbidden")
		return
	}

	token, _ := auth.BearerToken(header)
	c.signedIn(&person{token: token, id: viewer.UserID, until: viewer.ExpiresAt})
	c.acknowledge()
}

// acknowledge lets operations begin. The socket knows when the session of the person who is signed in ends.
func (c *webSocket) acknowledge() {
	c.attend()
	if c.step(begun, ready) {
		c.say(`{"type":"connection_ack"}`)
	}
}

// authorization returns the credentials in the payload of connection_init, under any of the names that clients use for
// them; "" when there are none.
func authorization(payload map[string]any) string {
	for _, name := range []string{"authorization", "Authorization"} {
		if header, ok := payload[name].(string); ok {
			return header
		}
	}
	return ""
}

// initTimedOut closes a socket that has not begun in time.
func (c *webSocket) initTimedOut() {
	if c.step(opened, begun) { // connection_init comes too late from now on
		c.close(closeInitTimeout, "Connection initialisation timeout")
	}
}

// subscribe begins an operation.
func (c *webSocket) subscribe(m clientMessage) {
	params, ok := readParams(m.Payload)
	if m.ID == nil || *m.ID == "" || len(*m.ID) > maxID || !ok ||
		strings.ContainsRune(*m.ID, utf8.RuneError) { // half a surrogate pair could not be sent back
		c.close(closeBadRequest, "Invalid message")
		return
	}

	op := newOperation(&c.connection, *m.ID, params)
	op.charged = true

	switch c.register(op) {
	case registered:
		op.begin()
	case notReady:
		c.close(closeUnauthorized, "Unauthorized")
	case duplicate:
		c.close(closeDuplicate, "Subscriber for "+clip(op.id, 80)+" already exists")
	case noRoom:
		_, _ = c.Write(c.noAnswer(op.id, tooManyOperations(c.context(), c.server)))
	}
}

// paceTime is over how long messages are counted.
const paceTime = 10 * time.Second

// pace counts the messages of a client.
type pace struct {
	since time.Time
	count int
}

// allows counts one message and reports whether there were not more than so many per second.
func (p *pace) allows(now time.Time, perSecond int) bool {
	if now.Sub(p.since) > paceTime {
		p.since, p.count = now, 0
	}
	p.count++
	return p.count <= perSecond*int(paceTime/time.Second)
}
