package server

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/graph"
	"ensemble/graph/generated"
	"ensemble/live"
)

const (
	maxBody       = 1 << 20 // bytes of a request
	operationTime = 15 * time.Second
)

// errors returns what turns errors into those of an answer: it logs what is our fault, and counts what limits refuse.
func (s *Server) errors() graph.Errors {
	return graph.Errors{Logger: s.Logger, RequestID: RequestID, Seen: sawError, Limited: s.Metrics.limited}
}

// limits returns the limits of operations: the usual ones where none are set.
func (s *Server) limits() graph.Limits {
	return graph.Limits{
		Schema:   contract(),
		MaxDepth: cmp.Or(s.MaxDepth, graph.UsualLimits.MaxDepth),
		MaxCost:  cmp.Or(s.MaxCost, graph.UsualLimits.MaxCost),
	}
}

// resolver returns the resolvers; they have no state of their own, so each call may make new ones.
func (s *Server) resolver() *graph.Resolver { return &graph.Resolver{Consultation: s.Consultation} }

// graphQL returns the endpoint: POST, GET, WebSocket, and server-sent events at an address of their own.
func (s *Server) graphQL() http.Handler {
	h := handler.New(generated.NewExecutableSchema(generated.Config{
		Schema:    contract(),
		Resolvers: s.resolver(),
	}))

	// How operations are read, and what they may cost.
	reading, persisted := s.newReading()
	s.Hub.Watch(live.SiteTopic, &forgottenTexts{s, reading.known, persisted.texts})
	for _, t := range []graphql.Transport{overStream{s}, overSocket{s}, overHTTP{s}} {
		h.AddTransport(readFirst{t, reading})
	}
	h.SetQueryCache(readDocument{})
	h.Use(s.limits())
	h.Use(graph.AnswerSize{Schema: contract(), Max: cmp.Or(s.MaxAnswer, graph.UsualAnswerSize)})
	h.Use(extension.Introspection{})
	h.Use(charge{s})
	if s.Documents == nil {
		h.Use(rememberPersisted{persisted})
	}

	h.SetErrorPresenter(s.errors().Present)
	h.SetRecoverFunc(s.errors().Recover)
	h.AroundOperations(graph.Personal)
	h.AroundOperations(explainUnused)
	h.AroundOperations(s.timed)
	h.AroundRootFields(graph.Permitted)

	return h
}

// timed bounds queries and mutations, has each wait for its turn, and notes the operation's name for the log.
func (s *Server) timed(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	sawOperation(ctx, op.Operation.Name)
	if op.Operation.Operation == ast.Subscription {
		return next(ctx)
	}
	began := op.Stats.Read.Start
	if began.IsZero() { // the program asks itself
		began = time.Now()
	}
	return func(ctx context.Context) *graphql.Response {
		ctx, cancel := context.WithDeadline(ctx, began.Add(operationTime))
		defer cancel()
		return s.executeInTurn(ctx, next)
	}
}
