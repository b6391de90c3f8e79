// Package testsite runs the whole of Ensemble for a test: a database, the rules, the hub, and HTTP on loopback. It also
// has a client of its sockets (Dial, Watch), remembers what it logs (Logged), and counts what it reads
// (CountStatements).
package testsite

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/database"
	"ensemble/internal/testenv"
	"ensemble/live"
	"ensemble/server"
	"ensemble/site"
)

// Start is the first time that the clock of a site shows.
var Start = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)

// Site is a running Ensemble over a database of its own.
type Site struct {
	*consultation.Service
	URL   string
	Hub   *live.Hub
	Clock *testenv.Clock
	Store *database.Store

	t      testing.TB
	broker live.Broker
	makers [2]uintptr // the functions that made ids and nonces at first
}

// Each runs a test against a site on SQLite and one on PostgreSQL, or on the one that testenv.Dialects draws, beside
// other tests.
func Each(t *testing.T, test func(t *testing.T, s *Site)) {
	t.Helper()
	testenv.EachDialectFrom(t, migrated, prepare, func(t *testing.T, url string) {
		test(t, Reopen(t, url))
	})
}

// migrated is the key of databases that prepare has filled.
const migrated = "migrated"

// prepare makes the tables in an empty database and loads the territories. What is there already stays.
func prepare(url string) error {
	_, store, err := site.Open(context.Background(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return store.Close()
}

// SQLite runs a site on SQLite, for a test that needs no other.
func SQLite(t testing.TB) *Site {
	t.Helper()
	return Reopen(t, testenv.SQLiteFrom(t, migrated, prepare))
}

// Postgres runs a site on PostgreSQL, for a test that needs no other.
func Postgres(t testing.TB) *Site {
	t.Helper()
	return Reopen(t, testenv.PostgresFrom(t, migrated, prepare))
}

// New runs a site over the database at url, with a broker in memory, until the test ends.
func New(t testing.TB, url string) *Site {
	t.Helper()
	return With(t, url, live.NewMemoryBroker())
}

// With does what New does, with a broker that may be shared with other sites, and settings of the hub.
func With(t testing.TB, url string, broker live.Broker, settings ...live.HubOption) *Site {
	t.Helper()
	if err := prepare(url); err != nil {
		t.Fatalf("prepare the database: %v", err)
	}
	store := Got(database.Open(t.Context(), url))(t)
	t.Cleanup(func() { _ = store.Close() })
	return start(t, store, broker, settings...)
}

// Reopen does what New does, for a database that is lent from a template in which a site has run. Its connections may
// be those of the test that had the database before.
func Reopen(t testing.TB, url string) *Site {
	t.Helper()
	return start(t, openAgain(t, url), live.NewMemoryBroker())
}

// start runs a site over a store that has the tables and the territories. No job runs: tests do jobs when they want.
func start(t testing.TB, store *database.Store, broker live.Broker, settings ...live.HubOption) *Site {
	t.Helper()
	logger := slog.New(server.WithContext(slog.NewJSONHandler(logs(), nil)))
	s := &Site{
		Service: site.Over(store, logger),
		Clock:   testenv.NewClock(Start), Store: store, t: t, broker: broker,
	}

	s.Now, s.Passwords = s.Clock.Now, auth.NewWeakPasswords()
	s.makers = [2]uintptr{pointer(s.NewID), pointer(s.NewNonce)}

	// The hub reads the log by itself: what a test does to the site's reads, it does not do to the hub's.
	made := site.New(s.Service, broker, append(settings, live.ReadFrom(site.Over(store, logger)))...)
	s.Hub = made.Hub

	s.Run(s.Hub.Run)
	s.URL = serve(t, made.Server)
	return s
}

// serve answers on loopback until the test ends, and returns its address.
func serve(t testing.TB, api *server.Server) string {
	t.Helper()
	h := httptest.NewServer(api.Handler())
	t.Cleanup(func() { h.Close(); api.Close() })
	return h.URL
}

// Beside puts another server before the site until the test ends. It returns the site as one reaches it there. The
// server has the site's rules and hub. set changes its fields before it answers.
func (s *Site) Beside(t testing.TB, set func(api *server.Server)) (*Site, *server.Server) {
	t.Helper()
	api := s.NewServer(set)
	other := *s
	other.URL = serve(t, api)
	return &other, api
}

// NewServer makes the server of Beside, which the caller serves and closes. A nil set changes nothing.
func (s *Site) NewServer(set func(api *server.Server)) *server.Server {
	api := site.NewServer(s.Service, s.Hub, s.broker)
	if set != nil {
		set(api)
	}
	return api
}

// Elsewhere returns the rules as another process on the same database has them, with the same clock. What is written
// through them is announced to nobody.
func (s *Site) Elsewhere() *consultation.Service {
	service := site.Over(s.Store, s.Logger)
	service.Now, service.Passwords = s.Now, s.Passwords
	return service
}

// Process returns another process on the same database, which shares only what broker carries. Nothing of it runs yet.
func (s *Site) Process(broker live.Broker, settings ...live.HubOption) *site.Site {
	return site.New(s.Elsewhere(), broker, settings...)
}

// logs returns the place where sites log: the terminal when ENSEMBLE_TEST_LOGS is set, and otherwise nowhere.
func logs() io.Writer {
	if os.Getenv("ENSEMBLE_TEST_LOGS") != "" {
		return os.Stderr
	}
	return io.Discard
}

// Run does work in a goroutine until the test ends. When work returns an error, the test fails.
func (s *Site) Run(work func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := work(ctx); err != nil {
			s.t.Errorf("background work: %v", err)
		}
	})
	s.t.Cleanup(func() { stop(); done.Wait() })
}

// RunJobs does the jobs until the test ends.
func (s *Site) RunJobs() {
	s.Run(func(ctx context.Context) error { s.Service.Jobs.Run(ctx); return nil })
}

// Answer is what GraphQL over HTTP answers.
type Answer struct {
	Status int
	Header http.Header
	Data   json.RawMessage
	Errors []Error
}

// Error is one of the errors of an answer.
type Error struct {
	Message    string
	Path       []any
	Extensions map[string]any
}

// Code returns the code of the answer's first error, or "" when there is none.
func (a Answer) Code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

// Field returns the name of the input that the answer's first error is about, or "" when there is none.
func (a Answer) Field() string {
	if len(a.Errors) == 0 {
		return ""
	}
	field, _ := a.Errors[0].Extensions["field"].(string)
	return field
}

// Do sends an operation as the person to whom the token belongs. Without a token nobody is signed in.
func (s *Site) Do(t testing.TB, token, query string, variables map[string]any) Answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return s.Post(t, token, body)
}

// Post sends a request body as it is, with a token or "".
func (s *Site) Post(t testing.TB, token string, body []byte) Answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}

	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "en")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}

	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()

	a := Answer{Status: response.StatusCode, Header: response.Header}
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		t.Fatalf("status %d: the answer is no JSON: %v", response.StatusCode, err)
	}

	return a
}

// Must sends an operation that must succeed, and reads its data into into, unless that is nil.
func (s *Site) Must(t testing.TB, token, query string, variables map[string]any, into any) {
	t.Helper()
	a := s.Do(t, token, query, variables)
	if len(a.Errors) > 0 {
		t.Fatalf("%s: %+v", query, a.Errors)
	}
	if into != nil {
		if err := json.Unmarshal(a.Data, into); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
}
