package server

import (
	"bufio"
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"sync"
	"time"

	"ensemble/auth"
)

// record is what the log says of one request. Operations of a socket share theirs.
type record struct {
	id        string
	mu        sync.Mutex
	operation string
	viewer    string
	code      string
	quiet     bool // it is not logged
}

// recordKey is the key of the record in a context.
type recordKey struct{}

// requestIDForm is what is taken over from a proxy in front.
var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// recordOf returns the record of a request; outside of requests one that nobody reads, never nil.
func recordOf(ctx context.Context) *record {
	r, _ := ctx.Value(recordKey{}).(*record)
	if r == nil {
		r = &record{} // outside of a request: nothing to remember
	}
	return r
}

// RequestID returns the id that logs and errors of this request carry.
func RequestID(ctx context.Context) string { return recordOf(ctx).id }

// sawError notes the code of an error in an answer for the log; the last one counts.
func sawError(ctx context.Context, code string) {
	r := recordOf(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.code = code
}

// sawOperation notes the name of the operation for the log.
func sawOperation(ctx context.Context, name string) {
	r := recordOf(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.operation = name
}

// sawViewer notes for the log who sends the request; "" for a visitor.
func sawViewer(ctx context.Context, id string) {
	r := recordOf(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.viewer = id
}

// sawNothing notes that a request is not worth a line in the log: a probe that finds all well, or one of many refusals.
func sawNothing(ctx context.Context) {
	r := recordOf(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quiet = true
}

// logged gives each request an id and writes one line when it is over.
func logged(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &record{id: r.Header.Get("X-Request-Id")}
		if !requestIDForm.MatchString(rec.id) {
			rec.id = rand.Text()
		}

		w.Header().Set("X-Request-Id", rec.id)

		start := time.Now()
		seen := &statusWriter{ResponseWriter: w}

		ctx := context.WithValue(r.Context(), recordKey{}, rec)
		defer rec.log(ctx, logger, r, seen, start)

		next.ServeHTTP(seen, r.WithContext(ctx))
	})
}

// log writes the line of a request that is over, however it ended.
func (rec *record) log(ctx context.Context, logger *slog.Logger, r *http.Request, seen *statusWriter, start time.Time) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.quiet {
		return
	}
	logger.InfoContext(ctx, "request", slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", seen.status), slog.Duration("took", time.Since(start)),
		slog.String("operation", rec.operation), slog.String("viewer", rec.viewer), slog.String("code", rec.code))
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// Unwrap and Hijack let sockets reach the connection below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack implements http.Hijacker. It notes the status 101; a stream of events, which is hijacked as well, then notes
// its own.
func (w *statusWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.status = http.StatusSwitchingProtocols
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter: without a call of WriteHeader before, the status is 200.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// maxLogged bounds, in bytes, one thing that a log line says: strangers choose paths, methods, and the names of
// operations and of fields.
const maxLogged = 1_000

// contextHandler adds the request's id and the viewer's to every log line, and bounds what the line says.
type contextHandler struct{ slog.Handler }

// WithContext makes a logger whose lines carry the ids found in their context.
func WithContext(h slog.Handler) slog.Handler { return contextHandler{h} }

// Handle implements slog.Handler.
func (h contextHandler) Handle(ctx context.Context, said slog.Record) error {
	line := slog.NewRecord(said.Time, said.Level, said.Message, said.PC)
	said.Attrs(func(a slog.Attr) bool {
		line.AddAttrs(briefly(a))
		return true
	})

	if id := RequestID(ctx); id != "" {
		line.AddAttrs(slog.String("request", id))
	}
	if v := auth.Caller(ctx); v.SignedIn() {
		line.AddAttrs(slog.String("viewer", v.UserID))
	}
	return h.Handler.Handle(ctx, line)
}

// briefly returns an attribute with at most maxLogged bytes of text. A stack, which is ours, stays whole.
func briefly(a slog.Attr) slog.Attr {
	text := ""
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		text = v.String()
	case slog.KindAny:
		if err, ok := v.Any().(error); ok {
			text = err.Error()
		}
	}

	if len(text) <= maxLogged || a.Key == "stack" {
		return a
	}
	return slog.String(a.Key, clip(text, maxLogged))
}

// WithAttrs implements slog.Handler. Without it, loggers made by With would lose the ids.
func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler. Without it, loggers made by WithGroup would lose the ids.
func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}
