package server_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"ensemble/internal/testsite"
	"ensemble/live"
)

// patient bounds every wait for what must happen, far beyond what it takes.
const patient = 30 * time.Second

// socket is a client of the protocol graphql-transport-ws with one subscription.
type socket struct {
	conn   *websocket.Conn
	mu     sync.Mutex    // held while writing: the reader answers pings
	frames chan frame    // what the server sends, closed when the connection ends
	closed chan struct{} // closed with frames
	err    error         // why it ended; read it after
}

// frame is one message of the protocol.
type frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// result is the payload of a next message.
type result struct {
	Data   map[string]json.RawMessage
	Errors []testsite.Error
}

// happening is what every subscription here asks of an event.
type happening struct {
	Typename  string `json:"__typename"`
	ID        string
	Cursor    string
	CommentID string
	SubjectID string
	Comment   *postedComment
}

type postedComment struct{ ID, Body string }

// seq is the event's number in its topic.
func (h happening) seq(t testing.TB) int64 {
	t.Helper()
	at, err := live.ParseCursor(h.Cursor)
	if err != nil {
		t.Fatalf("cursor %q: %v", h.Cursor, err)
	}
	return at.Seq
}

// dial opens a socket and says who it is: a token, or "" for nobody.
func dial(t testing.TB, s *testsite.Site, token string) *socket {
	t.Helper()
	k, err := dialed(s, token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.conn.Close() })
	k.expect(t, "connection_ack")
	return k
}

func dialed(s *testsite.Site, token string) (*socket, error) {
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: patient}
	conn, response, err := dialer.Dial(strings.Replace(s.URL, "http", "ws", 1)+"/graphql", http.Header{})
	if err != nil {
		return nil, err
	}
	_ = response.Body.Close()
	k := &socket{conn: conn, frames: make(chan frame), closed: make(chan struct{})}
	payload := json.RawMessage(`{}`)
	if token != "" {
		payload = json.RawMessage(`{"authorization": "Bearer ` + token + `"}`)
	}
	go k.read()
	return k, k.send(frame{Type: "connection_init", Payload: payload})
}

func (k *socket) send(f frame) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.conn.WriteJSON(f)
}

// read hands frames over one by one: a test that does not take them is a client that does not read.
func (k *socket) read() {
	defer close(k.frames)
	defer close(k.closed)
	for {
		var f frame
		if k.err = k.conn.ReadJSON(&f); k.err != nil {
			return
		}
		if f.Type == "ping" {
			if k.err = k.send(frame{Type: "pong"}); k.err != nil {
				return
			}
			continue
		}
		k.frames <- f
	}
}

// kill cuts the connection as a network does: no close frame, no goodbye of TCP.
func (k *socket) kill() {
	if tcp, ok := k.conn.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = k.conn.NetConn().Close()
	for range k.frames { // what came before is lost with it
	}
}

// subscribe asks; the answers come as frames with the id.
func (k *socket) subscribe(t testing.TB, id, query string, variables map[string]any) {
	t.Helper()
	payload, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.send(frame{ID: id, Type: "subscribe", Payload: payload}); err != nil {
		t.Fatal(err)
	}
}

// take is the next frame.
func (k *socket) take(t testing.TB) frame {
	t.Helper()
	select {
	case f, open := <-k.frames:
		if !open {
			t.Fatalf("the connection ended: %v", k.err)
		}
		return f
	case <-time.After(patient):
		t.Fatal("nothing comes")
	}
	return frame{}
}

func (k *socket) expect(t testing.TB, kind string) frame {
	t.Helper()
	f := k.take(t)
	if f.Type != kind {
		t.Fatalf("%s came, want %s: %s", f.Type, kind, f.Payload)
	}
	return f
}

// event is the next event of the subscription, whose only field it is.
func (k *socket) event(t testing.TB) happening {
	t.Helper()
	return eventIn(t, k.expect(t, "next"))
}

func eventIn(t testing.TB, f frame) happening {
	t.Helper()
	var r result
	if err := json.Unmarshal(f.Payload, &r); err != nil || len(r.Errors) > 0 || len(r.Data) != 1 {
		t.Fatalf("%v: %s", err, f.Payload)
	}
	var h happening
	for _, raw := range r.Data {
		if err := json.Unmarshal(raw, &h); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// closeCode is the code with which the server closed, once it has.
func (k *socket) closeCode(t testing.TB) int {
	t.Helper()
	for {
		select {
		case _, open := <-k.frames:
			if open {
				continue
			}
		case <-time.After(patient):
			t.Fatal("the server does not close")
		}
		var end *websocket.CloseError
		if !errors.As(k.err, &end) {
			t.Fatalf("the connection ended without a close frame: %v", k.err)
		}
		return end.Code
	}
}

// eventually polls what nothing announces.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	poll, timeout := time.NewTicker(5*time.Millisecond), time.After(patient)
	defer poll.Stop()
	for !holds() {
		select {
		case <-poll.C:
		case <-timeout:
			t.Fatalf("never: %s", what)
		}
	}
}
