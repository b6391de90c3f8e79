package testsite

import (
	"log/slog"
	"regexp"
	"sync"
	"testing"

	"ensemble/live"
	"ensemble/server"
)

// Logged is a site that remembers its log. At the end, the log is searched for what people confide.
type Logged struct {
	*Site
	Log    *KeptLog
	Broker *MoodyBroker
}

// EachLogged runs a test against a site on SQLite and one on PostgreSQL. At the end nothing private may be in their
// logs.
func EachLogged(t *testing.T, test func(t *testing.T, s *Logged)) {
	t.Helper()
	Each(t, func(t *testing.T, plain *Site) { test(t, KeepLog(t, plain)) })
}

// KeepLog puts a server of its own before a site, and remembers its log.
func KeepLog(t *testing.T, plain *Site) *Logged {
	t.Helper()
	s := &Logged{Log: NewKeptLog(), Broker: &MoodyBroker{Broker: live.NewMemoryBroker()}}
	plain.Logger = slog.New(server.WithContext(slog.NewJSONHandler(s.Log, nil)))

	t.Cleanup(func() { // after the server has ended
		for _, private := range privateForms {
			if found := private.FindString(s.Log.String()); found != "" {
				t.Errorf("the log holds %q", found)
			}
		}
	})

	s.Site, _ = plain.Beside(t, func(api *server.Server) { api.Broker = s.Broker })
	return s
}

// Unlimited puts a server before a site that answers operations of any depth and cost, for tests that ask for
// everything.
func Unlimited(t *testing.T, s *Site) {
	t.Helper()
	other, _ := s.Beside(t, func(api *server.Server) { api.MaxDepth, api.MaxCost = 1000, 1<<30 })
	s.URL = other.URL
}

// Tests that remember a log use these words, so that it can be searched for what people confide.
const (
	Password = "correct horse battery"
	Secret   = "zibeline" // part of every text that these tests write
)

// privateForms match what must never be in a log.
var privateForms = []*regexp.Regexp{
	regexp.MustCompile(`ens_[A-Za-z0-9_-]{20,}`), // tokens
	regexp.MustCompile(`[a-z.]+@example\.org`),
	regexp.MustCompile(Password),
	regexp.MustCompile(Secret),
}

// MoodyBroker is a broker in memory that says it is in the state that a test wants.
type MoodyBroker struct {
	live.Broker
	mu   sync.Mutex
	mood string
}

// Feel makes the broker say that it is in a state. "" is the state in which it really is.
func (b *MoodyBroker) Feel(mood string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mood = mood
}

// State says the state that Feel was given, or how the broker really is.
func (b *MoodyBroker) State() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mood != "" {
		return b.mood
	}
	return b.Broker.State()
}
