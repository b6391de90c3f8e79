package server

import (
	"net/http"
	"net/http/pprof"
	"runtime/debug"
)

// Admin returns what operators reach on an address of their own: Debug, and metrics.
func (s *Server) Admin() http.Handler {
	mux := Debug()
	mux.Handle("/metrics", s.metricsHandler())
	return mux
}

// Debug returns a handler that answers with profiles of the process, and gives memory back on demand.
func Debug() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/gc", func(w http.ResponseWriter, _ *http.Request) {
		debug.FreeOSMemory()
		answer(w, http.StatusOK, map[string]string{"status": "collected"})
	})
	return mux
}
