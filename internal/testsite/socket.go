package testsite

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

	"ensemble/live"
)

// Patient bounds each wait for what must happen. It is far longer than that takes.
const Patient = 30 * time.Second

// Socket is a client of the protocol graphql-transport-ws with one subscription.
type Socket struct {
	Conn   *websocket.Conn
	mu     sync.Mutex    // held while writing, since the reader answers pings
	Frames chan Frame    // what the server sends; closed when the connection ends
	closed chan struct{} // closed when Frames is
	err    error         // why the connection ended; read it after that
}

// Frame is one message of the protocol.
type Frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// Result is the payload of a next message.
type Result struct {
	Data   map[string]json.RawMessage
	Errors []Error
}

// Happening is what each subscription of the tests asks of an event.
type Happening struct {
	Typename  string `json:"__typename"`
	ID        string
	Cursor    string
	NodeID    string
	SubjectID string
	Comment   *PostedComment
}

// PostedComment is the comment of an event.
type PostedComment struct{ ID, Body string }

// Seq returns the event's number in its topic.
func (h Happening) Seq(t testing.TB) int64 {
	t.Helper()
	at, err := live.ParseCursor(h.Cursor)
	if err != nil {
		t.Fatalf("cursor %q: %v", h.Cursor, err)
	}
	return at.Seq
}

// Dial opens a socket, says who it is with a token, or "" for nobody, and waits until the server accepts that.
func Dial(t testing.TB, s *Site, token string) *Socket {
	t.Helper()
	k, err := TryDial(s, token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Conn.Close() })
	k.Expect(t, "connection_ack")
	return k
}

// TryDial opens a socket and says who it is. It does not wait for the answer.
func TryDial(s *Site, token string) (*Socket, error) {
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: Patient}
	conn, response, err := dialer.Dial(strings.Replace(s.URL, "http", "ws", 1)+"/graphql", http.Header{})
	if err != nil {
		return nil, err
	}
	_ = response.Body.Close()

	k := &Socket{Conn: conn, Frames: make(chan Frame), closed: make(chan struct{})}
	payload := json.RawMessage(`{}`)
	if token != "" {
		payload = json.RawMessage(`{"authorization": "Bearer ` + token + `", "language": "*"}`)
	}

	go k.read()
	return k, k.Send(Frame{Type: "connection_init", Payload: payload})
}

// Send writes one message.
func (k *Socket) Send(f Frame) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.Conn.WriteJSON(f)
}

// read hands over one frame after another. A test that takes none is a client that does not read.
func (k *Socket) read() {
	defer close(k.Frames)
	defer close(k.closed)
	for {
		var f Frame
		if k.err = k.Conn.ReadJSON(&f); k.err != nil {
			return
		}

		if f.Type == "ping" {
			if k.err = k.Send(Frame{Type: "pong"}); k.err != nil {
				return
			}
			continue
		}

		k.Frames <- f
	}
}

// Kill cuts the connection as a network does: without a close frame, and without the end of a TCP connection.
func (k *Socket) Kill() {
	if tcp, ok := k.Conn.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = k.Conn.NetConn().Close()
	for range k.Frames { // what came before is lost with the connection
	}
}

// Subscribe starts an operation. Its answers come as frames with the id.
func (k *Socket) Subscribe(t testing.TB, id, query string, variables map[string]any) {
	t.Helper()
	payload, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Send(Frame{ID: id, Type: "subscribe", Payload: payload}); err != nil {
		t.Fatal(err)
	}
}

// Take returns the next frame.
func (k *Socket) Take(t testing.TB) Frame {
	t.Helper()
	select {
	case f, open := <-k.Frames:
		if !open {
			t.Fatalf("the connection ended: %v", k.err)
		}
		return f
	case <-time.After(Patient):
		t.Fatal("nothing comes")
	}
	return Frame{}
}

// Expect returns the next frame, which must be of a kind.
func (k *Socket) Expect(t testing.TB, kind string) Frame {
	t.Helper()
	f := k.Take(t)
	if f.Type != kind {
		t.Fatalf("%s came, want %s: %s", f.Type, kind, f.Payload)
	}
	return f
}

// Event returns the next event of the subscription.
func (k *Socket) Event(t testing.TB) Happening {
	t.Helper()
	return EventIn(t, k.Expect(t, "next"))
}

// EventIn returns the event in a frame. It must be the only field of the frame's data.
func EventIn(t testing.TB, f Frame) Happening {
	t.Helper()
	var r Result
	if err := json.Unmarshal(f.Payload, &r); err != nil || len(r.Errors) > 0 || len(r.Data) != 1 {
		t.Fatalf("%v: %s", err, f.Payload)
	}

	var h Happening
	for _, raw := range r.Data {
		if err := json.Unmarshal(raw, &h); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// CloseCode waits until the server closes the connection, and returns its code.
func (k *Socket) CloseCode(t testing.TB) int {
	t.Helper()
	for {
		select {
		case _, open := <-k.Frames:
			if open {
				continue
			}
		case <-time.After(Patient):
			t.Fatal("the server does not close")
		}

		var end *websocket.CloseError
		if !errors.As(k.err, &end) {
			t.Fatalf("the connection ended without a close frame: %v", k.err)
		}
		return end.Code
	}
}

// WantAll fails the test unless the next events are these, in this order and each once.
func (k *Socket) WantAll(t testing.TB, events []live.Event) {
	t.Helper()
	for i, e := range events {
		h := k.Event(t)
		if h.Typename != string(e.Type) || h.ID != e.ID || h.Cursor != e.Cursor().String() {
			t.Fatalf("event %d of %d is %s %d, want %s %d", i, len(events), h.Typename, h.Seq(t), e.Type, e.Seq)
		}
	}
}

// WantQuiet fails the test if an event waits. It sends a ping, and the answer comes after what was sent before.
func (k *Socket) WantQuiet(t testing.TB) {
	t.Helper()
	if err := k.Send(Frame{Type: "ping"}); err != nil {
		t.Fatal(err)
	}
	k.Expect(t, "pong")
}

// Refusal returns the error with which the operation with that id is refused: as an error, or as its only result.
func (k *Socket) Refusal(t testing.TB, id string) Error {
	t.Helper()
	f := k.Take(t)
	var r Result
	var err error

	switch f.Type {
	case "error":
		err = json.Unmarshal(f.Payload, &r.Errors)
	case "next":
		err = json.Unmarshal(f.Payload, &r)
		if end := k.Expect(t, "complete"); end.ID != id {
			t.Fatalf("%s is complete, want %s", end.ID, id)
		}
	}

	if err != nil || f.ID != id || len(r.Errors) != 1 || len(r.Data) > 0 {
		t.Fatalf("operation %s is not refused: %v %s %s", id, err, f.Type, f.Payload)
	}
	return r.Errors[0]
}
