package server

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/auth"
	"ensemble/graph"
	"ensemble/graph/generated"
)

const (
	maxBody        = 1 << 20 // bytes of a request
	maxTokens      = 15_000  // of a document; the largest of ours has about 600
	queryCache     = 1_000   // parsed documents
	persistedCache = 1_000   // documents known by their hash
	operationTime  = 15 * time.Second
	initTimeout    = 5 * time.Second
	pingEvery      = 25 * time.Second
	closeForbidden = 4403
)

func (s *Server) errors() graph.Errors {
	return graph.Errors{Logger: s.Logger, RequestID: RequestID, Seen: sawError}
}

// graphQL is the endpoint: POST, GET and WebSocket.
func (s *Server) graphQL() http.Handler {
	schema := generated.NewExecutableSchema(generated.Config{
		Resolvers: &graph.Resolver{Consultation: s.Consultation, Hub: s.Hub},
	})
	delete(schema.Schema().Directives, "defer") // the parser brings it; our contract does not have it
	h := handler.New(schema)
	h.AddTransport(transport.Websocket{
		Implementation:   gorilla{},
		InitFunc:         s.initSocket,
		InitTimeout:      initTimeout,
		PingPongInterval: pingEvery,
	})
	h.AddTransport(transport.GET{})
	h.AddTransport(transport.POST{})
	h.SetQueryCache(lru.New[*ast.QueryDocument](queryCache))
	h.SetParserTokenLimit(maxTokens)
	h.Use(extension.Introspection{})
	h.Use(extension.AutomaticPersistedQuery{Cache: lru.New[string](persistedCache)})
	h.SetErrorPresenter(s.errors().Present)
	h.SetRecoverFunc(s.errors().Recover)
	h.AroundOperations(graph.Personal)
	h.AroundOperations(timed)
	return h
}

// timed bounds queries and mutations, and notes the operation's name for the log.
func timed(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	sawOperation(ctx, op.OperationName)
	if op.Operation.Operation == ast.Subscription {
		return next(ctx)
	}
	return func(ctx context.Context) *graphql.Response {
		ctx, cancel := context.WithTimeout(ctx, operationTime)
		defer cancel()
		return next(ctx)(ctx)
	}
}

// initSocket reads {"authorization": "Bearer …"} of connection_init; without it, the cookie of the handshake counts.
func (s *Server) initSocket(ctx context.Context, payload transport.InitPayload) (context.Context, *transport.InitPayload, error) {
	header := payload.Authorization()
	if header == "" {
		return ctx, nil, nil
	}
	viewer, err := s.bearer(ctx, header)
	if err != nil {
		return transport.WithWebsocketCloseCode(ctx, closeForbidden), nil, s.errors().Present(ctx, err)
	}
	return auth.WithViewer(ctx, viewer), nil, nil
}
