package live_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	redis "github.com/redis/go-redis/v9"

	"ensemble/consultation/roadmap"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// The Redis client writes each failure to connect to standard error; here it fails on purpose.
func init() { redis.SetLogger(silence{}) }

// silence is a log that nobody reads.
type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// never is a time between comparisons with the log in which no test ends: what arrives came through Redis.
const never = time.Hour

// pair is two servers over one PostgreSQL and one Redis, as behind a load balancer.
type pair struct {
	a, b    *testsite.World
	redis   *testenv.Server
	brokers []*live.RedisBroker
}

// newPair starts two servers, which compare with the log as often as reconcile says.
func newPair(t *testing.T, reconcile time.Duration) *pair {
	t.Helper()
	p := &pair{redis: testenv.RedisServer(t)}
	url := testenv.Postgres(t)
	a, b := p.server(t, url, reconcile), p.server(t, url, reconcile)
	p.a = testsite.NewWorld(t, a)
	other := *p.a // the same people and things, reached through the other server
	other.Site = b
	p.b = &other

	p.hear(t)
	return p
}

// server starts one of the two.
func (p *pair) server(t *testing.T, url string, reconcile time.Duration) *testsite.Site {
	t.Helper()
	broker, err := live.NewRedisBroker(p.redis.URL, slog.New(slog.DiscardHandler),
		live.RedisHeartbeat(100*time.Millisecond), live.RedisTimeout(500*time.Millisecond))
	testsite.Must(t, err)
	p.brokers = append(p.brokers, broker)
	return testsite.With(t, url, broker, live.ReconcileEvery(reconcile))
}

// hear waits until both servers receive what Redis carries.
func (p *pair) hear(t *testing.T) {
	t.Helper()
	for _, broker := range p.brokers {
		testsite.Eventually(t, "both servers hear Redis", func() bool { return broker.State() == live.StateOK })
	}
}

// TestLiveServers carries what is written on one server to those who watch on the other, by Redis alone.
func TestLiveServers(t *testing.T) {
	p := newPair(t, never)
	c := p.a.Commitment(t, "Un", "Texte.")
	start := testsite.StreamCursor(t, p.b.Site, c.ID)
	here := testsite.Watch(t, p.a.Site, testsite.CommitmentEvents, c.ID, start)
	there := testsite.Watch(t, p.b.Site, testsite.CommitmentEvents, c.ID, start)

	var longest time.Duration
	for i := range 20 {
		writer := []*testsite.World{p.a, p.b}[i%2]
		written := time.Now()
		m := writer.Comment(t, p.a.Bob, c.ID, "Oui.")
		for _, k := range []*testsite.Socket{here, there} {
			if h := k.Event(t); h.NodeID != m.ID || h.Comment == nil {
				t.Fatalf("came %+v, want %s", h, m.ID)
			}
		}
		longest = max(longest, time.Since(written))
	}
	t.Logf("the slowest of 20 events took %s from before its transaction to both readers", longest)

	testsite.Must(t, writers(t, p.a, c, 6, 10)())

	all := testsite.EventsAfter(t, p.a.Site, c.ID, start)
	for _, k := range []*testsite.Socket{here, there} {
		k.WantAll(t, all[20:])
		k.WantQuiet(t)
	}
}

// TestLiveWithoutRedis kills Redis in the middle of a burst and starts it again: events come all the same, whole and in
// order, late or not.
func TestLiveWithoutRedis(t *testing.T) {
	p := newPair(t, 50*time.Millisecond)
	c := p.a.Commitment(t, "Un", "Texte.")
	start := testsite.StreamCursor(t, p.b.Site, c.ID)
	k := testsite.Watch(t, p.b.Site, testsite.CommitmentEvents, c.ID, start)
	seen := 0

	burst := func(n int) {
		t.Helper()
		for range n {
			p.a.Comment(t, p.a.Bob, c.ID, "Oui.")
		}
	}
	arrive := func() {
		t.Helper()
		all := testsite.EventsAfter(t, p.a.Site, c.ID, start)
		k.WantAll(t, all[seen:])
		seen = len(all)
	}

	burst(10)
	p.redis.Kill()
	burst(30)
	arrive() // while Redis is dead

	burst(10)
	p.redis.Start()
	burst(30)
	arrive()

	p.hear(t)
	burst(5)
	arrive()

	k.WantQuiet(t)
	if seen != 85 {
		t.Errorf("%d events", seen)
	}
}

// TestLiveRedisReturns has events written while Redis is dead, which nothing announces except that Redis returns: the
// servers then look for what they may have missed.
func TestLiveRedisReturns(t *testing.T) {
	p := newPair(t, never)
	c := p.a.Commitment(t, "Un", "Texte.")
	start := testsite.StreamCursor(t, p.b.Site, c.ID)
	k := testsite.Watch(t, p.b.Site, testsite.CommitmentEvents, c.ID, start)
	first := p.a.Comment(t, p.a.Bob, c.ID, "Avant.")
	if h := k.Event(t); h.NodeID != first.ID {
		t.Fatalf("came %+v", h)
	}

	p.redis.Kill()
	for _, broker := range p.brokers {
		testsite.Eventually(t, "both servers miss Redis", func() bool { return broker.State() != live.StateOK })
	}
	for range 5 {
		testsite.Got(p.a.PostComment(p.a.Bob.Ctx(t.Context()), roadmap.PostCommentInput{
			Subject: c.ID, Body: "Pendant.",
		}))(t)
	}

	p.redis.Start()
	k.WantAll(t, testsite.EventsAfter(t, p.a.Site, c.ID, start)[1:])
	p.hear(t)

	last := p.b.Comment(t, p.a.Alice, c.ID, "Après.")
	if h := k.Event(t); h.NodeID != last.ID {
		t.Fatalf("came %+v", h)
	}
}

// TestLiveReconnectToOther goes back and forth between the two servers with the last cursor while people write on both.
func TestLiveReconnectToOther(t *testing.T) {
	p := newPair(t, never)
	c := p.a.Commitment(t, "Un", "Texte.")
	start := testsite.StreamCursor(t, p.a.Site, c.ID)
	written := testsite.InBackground(writers(t, p.a, c, 8, 20))

	var got []live.Event
	at := start
	for i, more := 0, true; more; i++ {
		over := written.Over()
		site := []*testsite.World{p.a, p.b}[i%2].Site
		k := testsite.Watch(t, site, testsite.CommitmentEvents, c.ID, at)

		want := testsite.EventsAfter(t, site, c.ID, at)
		want = want[:min(len(want), 7)]
		k.WantAll(t, want)
		k.Kill()

		got = append(got, want...)
		if n := len(want); n > 0 {
			at = want[n-1].Cursor().String()
		}
		more = !over || len(want) > 0
	}

	testsite.Must(t, written.Err)
	if all := testsite.EventsAfter(t, p.a.Site, c.ID, start); len(all) != len(got) {
		t.Errorf("%d events came, %d are logged", len(got), len(all))
	}
}
