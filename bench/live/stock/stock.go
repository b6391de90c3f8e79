// Package stock is what Ensemble would be on the transport that gqlgen brings: the same schema, the same resolvers and
// database, and per event and socket one channel send, one execution with its reads, and one message.
package stock

import (
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/bench/live/feed"
	"ensemble/consultation"
	"ensemble/graph"
	"ensemble/graph/generated"
)

// What Ensemble set when it was built on this transport.
const (
	initTimeout = 5 * time.Second
	pingEvery   = 25 * time.Second
	queryCache  = 1_000
)

// Server answers subscriptions over WebSockets.
type Server struct {
	http.Handler
	feed *topics
}

// New makes a server over the consultation's database.
func New(service *consultation.Service) *Server {
	s := &Server{feed: &topics{watchers: map[string]map[*watcher]struct{}{}}}
	h := handler.New(generated.NewExecutableSchema(generated.Config{
		Resolvers: &resolver{Resolver: &graph.Resolver{Consultation: service}, feed: s.feed},
	}))
	h.AddTransport(overSocket{transport.Websocket{InitTimeout: initTimeout, PingPongInterval: pingEvery}})
	h.SetQueryCache(lru.New[*ast.QueryDocument](queryCache))
	s.Handler = h
	return s
}

// Receive takes an event; it does not wait for sockets.
func (s *Server) Receive(m feed.Message) { s.feed.send(m.Event) }
