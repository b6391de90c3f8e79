package server

import (
	"context"

	"github.com/gorilla/websocket"

	"ensemble/auth"
	"ensemble/consultation/refusal"
	"ensemble/live"
)

// follow begins to watch the ViewerTopic of the person who is signed in. There is an event on it when they sign out,
// here or everywhere, or get or lose a role: then the connection looks again at who they are and what they may watch.
// What happened before is read when an operation begins.
func (c *connection) follow() {
	c.server.Hub.Watch(live.ViewerTopic(c.person.id), c)
	if c.isClosing() {
		c.unfollow(c.person)
	}
}

// unfollow ends what follow began. It may be called more than once.
func (c *connection) unfollow(p *person) { c.server.Hub.Unwatch(live.ViewerTopic(p.id), c) }

// Changed implements live.Watcher: the connection looks again, in its turn. It does so one time after the other, and
// once more if something changed meanwhile: so the last decision never rests on what was read before a change.
func (c *connection) Changed() {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	if c.state == closing {
		return
	}
	if c.person.again = true; !c.person.looking {
		c.person.looking = true
		c.askInTurn(c.look)
	}
}

// look reconsiders until nothing has changed meanwhile. Its turn is over when it returns.
func (c *connection) look(func()) {
	for c.looksAgain() {
		c.reconsider()
	}
}

// looksAgain takes one request to reconsider, if there is any.
func (c *connection) looksAgain() bool {
	c.opMu.Lock()
	defer c.opMu.Unlock()
	c.person.looking = c.person.again
	c.person.again = false
	return c.person.looking
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
	viewer, ok := c.identify(ctx, c.token(), c.sessionEnded)
	if !ok {
		return
	}

	c.opMu.Lock()
	operations := append([]*operation(nil), c.operations...)
	c.opMu.Unlock()

	known := map[string]auth.Viewer{"": viewer} // by token, as operations have them
	for _, op := range operations {
		viewer, ok := known[op.token]
		if !ok {
			if viewer, ok = op.identify(ctx); !ok {
				continue
			}
			known[op.token] = viewer
		}
		op.readmit(auth.WithViewer(ctx, viewer))
	}
}

// identify returns whose token this is, as it is now; a visitor where there is none. When the token is not valid any
// more, it calls ended with the refusal; when it cannot be looked up, it closes the connection. Then ok is false.
func (c *connection) identify(ctx context.Context, token string, ended func(error)) (viewer auth.Viewer, ok bool) {
	if token == "" {
		return auth.Viewer{}, true
	}

	limited, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()

	viewer, err := c.server.Consultation.Viewer(limited, token)
	switch {
	case err == nil:
		return viewer, true
	case refusal.CodeOf(err) == refusal.Unauthenticated:
		ended(err)
	case ctx.Err() == nil:
		c.server.errors().Present(ctx, err)
		c.tryLater()
	}

	return auth.Viewer{}, false
}

// sessionEnded closes a connection whose token is not valid any more: its client may come back with another one.
func (c *connection) sessionEnded(error) { c.close(closeForbidden, "The session has ended") }
