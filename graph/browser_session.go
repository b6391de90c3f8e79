package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"ensemble/consultation/people"
)

// BrowserSession says which session a browser is to keep in its cookie. Without a token, the browser is to forget the
// session that it has.
type BrowserSession struct {
	Token     string
	ExpiresAt time.Time
}

// sessionsExtension names the extension of an answer in which BrowserSessions reach the transport. The transport takes
// them out, so that they are never sent with the answer.
const sessionsExtension = "sessions"

// keepSession adds to the answer that the browser is to keep a session. When a request has several mutations, what they
// add is in their order, since they run one after the other.
func keepSession(ctx context.Context, session BrowserSession) {
	if sessions, ok := graphql.GetExtension(ctx, sessionsExtension).(*[]BrowserSession); ok {
		*sessions = append(*sessions, session)
		return
	}
	graphql.RegisterExtension(ctx, sessionsExtension, &[]BrowserSession{session})
}

// forgetSession adds to the answer that the browser is to forget its session.
func forgetSession(ctx context.Context) { keepSession(ctx, BrowserSession{}) }

// began returns a function that passes on the result of signing in or up and, if it succeeded, has the browser keep the
// session.
func began(ctx context.Context) func(*people.Session, error) (*people.Session, error) {
	return func(session *people.Session, err error) (*people.Session, error) {
		if err == nil {
			keepSession(ctx, BrowserSession{session.Token, session.ExpiresAt})
		}
		return session, err
	}
}

// TakeSessions removes the BrowserSessions from an answer and returns them in the order in which they were added; nil
// when there are none. Call it before the answer is written, since they contain tokens.
func TakeSessions(response *graphql.Response) []BrowserSession {
	sessions, ok := response.Extensions[sessionsExtension].(*[]BrowserSession)
	if !ok {
		return nil
	}

	delete(response.Extensions, sessionsExtension)
	return *sessions
}
