package server

import (
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"ensemble/auth"
)

// Close codes. Source: the protocol, and RFC 6455 for those below 4000. Stock clients come back after 4408, 4403 and
// codes that they do not know; never after 4400, 4401, 4409 and 4429.
const (
	closeBadRequest      = 4400
	closeUnauthorized    = 4401
	closeForbidden       = 4403
	closeSubprotocol     = 4406
	closeInitTimeout     = 4408
	closeDuplicate       = 4409
	closeTooManyInits    = 4429
	closeTooManyMessages = 4508
)

// message is what clients send.
type message struct {
	ID      *string         `json:"id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// handle does what one message asks for.
func (c *webSocket) handle(kind int, raw []byte) {
	var m message
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
func (c *webSocket) pingPong(m message) {
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
	c.initTimer.Stop()
	var given map[string]any
	if len(payload) > 0 && json.Unmarshal(payload, &given) != nil {
		c.close(closeBadRequest, "Invalid message")
		return
	}
	if header := authorization(given); header != "" {
		viewer, err := c.server.bearer(c.context(), header)
		if err != nil {
			c.server.errors().Present(c.context(), err)
			c.close(closeForbidden, "Forbidden")
			return
		}
		c.token, _ = auth.BearerToken(header)
		c.viewer = viewer
	}
	c.acknowledge()
}

// acknowledge lets operations begin. Of whoever is signed in, the socket knows when their session ends.
func (c *webSocket) acknowledge() {
	if c.viewer.SignedIn() {
		c.opMu.Lock()
		if c.state == begun {
			left := c.viewer.ExpiresAt.Sub(c.server.Consultation.Now())
			c.expiry = time.AfterFunc(left, func() { c.close(closeForbidden, "The session has ended") })
		}
		c.opMu.Unlock()
		if err := c.follow(); err != nil {
			return // the server stops
		}
	}
	if c.step(begun, ready) {
		c.say(`{"type":"connection_ack"}`)
	}
}

// authorization is what the payload of connection_init says, under one of the names that clients use.
func authorization(payload map[string]any) string {
	for _, name := range []string{"authorization", "Authorization"} {
		if header, ok := payload[name].(string); ok {
			return header
		}
	}
	return ""
}

func (c *webSocket) initTimedOut() {
	if c.step(opened, begun) { // connection_init comes too late from now on
		c.close(closeInitTimeout, "Connection initialisation timeout")
	}
}

// subscribe begins an operation.
func (c *webSocket) subscribe(m message) {
	params, ok := readParams(m.Payload)
	if m.ID == nil || *m.ID == "" || !ok {
		c.close(closeBadRequest, "Invalid message")
		return
	}
	op := newOperation(c, *m.ID, params)
	switch c.register(op) {
	case registered:
		go op.run()
	case notReady:
		c.close(closeUnauthorized, "Unauthorized")
	case duplicate:
		c.close(closeDuplicate, "Subscriber for "+clip(op.id, 80)+" already exists")
	case noRoom:
		c.say(string(op.errors(tooManyOperations(c.context(), c.server))))
	}
}

type registration int

const (
	registered registration = iota
	notReady
	duplicate
	noRoom
)

// register notes that an operation runs, if it may.
func (c *webSocket) register(op *operation) registration {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	switch {
	case c.state != ready:
		return notReady
	case slices.ContainsFunc(c.operations, func(o *operation) bool { return o.id == op.id }):
		return duplicate
	case len(c.operations) >= c.server.Sockets.Operations:
		return noRoom
	}
	c.operations = append(c.operations, op)
	return registered
}

// complete ends an operation, if it has not ended by itself.
func (c *webSocket) complete(id string) {
	for _, op := range c.take(func(o *operation) bool { return o.id == id }) {
		op.stop()
	}
}

// take removes operations from those that run.
func (c *webSocket) take(which func(*operation) bool) []*operation {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	var taken []*operation
	c.operations = slices.DeleteFunc(c.operations, func(o *operation) bool {
		if which(o) {
			taken = append(taken, o)
			return true
		}
		return false
	})
	return taken
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

// clip shortens s to at most n bytes, for close reasons.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
