package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// crowd is the clients of a test.
type crowd struct {
	site    *site
	to      atomic.Pointer[[]*server] // where they may go
	closed  func(k *server, code int) // told of each connection that ends with a code, when not nil
	clients []*watcher
	running sync.WaitGroup
	asked   atomic.Int64 // how often somebody subscribed
}

// tries is how often the clients have subscribed so far.
func (c *crowd) tries() int { return int(c.asked.Load()) }

// watch has clients come to the servers, and returns when all of them have received the next event.
func (s *site) watch(n int, to ...*server) *crowd {
	s.t.Helper()
	c := &crowd{site: s}
	c.begin(n, to...)
	return c
}

// begin has n clients come to the servers, and returns when all of them have received the next event.
func (c *crowd) begin(n int, to ...*server) {
	c.site.t.Helper()
	c.move(to...)
	c.site.t.Cleanup(c.end)

	for i := range n {
		w := &watcher{crowd: c, number: i, at: c.site.start, codes: map[int]int{}}
		w.changed = sync.NewCond(&w.mu)
		c.clients = append(c.clients, w)
		c.running.Go(w.run)
	}

	(&writers{site: c.site, to: to}).say("The first comment.")
	c.await()
}

// move says where clients may go from now on.
func (c *crowd) move(to ...*server) { c.to.Store(&to) }

// end has all clients leave for good.
func (c *crowd) end() {
	for _, w := range c.clients {
		w.change(func() { w.over = true })
	}
	c.running.Wait()
}

// await waits until some clients, or all when none are named, have received everything that is in the log.
func (c *crowd) await(some ...*watcher) {
	c.site.t.Helper()
	if len(some) == 0 {
		some = c.clients
	}

	head := c.site.head().String()
	late := func(w *watcher) bool { return w.place() != head }

	deadline := time.Now().Add(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()

	for slices.ContainsFunc(some, late) {
		if <-tick.C; time.Now().After(deadline) {
			i := slices.IndexFunc(some, late)
			c.site.t.Fatalf("client %d has not come to the end of the log: %s", some[i].number, some[i])
		}
	}
}

// watcher is one client. It comes back with its last cursor whenever its connection ends.
type watcher struct {
	crowd  *crowd
	number int

	mu                  sync.Mutex
	changed             *sync.Cond // what follows
	away, stalled, over bool
	ws                  *websocket.Conn
	at                  string // the last cursor
	heard               []note
	cuts                int         // connections that ended though the client wanted to stay
	codes               map[int]int // of those, by close code; 0: without one
	troubles            []string    // what must never happen
}

// note is one event as it came.
type note struct {
	Typename string `json:"__typename"`
	Cursor   string
	Comment  *struct{ Body string }
	came     time.Time
}

// questions are what clients ask, in turn. They make two groups in the server.
var questions = []string{
	`subscription($c: ID!, $after: EventCursor) { commitmentEvents(commitment: $c, after: $after) {
		__typename cursor ` + withComments + ` } }`,
	`subscription Watch($c: ID!, $after: EventCursor) { commitmentEvents(commitment: $c, after: $after) {
		__typename id createdAt cursor ` + withComments + ` } }`,
}

// withComments asks for the text of a comment in each event that has one.
const withComments = `... on CommentPosted { comment { id body } } ` +
	`... on CommentEdited { comment { id body } } ... on CommentRemoved { comment { id body } }`

const (
	minBackoff = 20 * time.Millisecond // before coming back, doubled with each failure
	maxBackoff = 500 * time.Millisecond
)

// dialer opens the sockets of all clients.
var dialer = websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: 10 * time.Second}

// run visits one server after the other until the client leaves for good.
func (w *watcher) run() {
	for visit, failures := w.number, 0; w.wants(); visit++ {
		servers := *w.crowd.to.Load()
		if w.visit(servers[visit%len(servers)]) {
			failures = 0
		}

		backoff := min(maxBackoff, minBackoff<<min(failures, 10))
		failures++
		<-time.After(backoff/2 + rand.N(backoff/2))
	}
}

// wants waits while the client is away, and reports whether it comes back.
func (w *watcher) wants() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.away && !w.over {
		w.changed.Wait()
	}
	return !w.over
}

// visit opens a connection and reads until it ends. It reports whether an event came.
func (w *watcher) visit(k *server) (heard bool) {
	ws, _, err := dialer.Dial(strings.Replace(k.url, "http", "ws", 1)+"/graphql", nil)
	if err != nil {
		return false
	}
	defer ws.Close()

	if !w.enter(ws) {
		return false
	}

	err = ws.WriteJSON(map[string]any{"type": "connection_init"})
	for err == nil && w.mayRead() {
		var m struct {
			Type    string
			Payload json.RawMessage
		}
		if err = ws.ReadJSON(&m); err == nil {
			heard = heard || m.Type == "next"
			err = w.take(ws, m.Type, m.Payload)
		}
	}

	w.leave(k, err)
	return heard
}

// take does what a client must do about one message.
func (w *watcher) take(ws *websocket.Conn, kind string, payload json.RawMessage) error {
	switch kind {
	case "connection_ack":
		w.crowd.asked.Add(1)
		return ws.WriteJSON(map[string]any{"type": "subscribe", "id": "1", "payload": map[string]any{
			"query":     questions[w.number%2],
			"variables": map[string]any{"c": w.crowd.site.commitment, "after": w.place()},
		}})
	case "ping":
		return ws.WriteJSON(map[string]any{"type": "pong"})
	case "next":
		w.hear(payload)
		return nil
	}

	w.trouble("%s %s", kind, payload)
	return fmt.Errorf("the server says %s", kind)
}

// hear notes an event, and an error if it is not whole.
func (w *watcher) hear(payload json.RawMessage) {
	var m struct {
		Data       struct{ CommitmentEvents note }
		Errors     []json.RawMessage
		Extensions struct{ Cursor string }
	}

	err := json.Unmarshal(payload, &m)
	n := m.Data.CommitmentEvents
	if err != nil || len(m.Errors) > 0 || n.Cursor == "" || n.Cursor != m.Extensions.Cursor {
		w.trouble("%v %s", err, payload)
	}

	n.came = time.Now()

	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard, w.at = append(w.heard, n), n.Cursor
}

// trouble notes something that must never happen.
func (w *watcher) trouble(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.troubles = append(w.troubles, fmt.Sprintf(format, args...))
}

// enter notes the connection and reports whether the client still wants to be there.
func (w *watcher) enter(ws *websocket.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ws = ws
	return !w.away && !w.over
}

// mayRead waits while the client does not read. It is always true then.
func (w *watcher) mayRead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.stalled && !w.over {
		w.changed.Wait()
	}
	return true
}

// leave counts how a connection has ended, when the client did not end it.
func (w *watcher) leave(k *server, err error) {
	w.mu.Lock()
	wanted := w.away || w.over

	code := 0
	if closed, ok := err.(*websocket.CloseError); ok && closed.Code != websocket.CloseAbnormalClosure {
		code = closed.Code
	}

	if !wanted {
		w.cuts++
		w.codes[code]++
	}
	w.mu.Unlock()

	if w.crowd.closed != nil && !wanted && code != 0 {
		w.crowd.closed(k, code)
	}
}

// change changes what the client does, and closes its connection when it should not be there.
func (w *watcher) change(what func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	what()
	w.changed.Broadcast()
	if (w.away || w.over) && w.ws != nil {
		_ = w.ws.Close()
	}
}

// place returns the last cursor of the client.
func (w *watcher) place() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

// String describes the client, for failures.
func (w *watcher) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprintf("%d events, %d cuts %v, at %s, troubles %.1000v", len(w.heard), w.cuts,
		w.codes, w.at, w.troubles)
}

// goAway has some clients close their connections and stay away.
func goAway(some []*watcher) {
	for _, w := range some {
		w.change(func() { w.away = true })
	}
}

// comeBack has clients that are away come back.
func comeBack(some []*watcher) {
	for _, w := range some {
		w.change(func() { w.away = false })
	}
}

// stopReading has some clients leave in the network what comes.
func stopReading(some []*watcher) {
	for _, w := range some {
		w.change(func() { w.stalled = true })
	}
}

// readOn has clients read again.
func readOn(some []*watcher) {
	for _, w := range some {
		w.change(func() { w.stalled = false })
	}
}

// codes returns the close codes that the crowd has seen, and how often.
func (c *crowd) codes() map[int]int {
	all := map[int]int{}
	for _, w := range c.clients {
		w.mu.Lock()
		for code, n := range maps.All(w.codes) {
			all[code] += n
		}
		w.mu.Unlock()
	}
	return all
}

// third returns one of three parts of the crowd, by its number from 0.
func (c *crowd) third(i int) []*watcher {
	n := len(c.clients)
	return c.clients[n*i/3 : n*(i+1)/3]
}
