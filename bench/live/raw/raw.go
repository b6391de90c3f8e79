// Package raw is the physical limit: gorilla/websocket and no GraphQL. It reads just enough of graphql-transport-ws to
// know what a socket watches, then writes the same ready frame to every socket of a topic.
//
// It skips what a real server must do for each subscriber: it asks nobody who they are, gives all the same operation
// id, keeps no position, and waits for a client that reads slowly.
package raw

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"ensemble/bench/live/feed"
)

// Small buffers: a message of a client has some 400 bytes, and frames are written past gorilla.
const buffer = 512

// Server broadcasts what it is given.
type Server struct {
	coalesce bool

	mu      sync.Mutex
	topics  map[string][]net.Conn
	waiting []feed.Message
	wake    chan struct{}
	id      string // the operation id of every subscriber
}

// New makes a server that writes one event at a time or, coalescing, all that wait for a socket at once.
func New(coalesce bool) *Server {
	return &Server{coalesce: coalesce, topics: map[string][]net.Conn{}, wake: make(chan struct{}, 1)}
}

// Receive takes an event; it does not wait for sockets.
func (s *Server) Receive(m feed.Message) {
	s.mu.Lock()
	s.waiting = append(s.waiting, m)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run writes to sockets for as long as the process lives.
func (s *Server) Run() {
	for range s.wake {
		s.mu.Lock()
		messages := s.waiting
		s.waiting = nil
		s.mu.Unlock()

		if s.coalesce {
			s.writeJoined(messages)
			continue
		}
		for _, m := range messages {
			s.write(m.Event.Topic, s.frame(nil, m))
		}
	}
}

// writeJoined writes everything that waits for a topic at once.
func (s *Server) writeJoined(messages []feed.Message) {
	joined := map[string][]byte{}
	for _, m := range messages {
		joined[m.Event.Topic] = s.frame(joined[m.Event.Topic], m)
	}
	for topic, frames := range joined {
		s.write(topic, frames)
	}
}

func (s *Server) write(topic string, frames []byte) {
	s.mu.Lock()
	conns := s.topics[topic]
	s.mu.Unlock()
	for _, c := range conns {
		_, _ = c.Write(frames) // a socket that is gone is not asked for again before the process ends
	}
}

// frame appends one unmasked text frame.
func (s *Server) frame(to []byte, m feed.Message) []byte {
	s.mu.Lock()
	message := fmt.Appendf(nil, `{"type":"next","id":"%s","payload":%s}`, s.id, m.Payload)
	s.mu.Unlock()

	to = append(to, 0x81) // the last fragment, of text

	switch n := len(message); {
	case n < 126:
		to = append(to, byte(n))
	case n <= 0xffff:
		to = binary.BigEndian.AppendUint16(append(to, 126), uint16(n))
	default:
		to = binary.BigEndian.AppendUint64(append(to, 127), uint64(n))
	}
	return append(to, message...)
}

var buffers sync.Pool

// ServeHTTP upgrades the connection and leaves it to a goroutine with a small stack.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{
		Subprotocols: []string{"graphql-transport-ws"}, ReadBufferSize: buffer, WriteBufferSize: buffer,
		WriteBufferPool: &buffers,
	}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // answered by Upgrade
	}
	go s.serve(conn)
}

// request is what clients send.
type request struct {
	Type    string
	ID      string
	Payload struct{ Variables struct{ Commitment string } }
}

func (s *Server) serve(conn *websocket.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		_, raw, err := conn.ReadMessage()
		if err != nil {
			return
		}
		if err := s.answer(conn, raw); err != nil {
			return
		}
	}
}

// answer is apart from serve so that what it needs of the stack is given back.
func (s *Server) answer(conn *websocket.Conn, raw []byte) error {
	var r request
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}

	switch r.Type {
	case "connection_init":
		return conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_ack"}`))
	case "ping":
		return conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"pong"}`))
	case "subscribe":
		s.mu.Lock()
		defer s.mu.Unlock()
		topic := r.Payload.Variables.Commitment
		s.topics[topic] = append(s.topics[topic], conn.NetConn())
		s.id = r.ID
	}
	return nil
}
