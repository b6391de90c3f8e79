package consultation_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"

	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/event"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// world is a small consultation whose announcements are watched.
type world struct {
	*testsite.World
	told *watcher
}

// each runs a test in a world on SQLite and in one on PostgreSQL. Whatever the test did there, in the end every
// counter is what the rows say, the log is whole, and search knows what is public.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := newWorld(t, s)
		test(t, w)
		w.checkCounters(t)
		w.checkLog(t)
		w.checkSearch(t)
	})
}

func newWorld(t *testing.T, s *testsite.Site) *world {
	t.Helper()
	w := &world{World: testsite.NewWorld(t, s)}
	must(t, s.Jobs.Do(t.Context(), "announce phases", "compare amendments")) // announces the world's phase
	w.told = &watcher{t: t, site: s, next: s.Publisher}
	s.Publisher = w.told
	return w
}

// watcher is a Publisher that keeps what it is told, and asks each time whether everybody can read it already.
type watcher struct {
	t    *testing.T
	site *testsite.Site
	next change.Publisher

	mu     sync.Mutex
	events []live.Event
}

// Publish implements consultation.Publisher.
func (p *watcher) Publish(ctx context.Context, events ...live.Event) {
	for _, e := range events {
		var n int
		row := p.site.Store.Read.QueryRowContext(ctx, "SELECT count(*) FROM events WHERE id = $1", e.ID)
		if err := row.Scan(&n); err != nil || n != 1 {
			p.t.Errorf("%s was published when others read %d rows of it, %v", e.Type, n, err)
		}
	}
	p.mu.Lock()
	p.events = append(p.events, events...)
	p.mu.Unlock()
	p.next.Publish(ctx, events...)
}

// take returns what was published since it was last asked.
func (p *watcher) take() []live.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.events
	p.events = nil
	return taken
}

// fact is what the log must say of a change. data is compared as JSON.
type fact struct {
	topic   string
	kind    live.Type
	subject string
	actor   string
	data    data
}

type data = map[string]any

// announces runs do, which must succeed, and compares what it adds to the log, in order, and what it publishes, with
// want.
func (w *world) announces(t testing.TB, do func() error, want ...fact) {
	t.Helper()
	before := w.heads(t)
	w.told.take()
	if err := do(); err != nil {
		t.Fatalf("refused: %v", err)
	}
	logged := w.eventsSince(t, before)
	published := w.told.take()
	if len(logged) != len(want) {
		t.Fatalf("logged %s\nwant %d events", asJSON(logged), len(want))
	}
	if got, want := asJSON(published), asJSON(logged); got != want {
		t.Errorf("published %s\nlogged %s", got, want)
	}
	for i, e := range logged {
		got := fact{e.Topic, e.Type, e.Subject, e.Actor, e.Data}
		if asJSON(got.data) != asJSON(want[i].data) {
			t.Errorf("event %d has the data %s, want %s", i+1, asJSON(got.data), asJSON(want[i].data))
		}
		got.data = want[i].data
		if kind, _ := change.KindOf(got.subject); got.kind == live.Notified && kind == "notification" {
			got.subject = want[i].subject // made for this
		}
		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("event %d is %+v, want %+v", i+1, got, want[i])
		}
		if now := w.Now(); !e.At.Equal(now) {
			t.Errorf("event %d is of %s, now is %s", i+1, e.At, now)
		}
	}
}

// silent runs do, which must succeed and announce nothing.
func (w *world) silent(t testing.TB, do func() error) {
	t.Helper()
	w.announces(t, do)
}

// idle runs do, which must succeed and change nothing at all.
func (w *world) idle(t testing.TB, do func() error) {
	t.Helper()
	before := w.contents(t)
	w.silent(t, do)
	w.unchanged(t, before)
}

// refused runs do, which must be refused with the code, on the input named field, and change nothing.
func (w *world) refused(t testing.TB, code refusal.Code, field string, do func() error) *refusal.Error {
	t.Helper()
	before := w.contents(t)
	w.told.take()
	err := do()
	refusal, ok := errors.AsType[*refusal.Error](err)
	if !ok {
		t.Fatalf("got %v, want the refusal %s", err, code)
	}
	if refusal.Code != code || refusal.Field != field {
		t.Errorf("refused with %q, want %s on field %q", refusal, code, field)
	}
	if told := w.told.take(); len(told) > 0 {
		t.Errorf("a refused change published %s", asJSON(told))
	}
	w.unchanged(t, before)
	return refusal
}

// expiring are the jobs that forget what has expired.
var expiring = []string{
	"forget keys of retries", "forget ways in that ended", "forget invitations", "forget mail", "forget notifications",
}

// as is a context in which p acts; nil is nobody.
func as(t testing.TB, p *testsite.Person) context.Context {
	t.Helper()
	return p.Ctx(t.Context())
}

// heads are the numbers of every topic's newest event.
func (w *world) heads(t testing.TB) map[string]int64 {
	t.Helper()
	heads := map[string]int64{}
	for _, row := range got(w.Read.Topic.Query().All(t.Context()))(t) {
		heads[row.ID] = row.Seq
	}
	return heads
}

// eventsSince are the events after the heads, by topic and number.
func (w *world) eventsSince(t testing.TB, heads map[string]int64) []live.Event {
	t.Helper()
	var events []live.Event
	for _, row := range got(w.Read.Topic.Query().Order(ent.Asc("id")).All(t.Context()))(t) {
		if row.Seq > heads[row.ID] {
			events = append(events, got(w.Events(t.Context(), row.ID, heads[row.ID], 1000))(t)...)
		}
	}
	return events
}

// publicSince are those that were not told to one person alone.
func (w *world) publicSince(t testing.TB, heads map[string]int64) []live.Event {
	t.Helper()
	return slices.DeleteFunc(w.eventsSince(t, heads), func(e live.Event) bool { return e.Type == live.Notified })
}

// checkLog asks that every topic's events are numbered from 1 without a hole, each linked to the one before, and end
// at the topic's head.
func (w *world) checkLog(t testing.TB) {
	t.Helper()
	for _, head := range got(w.Read.Topic.Query().All(t.Context()))(t) {
		rows := got(w.Read.Event.Query().Where(event.Topic(head.ID)).Order(event.BySeq()).All(t.Context()))(t)
		var seq, nonce int64
		for _, row := range rows {
			if row.Seq != seq+1 || row.PreviousNonce != nonce || row.Nonce == 0 {
				t.Errorf("%s: event %d (nonce %x after %x) follows %d (nonce %x)", head.ID, row.Seq, row.Nonce, row.PreviousNonce, seq, nonce)
			}
			seq, nonce = row.Seq, row.Nonce
		}
		if head.Seq != seq || head.Nonce != nonce {
			t.Errorf("%s: the head is %d (nonce %x), the newest event %d (nonce %x)", head.ID, head.Seq, head.Nonce, seq, nonce)
		}
	}
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// got is the value of a call that must succeed: got(f())(t).
func got[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// only is the error of a call whose value does not matter.
func only[T any](_ T, err error) error { return err }

// ptr is a pointer to a value, for optional inputs.
func ptr[T any](v T) *T { return &v }
