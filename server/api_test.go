package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/live"
	"ensemble/server"
)

// keptLog is what a site logged.
type keptLog struct {
	mu    sync.Mutex
	text  bytes.Buffer
	moved chan struct{} // closed, and replaced, when there is more
}

func newKeptLog() *keptLog { return &keptLog{moved: make(chan struct{})} }

func (l *keptLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.moved)
	l.moved = make(chan struct{})
	return l.text.Write(b)
}

func (l *keptLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// request waits for the line about the request with an id: it is written after the answer.
func (l *keptLog) request(t *testing.T, id string) map[string]any {
	t.Helper()
	for {
		l.mu.Lock()
		moved := l.moved
		l.mu.Unlock()
		for _, line := range l.requests(t) {
			if line["request"] == id {
				return line
			}
		}
		select {
		case <-moved:
		case <-t.Context().Done():
			t.Fatal("no line")
		case <-time.After(20 * time.Second):
			t.Fatalf("no line about %s in %s", id, l)
		}
	}
}

// requests are the lines about requests so far, oldest first.
func (l *keptLog) requests(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(l.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("a log line that is no JSON: %s", line)
		}
		if fields["msg"] == "request" {
			lines = append(lines, fields)
		}
	}
	return lines
}

// site is a testsite whose log is kept.
type site struct {
	*testsite.Site
	log    *keptLog
	broker *moodyBroker
}

// moodyBroker is a broker in memory that says it is in the state a test wants.
type moodyBroker struct {
	live.Broker
	mu   sync.Mutex
	mood string
}

func (b *moodyBroker) feel(mood string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mood = mood
}

func (b *moodyBroker) State() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mood != "" {
		return b.mood
	}
	return b.Broker.State()
}

// onEach runs a test against a site on SQLite and one on PostgreSQL. At the end nothing private may be in their logs.
func onEach(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	testsite.Each(t, func(t *testing.T, plain *testsite.Site) { test(t, watched(t, plain)) })
}

// watched puts a server of its own, whose log is kept, before a site.
func watched(t *testing.T, plain *testsite.Site) *site {
	t.Helper()
	s := &site{log: newKeptLog(), broker: &moodyBroker{Broker: live.NewMemoryBroker()}}
	plain.Logger = slog.New(server.WithContext(slog.NewJSONHandler(s.log, nil)))
	t.Cleanup(func() { // after the server has ended
		for _, private := range privateForms {
			if found := private.FindString(s.log.String()); found != "" {
				t.Errorf("the log holds %q", found)
			}
		}
	})
	s.Site, _ = plain.Beside(t, func(api *server.Server) { api.Broker = s.broker })
	return s
}

// spacious puts a server before a site that answers operations of any depth and cost, for tests that ask for everything.
func spacious(t *testing.T, s *testsite.Site) {
	t.Helper()
	other, _ := s.Beside(t, func(api *server.Server) { api.MaxDepth, api.MaxCost = 1000, 1<<30 })
	s.URL = other.URL
}

// Tests keep to these forms, so that their logs can be searched for what people confide.
const (
	password = "correct horse battery"
	secret   = "zibeline" // part of every text that tests of this package write
)

var privateForms = []*regexp.Regexp{
	regexp.MustCompile(`ens_[A-Za-z0-9_-]{20,}`), // tokens
	regexp.MustCompile(`[a-z.]+@example\.org`),
	regexp.MustCompile(password),
	regexp.MustCompile(secret),
}

// reply is an HTTP answer.
type reply struct {
	testsite.Answer
	raw string
}

// ask sends an HTTP request; header holds names and values in turn.
func (s *site) ask(t testing.TB, method, path, body string, header ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := reply{Answer: testsite.Answer{Status: response.StatusCode, Header: response.Header}, raw: string(raw)}
	if strings.HasPrefix(path, "/graphql") && method != http.MethodOptions {
		var body struct {
			Data   json.RawMessage
			Errors []testsite.Error
		}
		if err := json.Unmarshal(raw, &body); err != nil {
			t.Fatalf("%s %s: no JSON: %s", method, path, raw)
		}
		a.Data, a.Errors = body.Data, body.Errors
	}
	return a
}

// post sends an operation as JSON.
func (s *site) post(t testing.TB, query string, variables map[string]any, header ...string) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return s.ask(t, http.MethodPost, "/graphql", string(body), append([]string{"Content-Type", "application/json"}, header...)...)
}

// sqlOn runs a statement that must succeed, behind the back of the rules.
func (s *site) sqlOn(t testing.TB, statement string, args ...any) {
	t.Helper()
	if _, err := s.Store.Write.ExecContext(context.WithoutCancel(t.Context()), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// only is the single value of a query.
func only[T any](t testing.TB, s *site, query string, args ...any) T {
	t.Helper()
	var v T
	if err := s.Store.Read.QueryRowContext(t.Context(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// leaks are words that show how the server is made, or where it failed.
var leaks = regexp.MustCompile(`(?i)\bsql|sqlite|postgres|pgx|\bent:|constraint|goroutine|runtime error|\.go:\d|panic|SQLSTATE|context (canceled|deadline)|unmarshal|strconv|json:`)

// soundErrors asks that errors say nothing that only we should know, and are not ours.
func soundErrors(t testing.TB, a reply) {
	t.Helper()
	if leak := leaks.FindString(a.raw); leak != "" && len(a.Errors) > 0 {
		t.Errorf("the answer says %q: %.500s", leak, a.raw)
	}
	for _, e := range a.Errors {
		if e.Extensions["code"] == "INTERNAL_SERVER_ERROR" || e.Extensions["code"] == nil || e.Message == "" {
			t.Errorf("code %v: %.500s", e.Extensions["code"], a.raw)
		}
	}
}
