package server

import (
	"net/http"
	"sync"
	"time"

	"ensemble/auth"
)

// largeFrom is from how many bytes on an answer over HTTP counts in the backlog.
const largeFrom = 64 << 10

// largeAnswer is one over HTTP that is being written. It is in memory until the kernel has taken all of it.
type largeAnswer struct {
	to   *http.ResponseController
	mu   sync.Mutex
	over bool
}

// write writes the body of an answer. A large one counts in the backlog meanwhile, and is cut when too much waits there.
func (s *Server) write(w http.ResponseWriter, r *http.Request, body []byte) {
	if len(body) < largeFrom {
		_, _ = w.Write(body) // the client may be gone
		return
	}

	a := &largeAnswer{to: http.NewResponseController(w)}
	defer s.backlog.remove(a)
	for _, worst := range s.backlog.add(a, auth.AddressFrom(r.Context()), len(body)) {
		s.Metrics.Stalled.Add(1)
		worst.forsake()
	}

	_, _ = w.Write(body) // the client may be gone
	a.end()
}

// forsake implements slow: what is not written yet fails to be.
func (a *largeAnswer) forsake() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.over {
		_ = a.to.SetWriteDeadline(time.Now()) // without deadlines it waits for the client, or for writeAll
	}
}

// end notes that all is written, or has failed: the connection is for other answers from now on.
func (a *largeAnswer) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
}
