// Package server is HTTP: routes, middleware, limits, health, and the GraphQL transports. It decides nothing about
// the consultation.
package server

import (
	"log/slog"
	"net/http"
	"time"

	"ensemble/consultation"
	"ensemble/live"
	"ensemble/web"
)

// Server answers requests. Its fields are set before Handler is called.
type Server struct {
	Consultation  *consultation.Service
	Hub           *live.Hub
	Broker        live.Broker
	Logger        *slog.Logger
	SecureCookies bool // the site is reached by HTTPS

	sockets sockets
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

// HTTP makes the server that listens on addr. When it is shut down, sockets are closed, too.
func (s *Server) HTTP(addr string) *http.Server {
	h := &http.Server{
		Addr: addr, Handler: s.Handler(),
		ReadHeaderTimeout: readHeader, ReadTimeout: readAll, WriteTimeout: writeAll, IdleTimeout: keepAlive,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.Logger.Handler(), slog.LevelWarn),
	}
	h.RegisterOnShutdown(s.sockets.close)
	return h
}

// Handler is every route. The order of the middleware: the log sees everything, recovery what is inside it.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("/graphql", crossOrigin(http.MaxBytesHandler(s.identified(s.graphQL()), maxBody)))
	mux.Handle("/", web.Handler())
	return logged(s.Logger, recovered(s.Logger, mux))
}

// crossOrigin lets pages of other sites use the API with a token. They may not use cookies: no credentials are allowed
// here, and session.go ignores them.
func crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "X-Request-Id")
		h.Add("Vary", "Origin")
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Allow-Headers", "Accept-Language, Authorization, Content-Type")
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
