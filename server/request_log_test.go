package server

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A logger that is made from ours with more attributes writes the ids of its context, too.
func TestLoggerWithAttributes(t *testing.T) {
	var written bytes.Buffer
	logger := slog.New(WithContext(slog.NewJSONHandler(&written, nil))).With("a", 1).WithGroup("g")
	h := logged(slog.New(slog.DiscardHandler), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		logger.InfoContext(r.Context(), "x", "b", 2)
	}))

	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header.Set("X-Request-Id", "request-7")
	h.ServeHTTP(httptest.NewRecorder(), r)
	if !strings.Contains(written.String(), `"a":1,"g":{"b":2,"request":"request-7"}`) {
		t.Error(written.String())
	}
}
