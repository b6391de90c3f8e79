package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// caller asks a server from one address of this machine.
type caller struct {
	server string
	from   string
	http   *http.Client
	*tally
}

// patience is how long a caller waits for an answer: longer than an operation has.
const patience = 20 * time.Second

func newCaller(server, from string, counts *tally) *caller {
	c := &caller{server: server, from: from, tally: counts}
	c.http = &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx) },
		MaxIdleConnsPerHost: 100, IdleConnTimeout: patience,
	}}
	return c
}

// close lets go of its connections.
func (c *caller) close() { c.http.CloseIdleConnections() }

// dial opens a connection to the server. Whatever is not on loopback is refused where flags are read.
func (c *caller) dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(c.from)}, Timeout: patience}
	return d.DialContext(ctx, "tcp", c.server)
}

// question is an operation as it is sent.
type question struct {
	Query      string         `json:"query,omitempty"`
	Variables  map[string]any `json:"variables,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// json returns the body of a request.
func (q question) json() []byte {
	raw, err := json.Marshal(q)
	if err != nil {
		panic("bench/attack: strings that are no JSON: " + err.Error())
	}
	return raw
}

// ask sends an operation, as whoever the token stands for ("" for nobody), and counts what came of it.
func (c *caller) ask(ctx context.Context, token string, q question) (answer []byte, ok bool) {
	return c.post(ctx, "/graphql", token, q.json())
}

// post sends a body of JSON, and counts what came of it.
func (c *caller) post(ctx context.Context, path, token string, body []byte) (answer []byte, ok bool) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.server+path, bytes.NewReader(body))
	if err != nil {
		panic("bench/attack: " + err.Error())
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return c.do(r)
}

// do sends a request and counts what came of it.
func (c *caller) do(r *http.Request) (answer []byte, ok bool) {
	response, err := c.http.Do(r)
	if err != nil {
		if r.Context().Err() == nil {
			c.count("cut")
		}
		return nil, false
	}
	defer func() { _ = response.Body.Close() }()

	answer, err = io.ReadAll(response.Body)
	what := outcome(response.StatusCode, answer)
	if err != nil {
		what = "cut"
	}
	if r.Context().Err() == nil {
		c.count(what)
	}
	return answer, what == answered
}

// answered is the outcome of whatever was done as asked.
const answered = "answered"

var code = regexp.MustCompile(`"code":"([A-Z_]+)"`)

// outcome names what came of a request: the code of the first error, else the status.
func outcome(status int, answer []byte) string {
	if start := bytes.TrimSpace(answer[:min(len(answer), 4096)]); bytes.HasPrefix(start, []byte(`{"errors"`)) {
		if found := code.FindSubmatch(start); found != nil {
			return string(found[1])
		}
	}
	if status >= http.StatusBadRequest {
		return strconv.Itoa(status)
	}
	return answered
}

// socket opens a WebSocket and waits until it is acknowledged, as whoever the token stands for. It closes with ctx. On
// failure it is nil, and what came of it is counted.
func (c *caller) socket(ctx context.Context, token string, compress bool) *websocket.Conn {
	d := websocket.Dialer{
		NetDialContext:   func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx) },
		HandshakeTimeout: patience, Subprotocols: []string{"graphql-transport-ws"}, EnableCompression: compress,
	}
	conn, response, err := d.DialContext(ctx, "ws://"+c.server+"/graphql", nil)
	if err != nil {
		c.refuse(ctx, response)
		return nil
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })

	hello := map[string]any{"type": "connection_init"}
	if token != "" {
		hello["payload"] = map[string]any{"authorization": "Bearer " + token}
	}
	if conn.WriteJSON(hello) == nil {
		if _, _, err = conn.ReadMessage(); err == nil {
			return conn
		}
	}
	c.ended(ctx, err)
	_ = conn.Close()
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

// subscribe asks something over a socket.
func subscribe(conn *websocket.Conn, id string, q question) error {
	return conn.WriteJSON(map[string]any{"type": "subscribe", "id": id, "payload": q})
}

// listen reads what comes over a socket until it closes, and counts answers and refusals.
func (c *caller) listen(ctx context.Context, conn *websocket.Conn) {
	for {
		_, message, err := conn.ReadMessage()
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
			_ = conn.WriteMessage(websocket.TextMessage, pong)
		}
	}
}

// isPing says whether a message asks whether the client is still there, which answers with pong.
func isPing(message []byte) bool { return bytes.HasPrefix(message, []byte(`{"type":"ping"`)) }

var pong = []byte(`{"type":"pong"}`)

// tally counts outcomes.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func newTally() *tally { return &tally{counts: map[string]int{}} }

func (t *tally) count(outcome string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[outcome]++
}
