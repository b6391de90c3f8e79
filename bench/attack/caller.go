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
	Query         string         `json:"query,omitempty"`
	OperationName string         `json:"operationName,omitempty"`
	Variables     map[string]any `json:"variables,omitempty"`
	Extensions    map[string]any `json:"extensions,omitempty"`
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
