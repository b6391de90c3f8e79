package server

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gorilla/websocket"

	"ensemble/consultation/refusal"
)

// clientMessage is what clients send.
type clientMessage struct {
	ID      *string        `json:"id"`
	Type    string         `json:"type"`
	Payload jsontext.Value `json:"payload"`
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
	}
	if no := decode(raw, &m); no != nil {
		c.closeFor(no)
		return
	}

	switch m.Type {
	case "connection_init":
		c.init(m)
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

// closeFor closes the socket since a message cannot be read.
func (c *webSocket) closeFor(no *rejection) {
	reason := no.message
	if why, ok := errors.AsType[*refusal.Error](no.refused); ok {
		if limit, ok := why.Details["limit"].(string); ok {
			c.metrics.limited(limit)
		}
		reason = why.In(nil)
	}
	c.close(closeBadRequest, "Invalid message: "+strings.TrimSuffix(reason, "."))
}

// maxDetails is how many bytes the payload of connection_init, ping and pong may have.
const maxDetails = 4 << 10

// details returns the payload of a message that may have an object there, "" for none. It closes the socket, and
// reports false, when the payload is too long or something else. The object is JSON, as the whole message was, so its
// first byte tells what it is: nothing is decoded.
func (c *webSocket) details(m clientMessage) (object string, ok bool) {
	switch payload := string(m.Payload[:min(len(m.Payload), maxDetails+1)]); {
	case len(payload) > maxDetails:
		c.close(closeBadRequest, "payloadSize: more than 4096 bytes")
		return "", false
	case payload == "" || payload == "null":
		return "", true
	case payload[0] != '{':
		c.close(closeBadRequest, "Invalid message")
		return "", false
	default:
		return payload, true
	}
}

// pingPong answers a ping with what it brings along.
func (c *webSocket) pingPong(m clientMessage) {
	details, ok := c.details(m)
	switch {
	case !ok || m.Type == "pong":
	case details == "":
		c.say(`{"type":"pong"}`)
	default:
		c.say(`{"type":"pong","payload":` + details + `}`)
	}
}

// subscribe begins an operation.
func (c *webSocket) subscribe(m clientMessage) {
	params, no := readParams(m.Payload)
	if m.ID == nil || *m.ID == "" || len(*m.ID) > maxID || no != nil {
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
