package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/gorilla/websocket"
)

// socket is a WebSocket on which several may speak, and one listens.
type socket struct {
	*websocket.Conn
	mu sync.Mutex // for writing
}

// socket opens a WebSocket and waits until it is acknowledged, as whoever the token stands for. It closes with ctx. On
// failure it is nil, and what came of it is counted.
func (c *caller) socket(ctx context.Context, token string, compress bool) *socket {
	d := websocket.Dialer{
		NetDialContext:   func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx) },
		HandshakeTimeout: patience, Subprotocols: []string{"graphql-transport-ws"}, EnableCompression: compress,
	}
	conn, response, err := d.DialContext(ctx, "ws://"+c.server+"/graphql", nil)
	if err != nil {
		c.refuse(ctx, response)
		return nil
	}
	s := &socket{Conn: conn}
	context.AfterFunc(ctx, s.close)

	hello := map[string]any{"type": "connection_init"}
	if token != "" {
		hello["payload"] = map[string]any{"authorization": "Bearer " + token}
	}
	if err = s.say(hello); err == nil {
		if _, _, err = s.ReadMessage(); err == nil {
			return s
		}
	}
	c.ended(ctx, err)
	s.close()
	return nil
}

// refuse counts a handshake that failed.
func (c *caller) refuse(ctx context.Context, response *http.Response) {
	switch {
	case ctx.Err() != nil:
	case response == nil:
		c.count("cut")
	default:
		answer, _ := io.ReadAll(response.Body)
		c.count(outcome(response.StatusCode, answer))
	}
}

// ended counts a socket that the server closed: with which code, or without.
func (c *caller) ended(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if closed, ok := err.(*websocket.CloseError); ok && closed.Code != websocket.CloseAbnormalClosure {
		c.count("closed " + strconv.Itoa(closed.Code))
		return
	}
	c.count("cut")
}

// close ends the socket at once.
func (s *socket) close() { _ = s.Close() }

// say sends a message.
func (s *socket) say(message any) error {
	raw, err := json.Marshal(message)
	if err != nil {
		panic("bench/attack: strings that are no JSON: " + err.Error())
	}
	return s.write(raw)
}

// write sends a message that is JSON already.
func (s *socket) write(message []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.WriteMessage(websocket.TextMessage, message)
}

// subscribe asks something.
func (s *socket) subscribe(id string, q question) error {
	return s.say(map[string]any{"type": "subscribe", "id": id, "payload": q})
}

// whileListening speaks and listens until the socket closes. What speaks ends with its first error.
func (c *caller) whileListening(ctx context.Context, s *socket, speak func()) {
	var over sync.WaitGroup
	over.Go(speak)
	c.listen(ctx, s)
	s.close()
	over.Wait()
}

// listen reads what comes over a socket until it closes, and counts answers and refusals.
func (c *caller) listen(ctx context.Context, s *socket) {
	for {
		_, message, err := s.ReadMessage()
		if err != nil {
			c.ended(ctx, err)
			return
		}
		start := message[:min(len(message), 4096)]
		switch {
		case bytes.Contains(start, []byte(`"type":"next"`)) && !bytes.Contains(start, []byte(`"errors"`)):
			c.count(answered)
		case bytes.Contains(start, []byte(`"type":"error"`)), bytes.Contains(start, []byte(`"errors"`)):
			if found := code.FindSubmatch(start); found != nil {
				c.count(string(found[1]))
			}
		case isPing(message):
			_ = s.write(pong)
		}
	}
}

// isPing says whether a message asks whether the client is still there, which answers with pong.
func isPing(message []byte) bool { return bytes.HasPrefix(message, []byte(`{"type":"ping"`)) }

var pong = []byte(`{"type":"pong"}`)
