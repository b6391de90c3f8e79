package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"ensemble/consultation/people"
)

// BrowserSession is a session that a browser is to keep; without a token, it is to forget the one it has.
type BrowserSession struct {
	Token     string
	ExpiresAt time.Time
}

// sessionsExtension is where an answer has, as far as the transport, what a browser is to keep. Nobody else may read
// it.
const sessionsExtension = "sessions"

// keepSession says in the answer that the browser is to keep a session. Mutations run one after the other, and so does
// what a browser is told.
func keepSession(ctx context.Context, session BrowserSession) {
	if told, ok := graphql.GetExtension(ctx, sessionsExtension).(*[]BrowserSession); ok {
		*told = append(*told, session)
		return
	}
	graphql.RegisterExtension(ctx, sessionsExtension, &[]BrowserSession{session})
}

// forgetSession says in the answer that the browser is to forget its session.
func forgetSession(ctx context.Context) { keepSession(ctx, BrowserSession{}) }

// began is what signing in or up answers; the browser is to keep the session.
func began(ctx context.Context) func(*people.Session, error) (*people.Session, error) {
	return func(session *people.Session, err error) (*people.Session, error) {
		if err == nil {
			keepSession(ctx, BrowserSession{session.Token, session.ExpiresAt})
		}
		return session, err
	}
}

// TakeSessions takes out of an answer what a browser is to keep, the last at the end. It must be taken out before the
// answer is written.
func TakeSessions(response *graphql.Response) []BrowserSession {
	told, ok := response.Extensions[sessionsExtension].(*[]BrowserSession)
	if !ok {
		return nil
	}

	delete(response.Extensions, sessionsExtension)
	return *told
}
