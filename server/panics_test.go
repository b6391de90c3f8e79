package server

import (
	"bytes"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// panicking returns a handler that answers n bytes, then panics.
func panicking(n int, cause any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n > 0 {
			_, _ = w.Write(make([]byte, n))
		}
		panic(cause)
	})
}

// A panic outside of GraphQL is answered with a neutral 500 and the request's id. The log has the cause.
func TestRecovered(t *testing.T) {
	var written bytes.Buffer
	logger := slog.New(WithContext(slog.NewJSONHandler(&written, nil)))
	h := logged(logger, recovered(logger, panicking(0, "secret cause")))

	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", http.NoBody)
	r.Header.Set("X-Request-Id", "request-7")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)

	if w.Code != 500 || w.Body.String() != "internal server error, request request-7\n" {
		t.Errorf("%d %q", w.Code, w.Body.String())
	}
	line := written.String()
	if !strings.Contains(line, `"panic":"secret cause","request":"request-7"`) ||
		!strings.Contains(line, `"status":500`) {
		t.Errorf("logged %s", line)
	}
}

// When a handler panics in the middle of an answer, the connection is cut, so that the client knows that half an answer
// is half.
func TestRecoveredAborts(t *testing.T) {
	for _, cause := range []any{http.ErrAbortHandler, "bug"} {
		h := httptest.NewUnstartedServer(nil)
		h.Config.ErrorLog = log.New(io.Discard, "", 0)
		quiet := slog.New(slog.DiscardHandler)
		h.Config.Handler = logged(quiet, recovered(quiet, panicking(10, cause)))
		h.Start()
		defer h.Close()

		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}

		response, err := http.DefaultClient.Do(r)
		if err == nil {
			_, err = io.ReadAll(response.Body)
			_ = response.Body.Close()
		}
		if err == nil {
			t.Errorf("%v: half an answer looks whole", cause)
		}
	}
}
