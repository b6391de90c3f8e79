package server

import (
	"context"
	"crypto/rand"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/graph"
	"ensemble/live"
)

// maxQuestion is how many bytes a subscription's document may have: it is kept for as long as somebody subscribes.
const maxQuestion = 16 << 10

// ask makes of a subscription the question it puts to the Hub, and where to begin, if the caller may ask. Its resolver
// says so: here it runs as the person in ctx.
func (s *Server) ask(ctx context.Context, exec graphql.GraphExecutor, op *graphql.OperationContext) (live.Question, string, gqlerror.List) {
	if len(op.RawQuery) > maxQuestion {
		tooLong := consultation.BadInput("query", "A subscription has at most %d characters.", maxQuestion)
		return live.Question{}, "", gqlerror.List{s.errors().Present(graphql.WithOperationContext(ctx, op), tooLong)}
	}
	admission, stream := graph.WithStream(ctx)
	admission, cancel := context.WithTimeout(admission, operationTime)
	defer cancel()
	responses, admission := exec.DispatchOperation(admission, op)
	if stream.Feed == nil {
		response := responses(admission)
		if response == nil { // out of time
			return live.Question{}, "", gqlerror.List{s.errors().Present(admission, context.Cause(admission))}
		}
		return live.Question{}, "", response.Errors
	}
	viewer, languages := auth.Caller(ctx), auth.LanguagesFrom(ctx)
	key, personal := keyOf(op, viewer, languages)
	personal = personal || stream.Topic == viewer.UserID // their own topic: nobody else asks there
	params := graphql.RawParams{Query: op.RawQuery, OperationName: op.OperationName, Variables: cloned(op.Variables)}
	open := func() live.Renderer {
		asker := auth.Viewer{}
		if personal {
			asker = viewer
		}
		return &answers{exec: exec, params: params, ctx: s.operationContext(rand.Text(), asker, languages)}
	}
	question := live.Question{Topic: stream.Topic, Pulse: stream.Pulse, Within: stream.Process, Key: key, Open: open}
	return question, stream.After, nil
}

// operationContext is that of an operation which no HTTP request waits for. It ends with the server.
func (s *Server) operationContext(id string, viewer auth.Viewer, languages []language.Tag) context.Context {
	ctx := context.WithValue(graphql.StartOperationTrace(s.life), recordKey{}, &record{id: id, viewer: viewer.UserID})
	return auth.WithViewer(auth.WithLanguages(ctx, languages), viewer)
}
