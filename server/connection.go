package server

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/live"
)

// connection is what a WebSocket and an event stream have in common: a socket, whoever opened it, and what runs on it.
type connection struct {
	socket
	protocol
	server    *Server
	exec      graphql.GraphExecutor
	id        string // of the request that opened it
	languages []language.Tag
	person    *person // who is signed in, if anybody; set until the connection is ready, never after

	opMu       sync.Mutex
	operations []*operation
	state      state
	timer      *time.Timer // bounds the wait for the client, then the session
}

// person is whoever is signed in on a connection.
type person struct {
	token string
	id    string
	until time.Time // the session lasts

	// Guarded by connection.opMu.
	looking bool // a goroutine looks at who they are now
	again   bool // once more
}

// viewer returns who opened the connection, and nothing else of them: what they may do is looked up when it counts.
func (c *connection) viewer() auth.Viewer {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	if c.person == nil {
		return auth.Viewer{}
	}
	return auth.Viewer{UserID: c.person.id}
}

// protocol is how things are said on a connection.
type protocol interface {
	openSocket
	framing
	sink(s *stream) live.Sink                      // of a subscription: it wakes s
	head(id string) []byte                         // stream.head of an operation
	onlyAnswer(id string, payload []byte) []byte   // to a query or mutation, and that nothing follows
	noAnswer(id string, errs gqlerror.List) []byte // and that nothing follows
	over()                                         // an operation has had its last word
}

// state is how far a connection has come; it only goes forward.
type state int

const (
	opened  state = iota // the client has not said who it is
	begun                // it has
	ready                // operations may begin
	closing              // nothing is read any more
)

// connect prepares the connection that a request asks for. The socket is still to be adopted.
func (c *connection) connect(s *Server, r *http.Request, exec graphql.GraphExecutor, p protocol) {
	c.server, c.exec, c.protocol = s, exec, p
	c.id, c.languages = RequestID(r.Context()), slices.Clone(auth.LanguagesFrom(r.Context()))
	if viewer := auth.Caller(r.Context()); viewer.SignedIn() {
		c.person = &person{token: s.tokenOf(r), id: viewer.UserID, until: viewer.ExpiresAt}
	}
	c.framing, c.metrics, c.stall, c.gone = p, &s.Metrics, s.Sockets.Stall, p.End
	c.backlog = &s.backlog
	c.address = s.addressOf(r)
}

// attend closes the connection when the session of whoever is signed in ends, and follows what happens to them.
func (c *connection) attend() {
	if c.person == nil {
		c.waitNoMore()
		return
	}
	left := c.person.until.Sub(c.server.Consultation.Now())
	c.after(left, func() { c.sessionEnded(nil) })
	c.follow()
}

// signedIn notes who the connection is for.
func (c *connection) signedIn(p *person) {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	c.person = p
}

// waitNoMore forgets what was to be done later.
func (c *connection) waitNoMore() {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}

// after calls do once the time d has passed. There is one such timer for each connection: another call of after
// replaces it, and do is not called when the connection closes before the time has passed.
func (c *connection) after(d time.Duration, do func()) {
	c.opMu.Lock()
	defer c.opMu.Unlock()

	if c.timer != nil {
		c.timer.Stop()
	}
	if c.state != closing {
		c.timer = time.AfterFunc(d, do)
	}
}

// registration is the answer to an operation that is to begin.
type registration int

const (
	registered registration = iota
	notReady
	duplicate
	noRoom
)

// register notes that an operation runs, if it may.
func (c *connection) register(op *operation) registration {
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

// complete ends an operation, and reports whether it has not ended by itself.
func (c *connection) complete(id string) bool {
	return c.end(func(op *operation) bool { return op.id == id })
}

// end ends the operations that match, and reports whether there were any.
func (c *connection) end(which func(*operation) bool) bool {
	taken := c.take(which)
	for _, op := range taken {
		op.stop()
	}
	return len(taken) > 0
}

// take removes operations from those that run.
func (c *connection) take(which func(*operation) bool) []*operation {
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

// stopOperations ends all operations that there are, and lets no other begin.
func (c *connection) stopOperations() {
	c.opMu.Lock()
	operations, person := c.operations, c.person
	c.operations, c.state = nil, closing
	if c.timer != nil {
		c.timer.Stop()
	}
	c.opMu.Unlock()

	for _, op := range operations {
		op.stop()
	}

	if person != nil {
		c.unfollow(person)
	}
}

// isClosing reports whether the connection is being closed, so that no operation may begin any more.
func (c *connection) isClosing() bool {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	return c.state == closing
}

// step changes the state from one to another, and reports whether it was the first one before.
func (c *connection) step(from, to state) bool {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	if c.state != from {
		return false
	}
	c.state = to
	return true
}

// token returns the token of whoever opened the connection; "" for a visitor.
func (c *connection) token() string {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	if c.person == nil {
		return ""
	}
	return c.person.token
}

// context returns the context of operations: of whoever opened the socket, until it or the server ends.
func (c *connection) context() context.Context {
	return auth.WithAddress(operationContext(c.server.life, c.id+"."+rand.Text()[:8], c.viewer(), c.languages), c.address)
}
