package server

import (
	"context"
	"slices"
	"sync"

	"github.com/gorilla/websocket"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/live"
)

// account follows what happens to the person who is signed in on a socket: when they sign out, everywhere or here, or
// get or lose a role, their topic says so, and the socket looks again at who they are and what they may watch.
type account struct {
	live.Subscription
	socket *connection

	mu      sync.Mutex
	woken   bool // once
	looking bool // a goroutine looks
	again   bool // once more
}

// follow begins to watch the person's topic, then looks once: something may have happened before.
func (c *connection) follow() error {
	a := &account{socket: c}
	q := live.Question{Topic: c.person.viewer.UserID, Key: "account", Open: func() live.Renderer { return nothing{} }}
	if err := c.server.Hub.Join(c.server.life, q, "", &a.Subscription, a); err != nil {
		return err
	}
	c.opMu.Lock()
	closed := c.state == closing
	if !closed {
		c.person.account = a
	}
	c.opMu.Unlock()
	if closed {
		a.Leave()
	}
	return nil
}

// Wake implements live.Sink.
func (a *account) Wake() {
	a.mu.Lock()
	defer a.mu.Unlock()
	something := !a.woken // before the first time, something may have happened
	a.woken = true
	for answers := a.Next(); len(answers) > 0; answers = a.Next() {
		something = something || slices.ContainsFunc(answers, func(answer live.Answer) bool { return answer.Payload != nil })
		a.Advance(answers[len(answers)-1])
	}
	if !something {
		return
	}
	if a.again = true; !a.looking {
		a.looking = true
		go a.look()
	}
}

// End implements live.Sink: only when the server stops.
func (a *account) End(error) {}

func (a *account) look() {
	for {
		a.mu.Lock()
		if !a.again {
			a.looking = false
			a.mu.Unlock()
			return
		}
		a.again = false
		a.mu.Unlock()
		a.socket.reconsider()
	}
}

// reconsider looks up who is signed in, and asks anew whether they may watch what they watch.
func (c *connection) reconsider() {
	defer func() {
		if cause := recover(); cause != nil {
			c.server.errors().Recover(c.context(), cause)
			c.close(websocket.CloseInternalServerErr, "Internal server error")
		}
	}()
	ctx := c.context()
	viewer, ok := c.identify(ctx)
	if !ok {
		return
	}
	ctx = auth.WithViewer(ctx, viewer)
	c.opMu.Lock()
	operations := append([]*operation(nil), c.operations...)
	c.opMu.Unlock()
	for _, op := range operations {
		op.readmit(ctx)
	}
}

// identify is who the socket's token stands for now. A token that stands for nobody any more closes the socket: its client
// may come back with another one.
func (c *connection) identify(ctx context.Context) (auth.Viewer, bool) {
	if c.person == nil {
		return auth.Viewer{}, true
	}
	viewer, err := c.server.Consultation.Viewer(ctx, c.person.token)
	switch {
	case err == nil:
		return viewer, true
	case consultation.CodeOf(err) == consultation.Unauthenticated:
		c.close(closeForbidden, "The session has ended")
	case ctx.Err() == nil:
		c.server.errors().Present(ctx, err)
		c.tryLater()
	}
	return auth.Viewer{}, false
}

// tryLater closes the connection because something could not be looked up. Clients come back after that, as they never
// would after an error in answer to a subscription.
func (c *connection) tryLater() { c.close(websocket.CloseTryAgainLater, "Try again later") }

// nothing answers no question: that something happened to the person is all there is to know. What they are told of others
// is no such thing.
type nothing struct{}

// Render implements live.Renderer.
func (nothing) Render(_ context.Context, events []live.Event) ([][]byte, error) {
	payloads := make([][]byte, len(events))
	for i, e := range events {
		if e.Type != live.Notified && e.Type != live.NotificationsRead {
			payloads[i] = []byte{}
		}
	}
	return payloads, nil
}
