package server

import (
	"context"
	"net/http"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"ensemble/auth"
	"ensemble/consultation/people"
)

// On a reserved stream each operation comes with a request of its own, and has the rights of the token in that request:
// a token that may only read must not act with the session that reserved the stream, nor the other way round. It ends
// with its own token, and with that of the stream.

// sentBy gives the operation the rights of the request that it came with, whose sender is the person of the connection.
func (op *operation) sentBy(r *http.Request) { op.token = op.socket.otherToken(r) }

// otherToken returns the token of a request whose sender is the person of the connection; "" when it is that of the
// connection, or nobody's.
func (c *connection) otherToken(r *http.Request) string {
	// A visitor may have a cookie that is not valid any more: it stands for nobody.
	if token := c.server.tokenOf(r); auth.Caller(r.Context()).SignedIn() && token != c.token() {
		return token
	}
	return ""
}

// completeFor is complete for the sender of a request. Whoever reserved the stream may end each operation on it, and
// another token those that it began.
func (c *connection) completeFor(r *http.Request, id string) bool {
	other := c.otherToken(r)
	return c.end(func(op *operation) bool { return op.id == id && (other == "" || op.token == other) })
}

// identify returns whose rights the operation has now. It reports false when the operation, or its connection, ends
// because there is nobody any more.
func (op *operation) identify(ctx context.Context) (auth.Viewer, bool) {
	c := op.socket
	if op.token == "" {
		return c.identify(ctx, c.token(), c.sessionEnded)
	}
	return c.identify(ctx, op.token, op.tokenEnded)
}

// endWith has the operation end with its token, whose viewer this is. A connection ends with its own token by itself.
func (op *operation) endWith(viewer auth.Viewer) {
	op.mu.Lock()
	defer op.mu.Unlock()
	if op.token != "" && !op.over {
		left := viewer.ExpiresAt.Sub(op.socket.server.Consultation.Now())
		op.expiry = time.AfterFunc(left, func() { op.tokenEnded(people.ErrToken) })
	}
}

// tokenEnded refuses the operation because its token is not valid any more.
func (op *operation) tokenEnded(err error) {
	op.stop()
	op.refuse(gqlerror.List{op.socket.server.errors().Present(op.socket.context(), err)})
}
