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
func (op *operation) sentBy(r *http.Request) {
	// A visitor may have a cookie that is not valid any more: it stands for nobody.
	if token := op.socket.server.tokenOf(r); auth.Caller(r.Context()).SignedIn() && token != op.socket.token() {
		op.token = token
	}
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
