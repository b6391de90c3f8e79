// Package server is HTTP: routes, middleware, limits, health, and the GraphQL transports. It decides nothing about
// the consultation.
package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"ensemble/consultation"
	"ensemble/consultation/notify"
	"ensemble/fair"
	"ensemble/limit"
	"ensemble/live"
	"ensemble/server/openid"
	"ensemble/server/parking"
	"ensemble/web"
)

// Server answers requests. Its fields are set before Handler is called.
type Server struct {
	Consultation  *consultation.Service
	Hub           *live.Hub
	Broker        live.Broker
	Logger        *slog.Logger
	SecureCookies bool           // the site is reached by HTTPS
	Origins       []string       // whose pages may use our cookies, besides our own: "https://app.example.org"
	Proxies       []netip.Prefix // whose X-Forwarded-For is believed
	MaxDepth      int            // of operations; 0: as usual, see graph.UsualLimits
	MaxCost       int            // of operations; 0: as usual
	MaxTokens     int            // of documents; 0: as usual
	MaxAnswer     int            // bytes of an answer; 0: as usual
	Limits        *limit.Limits  // what anybody may do in a while; nil: no limits
	Documents     *Documents     // the only ones that run; nil: any
	Pages         web.Settings   // what the site's own pages say of it, and which there are
	Links         Links          // where nodes are shown, other than on its own pages
	DraftStatuses bool           // of HTTP, as the newer draft has them: see http_status.go
	Sockets       SocketSettings
	Metrics       Metrics

	OpenID *openid.Providers // to sign in with; nil: none

	sockets        sockets
	backlog        backlog
	listeners      listeners
	reserved       reservations
	parking        parking.Lot
	databaseTurns  *fair.Queue
	operationTurns operationTurns
	turnedAway     turnedAway
	exporting      sync.Map // by the id of a person
	ping           singleflight.Group
	life           context.Context // of what sockets do
	stop           context.CancelFunc
	started        sync.Once
	running        sync.WaitGroup
}

// Timeouts of the HTTP server. A whole request must arrive in 10 s; answers have the operation's time and some
// more; sockets leave these behind.
const (
	readHeader = 5 * time.Second
	readAll    = 10 * time.Second
	writeAll   = operationTime + 10*time.Second
	keepAlive  = 60 * time.Second
	maxHeader  = 32 << 10
)

// HTTP makes the server that listens on addr, at a Door. It does not know of sockets: see Drain and Close.
func (s *Server) HTTP(addr string) *http.Server {
	connections := newAwaited(s.peer, func() { s.Metrics.limited(addressConnections) })
	return &http.Server{
		Addr: addr, Handler: s.Handler(),
		ReadHeaderTimeout: readHeader, ReadTimeout: readAll, WriteTimeout: writeAll, IdleTimeout: keepAlive,
		MaxHeaderBytes: maxHeader,
		// "OPTIONS *" reaches the handler, as all else does.
		DisableGeneralOptionsHandler: true,
		ConnState:                    connections.changed,
		ErrorLog:                     slog.NewLogLogger(s.Logger.Handler(), slog.LevelWarn),
	}
}

// start begins what keeps sockets alive.
func (s *Server) start() {
	s.Sockets.defaults()
	s.backlog.most = s.Sockets.Backlog
	s.life, s.stop = context.WithCancel(context.Background())
	s.parking = parking.New(s.Logger)
	s.databaseTurns = newDatabaseTurns()
	s.operationTurns = newOperationTurns(s.Consultation.OnPostgres())
	s.running.Go(func() { s.sockets.wheel(s.life, s.Sockets.Ping) })
}

// Close ends every socket at once, and whatever runs on them. The server cannot be used after.
func (s *Server) Close() {
	s.started.Do(s.start)
	s.stop()
	s.sockets.stop()
	s.running.Wait()
	s.parking.Close()
}

// Drain closes sockets over a while and lets no new ones in; their clients come back later, or elsewhere.
func (s *Server) Drain(ctx context.Context, window time.Duration) { s.sockets.drain(ctx, window) }

// Handler returns every route; Close comes after it. The order of the middleware: the log sees everything, recovery
// what is inside it.
func (s *Server) Handler() http.Handler {
	s.started.Do(s.start)

	mux := http.NewServeMux()
	mux.Handle("GET /healthz", paying{s.paged(http.HandlerFunc(s.healthz), limit.AddressHealth, weight)})
	mux.Handle("GET /readyz", paying{s.paged(http.HandlerFunc(s.readyz), limit.AddressHealth, weight)})

	mux.Handle(contractPath, newServedContract())
	asked := s.addressed(s.toExplorer(s.identified(s.counted(s.graphQL()))))
	graphQL := uncached(s.crossOrigin(http.MaxBytesHandler(asked, maxBody)))
	mux.Handle("/graphql", paying{graphQL})
	mux.Handle(streamPath, paying{graphQL})

	export := s.addressed(s.identified(s.counted(http.HandlerFunc(s.export))))
	mux.Handle("GET "+exportPath, paying{uncached(s.crossOrigin(export))})

	preflight := s.crossOrigin(http.NotFoundHandler()) // asks nothing yet
	for _, path := range []string{"/graphql", streamPath, exportPath, contractPath} {
		mux.Handle("OPTIONS "+path, preflight)
	}

	s.openID(mux)

	mail := paying{uncached(http.MaxBytesHandler(s.addressed(http.HandlerFunc(s.unsubscribe)), maxForm))}
	mux.Handle("GET "+notify.UnsubscribePath, mail)
	mux.Handle("POST "+notify.UnsubscribePath, mail)

	s.nodeLinks(mux, asked)
	s.nodePages(mux, asked)

	pages := web.Handler(s.Pages)
	mux.Handle("/", s.orNoPage(pages))

	return logged(s.Logger, asTyped(recovered(s.Logger, s.entrance(mux, pages))))
}
