// Package scene is a small consultation for tests of the rules, on SQLite and on PostgreSQL. What people do in it is a
// word each. What it must announce or refuse is compared, and in the end so are all counters, the log and the index.
package scene

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"

	"entgo.io/ent/dialect"

	"ensemble/consultation"
	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/event"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// WithoutDatabase returns a service that can be asked for what was registered, and for nothing else.
func WithoutDatabase() *consultation.Service {
	return consultation.New(dialect.SQLite, nil, nil, nil)
}

// PublisherFunc is a Publisher made of a function.
type PublisherFunc func(ctx context.Context, events ...live.Event)

// Publish implements change.Publisher.
func (f PublisherFunc) Publish(ctx context.Context, events ...live.Event) { f(ctx, events...) }

// World is a small consultation whose announcements are watched.
type World struct {
	*testsite.World
	Told *Watcher
}

// Each runs a test in a world on SQLite and in one on PostgreSQL. Whatever the test did, in the end each counter is
// what the rows say, the log is whole, and the index of search has what is public.
func Each(t *testing.T, test func(t *testing.T, w *World)) {
	t.Helper()
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := New(t, s)
		test(t, w)
		w.CheckCounters(t)
		w.CheckLog(t)
		w.CheckSearch(t)
	})
}

// New makes a World on a site.
func New(t *testing.T, s *testsite.Site) *World {
	t.Helper()
	w := &World{World: testsite.NewWorld(t, s)}
	testsite.Must(t, s.Jobs.Do(t.Context(), "announce phases", "compare amendments")) // announces the world's phase

	w.Told = &Watcher{T: t, Site: s, Next: s.Publisher}
	s.Publisher = w.Told
	return w
}

// Watcher is a Publisher that remembers what it publishes, and checks each time that everybody can read it already.
type Watcher struct {
	T    *testing.T
	Site *testsite.Site
	Next change.Publisher

	Mu     sync.Mutex
	Events []live.Event
}

// Publish implements change.Publisher.
func (p *Watcher) Publish(ctx context.Context, events ...live.Event) {
	for _, e := range events {
		var n int
		row := p.Site.Store.Read.QueryRowContext(ctx, "SELECT count(*) FROM events WHERE id = $1", e.ID)
		if err := row.Scan(&n); err != nil || n != 1 {
			p.T.Errorf("%s was published when others read %d rows of it, %v", e.Type, n, err)
		}
	}

	p.Mu.Lock()
	p.Events = append(p.Events, events...)
	p.Mu.Unlock()
	p.Next.Publish(ctx, events...)
}

// Take returns what was published since it was called last.
func (p *Watcher) Take() []live.Event {
	p.Mu.Lock()
	defer p.Mu.Unlock()
	taken := p.Events
	p.Events = nil
	return taken
}

// Fact is what the log must say of a change. Data is compared as JSON.
type Fact struct {
	Topic   string
	Kind    live.Type
	Subject string
	Actor   string
	Data    Data
}

// FactOf returns a Fact, on one line.
func FactOf(topic string, kind live.Type, subject, actor string, data Data) Fact {
	return Fact{topic, kind, subject, actor, data}
}

// Data is what an event says beside its subject.
type Data = map[string]any

// Announces runs do, which must succeed. It compares what that adds to the log, in order, with want, and what is
// published with what is logged.
func (w *World) Announces(t testing.TB, do func() error, want ...Fact) {
	t.Helper()
	before := w.LogHeads(t)
	w.Told.Take()
	if err := do(); err != nil {
		t.Fatalf("refused: %v", err)
	}
	logged, published := w.EventsSince(t, before), w.Told.Take()

	if len(logged) != len(want) {
		t.Fatalf("logged %s\nwant %d events", AsJSON(logged), len(want))
	}
	if got, want := AsJSON(published), AsJSON(logged); got != want {
		t.Errorf("published %s\nlogged %s", got, want)
	}

	for i, e := range logged {
		got := Fact{e.Topic, e.Type, e.Subject, e.Actor, e.Data}
		if AsJSON(got.Data) != AsJSON(want[i].Data) {
			t.Errorf("event %d has the data %s, want %s", i+1, AsJSON(got.Data), AsJSON(want[i].Data))
		}

		// The id of a notification is made by the act, so it is not compared.
		got.Data = want[i].Data
		if kind, _ := change.KindOf(got.Subject); got.Kind == live.Notified && kind == "notification" {
			got.Subject = want[i].Subject
		}

		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("event %d is %+v, want %+v", i+1, got, want[i])
		}
		if now := w.Now(); !e.At.Equal(now) {
			t.Errorf("event %d is of %s, now is %s", i+1, e.At, now)
		}
	}
}

// Silent runs do, which must succeed and announce nothing.
func (w *World) Silent(t testing.TB, do func() error) {
	t.Helper()
	w.Announces(t, do)
}

// Idle runs do, which must succeed and change nothing at all.
func (w *World) Idle(t testing.TB, do func() error) {
	t.Helper()
	before := w.Contents(t)
	w.Silent(t, do)
	w.Unchanged(t, before)
}

// Refused runs do, which must be refused with the code, on the input named field, and change nothing.
func (w *World) Refused(t testing.TB, code refusal.Code, field string, do func() error) *refusal.Error {
	t.Helper()
	before := w.Contents(t)
	w.Told.Take()

	err := do()
	refused, ok := errors.AsType[*refusal.Error](err)
	if !ok {
		t.Fatalf("got %v, want the refusal %s", err, code)
	}
	if refused.Code != code || refused.Field != field {
		t.Errorf("refused with %q, want %s on field %q", refused, code, field)
	}

	if told := w.Told.Take(); len(told) > 0 {
		t.Errorf("a refused change published %s", AsJSON(told))
	}
	w.Unchanged(t, before)
	return refused
}

// Expiring names the jobs that forget what has expired.
var Expiring = []string{
	"forget keys of retries", "forget ways in that ended", "forget invitations", "forget mail", "forget notifications",
	"forget nicknames",
}

// As returns a context in which p acts. A nil p is nobody.
func As(t testing.TB, p *testsite.Person) context.Context {
	t.Helper()
	return p.Ctx(t.Context())
}

// LogHeads returns the number of the newest event of each topic.
func (w *World) LogHeads(t testing.TB) map[string]int64 {
	t.Helper()
	heads := map[string]int64{}
	for _, row := range testsite.Got(w.Read.Topic.Query().All(t.Context()))(t) {
		heads[row.ID] = row.Seq
	}
	return heads
}

// EventsSince returns the events after the heads, by topic and number.
func (w *World) EventsSince(t testing.TB, heads map[string]int64) []live.Event {
	t.Helper()
	var events []live.Event
	for _, row := range testsite.Got(w.Read.Topic.Query().Order(ent.Asc("id")).All(t.Context()))(t) {
		if row.Seq > heads[row.ID] {
			events = append(events, testsite.Got(w.Events(t.Context(), row.ID, heads[row.ID], 1000))(t)...)
		}
	}
	return events
}

// PublicSince returns those of EventsSince that are not for one person alone.
func (w *World) PublicSince(t testing.TB, heads map[string]int64) []live.Event {
	t.Helper()
	return slices.DeleteFunc(w.EventsSince(t, heads), func(e live.Event) bool { return e.Type == live.Notified })
}

// CheckLog fails the test unless the events of each topic are numbered from 1 without a gap, each with the nonce of the
// one before, and end at the topic's head.
func (w *World) CheckLog(t testing.TB) {
	t.Helper()
	for _, head := range testsite.Got(w.Read.Topic.Query().All(t.Context()))(t) {
		rows := testsite.Got(w.Read.Event.Query().Where(event.Topic(head.ID)).Order(event.BySeq()).All(t.Context()))(t)
		var seq, nonce int64
		for _, row := range rows {
			if row.Seq != seq+1 || row.PreviousNonce != nonce || row.Nonce == 0 {
				t.Errorf("%s: event %d (nonce %x after %x) follows %d (nonce %x)",
					head.ID, row.Seq, row.Nonce, row.PreviousNonce, seq, nonce)
			}
			seq, nonce = row.Seq, row.Nonce
		}

		if head.Seq != seq || head.Nonce != nonce {
			t.Errorf("%s: the head is %d (nonce %x), the newest event %d (nonce %x)",
				head.ID, head.Seq, head.Nonce, seq, nonce)
		}
	}
}

// AsJSON returns v as JSON, to be compared and shown.
func AsJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// Only returns the error of a call whose value does not matter.
func Only[T any](_ T, err error) error { return err }

// Ptr returns a pointer to a value, for optional inputs.
func Ptr[T any](v T) *T { return &v }
