package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/text/language"

	"ensemble/auth"
	"ensemble/consultation/input"
	"ensemble/consultation/refusal"
	"ensemble/fair"
	"ensemble/graph"
	"ensemble/graph/question"
	"ensemble/live"
)

// maxQuestion is how many bytes a subscription's document and variables may have: they stay in memory for as long as
// somebody subscribes.
const maxQuestion = 16 << 10

// ask makes of a subscription the question it puts to the Hub, and where to begin, if the caller in ctx may ask.
func (s *Server) ask(
	ctx context.Context, exec graphql.GraphExecutor, op *graphql.OperationContext,
) (live.Question, string, gqlerror.List) {
	sawOperation(ctx, op.Operation.Name)
	if size := len(op.RawQuery) + len(op.OperationName) + len(toJSON(op.Variables)); size > maxQuestion {
		tooLong := refusal.BadInput(
			"query", "A subscription has at most %d characters, with its variables.", maxQuestion,
		)
		tooLong.Details = map[string]any{"questionSize": size, "limit": maxQuestion}
		return live.Question{}, "", gqlerror.List{s.errors().Present(graphql.WithOperationContext(ctx, op), tooLong)}
	}

	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	stream, errs := s.streamOf(ctx, op)
	if errs != nil {
		return live.Question{}, "", errs
	}

	// When the answer does not depend on the caller, an anonymous viewer asks, so that all callers share it.
	viewer := auth.Caller(ctx)
	key, personal := question.Key(op, viewer)
	if !personal && !stream.Personal {
		viewer = auth.Viewer{}
	}
	q := &asked{
		server: s, exec: exec, viewer: viewer, key: key,
		params: graphql.RawParams{Query: op.RawQuery, OperationName: op.OperationName, Variables: cloned(op.Variables)},
		about: live.Question{
			Topic: stream.Topic, Pulse: stream.Pulse, Within: stream.Process, Purse: purse{s}, Payer: payerOf(ctx),
		},
	}
	q.about.Cost, _ = op.Stats.GetExtension(s.limits().ExtensionName()).(int)

	narrowing := input.Narrowing{Languages: stream.Languages, HaveFirst: true}
	return q.in(auth.LanguagesFrom(ctx), narrowing), stream.After, nil
}

// streamOf asks the table of subscriptions what op listens to, as the caller in ctx.
func (s *Server) streamOf(ctx context.Context, op *graphql.OperationContext) (stream graph.Stream, errs gqlerror.List) {
	ctx = graph.AtRoot(ctx, op)
	defer func() {
		if cause := recover(); cause != nil {
			errs = gqlerror.List{s.errors().Present(ctx, s.errors().Recover(ctx, cause))}
		}
	}()

	stream, err := s.resolver().StreamOf(ctx)
	if err != nil {
		return graph.Stream{}, gqlerror.List{s.errors().Present(ctx, err)}
	}
	return stream, nil
}

// asked is a question but for the languages it is asked in.
type asked struct {
	server *Server
	exec   graphql.GraphExecutor
	params graphql.RawParams
	viewer auth.Viewer // nobody, unless the question is personal
	key    string
	about  live.Question
}

// in returns the question for somebody who reads these languages, of which those that matter are a part of it.
func (q *asked) in(languages []language.Tag, narrowing input.Narrowing) live.Question {
	languages = narrowing.Of(languages)
	whole := q.about
	whole.Asked = q
	whole.Key = fmt.Sprint(q.key, languages, narrowing)
	whole.Open = func() live.Renderer {
		// Heavy parts of the answer are made in the turns of the person, or of all who ask about the topic: not in
		// those of whoever asked first, who may ask for much besides.
		ctx := fair.As(q.server.life, cmp.Or(q.viewer.UserID, q.about.Topic), "live")
		return &renderer{asked: q, narrowing: narrowing, ctx: operationContext(ctx, rand.Text(), q.viewer, languages)}
	}
	return whole
}

// request returns what was asked, to be asked again. The executor writes into variables: they are a copy.
func (q *asked) request() graphql.RawParams {
	params := q.params
	params.Variables = cloned(q.params.Variables)
	return params
}

// operationContext returns the context of an operation which no HTTP request waits for. It ends with ctx, the server's.
func operationContext(
	ctx context.Context, id string, viewer auth.Viewer, languages []language.Tag,
) context.Context {
	ctx = context.WithValue(graphql.StartOperationTrace(ctx), recordKey{}, &record{id: id, viewer: viewer.UserID})
	return auth.WithViewer(auth.WithLanguages(ctx, languages), viewer)
}
