package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"ensemble/live"
)

const healthTime = 2 * time.Second

// healthz says that the process runs.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	sawNothing(r.Context())
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz says whether requests can be served: the database answers. A broker in trouble makes events late, not
// lost, so it is reported and the process stays ready.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()

	state := map[string]string{"status": "ok", "database": "ok", "broker": "ok"}

	if broker := s.Broker.State(); broker != live.StateOK { // it names hosts, which are nobody's business
		s.Logger.WarnContext(ctx, "broker in trouble", "state", broker)
		state["broker"], state["status"] = "unreachable", "degraded"
	}

	if s.sockets.isDraining() {
		state["status"] = "stopping"
		answer(w, http.StatusServiceUnavailable, state)
		return
	}

	if err := s.pingDatabase(ctx); err != nil {
		state["database"], state["status"] = "unreachable", "unavailable"
		answer(w, http.StatusServiceUnavailable, state)
		return
	}

	if state["status"] == "ok" {
		sawNothing(ctx)
	}
	answer(w, http.StatusOK, state)
}

// pingDatabase reports why the database does not answer. All who ask at the same time share one question, so that a
// stranger who asks a thousand times takes one connection.
func (s *Server) pingDatabase(ctx context.Context) error {
	_, err, _ := s.ping.Do("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthTime)
		defer cancel()
		err := s.Consultation.Ping(ctx)
		if err != nil {
			s.Logger.WarnContext(ctx, "not ready", "error", err)
		}
		return nil, err
	})
	return err
}

// answer writes a body as JSON, which nobody may store.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}
