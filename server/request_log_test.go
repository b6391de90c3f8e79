package server

import (
	"bytes"
	"encoding/json"
	"errors"
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

// What strangers choose does not make a line of the log long. A stack is logged whole.
func TestLogLinesAreBounded(t *testing.T) {
	long := strings.Repeat("é", 450_000)
	var out bytes.Buffer
	logger := slog.New(WithContext(slog.NewJSONHandler(&out, nil)))

	logger.InfoContext(t.Context(), "request", slog.String("path", long), slog.Any("error", errors.New(long)),
		slog.Int("status", 404), slog.String("operation", "Page"), slog.Any("error too", errors.New("gone")))
	if out.Len() > 3*maxLogged {
		t.Errorf("the line has %d bytes", out.Len())
	}

	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"path": strings.Repeat("é", maxLogged/2) + "…", "error": strings.Repeat("é", maxLogged/2) + "…",
		"status": 404., "operation": "Page", "error too": "gone",
	} {
		if line[key] != want {
			t.Errorf("%s is %.60v", key, line[key])
		}
	}

	out.Reset()
	logger.ErrorContext(t.Context(), "panic", slog.String("stack", long))
	if out.Len() < len(long) {
		t.Errorf("a stack was cut to %d bytes", out.Len())
	}
}
