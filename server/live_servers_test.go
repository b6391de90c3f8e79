package server_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	redis "github.com/redis/go-redis/v9"

	"ensemble/consultation/roadmap"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// The Redis client tells standard error of each failure to connect; here it fails on purpose.
func init() { redis.SetLogger(silence{}) }

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

func (p *pair) server(t *testing.T, url string, reconcile time.Duration) *testsite.Site {
	t.Helper()
	broker, err := live.NewRedisBroker(p.redis.URL, slog.New(slog.DiscardHandler),
		live.RedisHeartbeat(100*time.Millisecond), live.RedisTimeout(500*time.Millisecond))
	ok(t, err)
	p.brokers = append(p.brokers, broker)
	return testsite.With(t, url, broker, live.ReconcileEvery(reconcile))
}

// hear waits until both hear what they send.
func (p *pair) hear(t *testing.T) {
	t.Helper()
	for _, broker := range p.brokers {
		eventually(t, "both servers hear Redis", func() bool { return broker.State() == live.StateOK })
	}
}

// TestLiveServers carries what is written on one server to those who watch on the other, by Redis alone.
func TestLiveServers(t *testing.T) {
	p := newPair(t, never)
	c := p.a.Commitment(t, "Un", "Texte.")
	start := streamCursor(t, p.b.Site, c.ID)
	here, there := watch(t, p.a.Site, commitmentEvents, c.ID, start), watch(t, p.b.Site, commitmentEvents, c.ID, start)
	var longest time.Duration
	for i := range 20 {
		writer := []*testsite.World{p.a, p.b}[i%2]
		written := time.Now()
		m := writer.Comment(t, p.a.Bob, c.ID, "Oui.")
		for _, k := range []*socket{here, there} {
			if h := k.event(t); h.CommentID != m.ID || h.Comment == nil {
				t.Fatalf("came %+v, want %s", h, m.ID)
			}
		}
		longest = max(longest, time.Since(written))
	}
	t.Logf("the slowest of 20 events took %s from before its transaction to both readers", longest)
	ok(t, writers(t, p.a, c, 6, 10)())
	all := logged(t, p.a.Site, c.ID, start)
	for _, k := range []*socket{here, there} {
		k.wantAll(t, all[20:])
		k.wantQuiet(t)
	}
}

// TestLiveWithoutRedis kills Redis in the middle of a burst and starts it again: events come all the same, whole and in
// order, late or not.
func TestLiveWithoutRedis(t *testing.T) {
	p := newPair(t, 50*time.Millisecond)
	c := p.a.Commitment(t, "Un", "Texte.")
	start := streamCursor(t, p.b.Site, c.ID)
	k := watch(t, p.b.Site, commitmentEvents, c.ID, start)
	seen := 0
	burst := func(n int) {
		t.Helper()
		for range n {
			p.a.Comment(t, p.a.Bob, c.ID, "Oui.")
		}
	}
	arrive := func() {
		t.Helper()
		all := logged(t, p.a.Site, c.ID, start)
		k.wantAll(t, all[seen:])
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
	k.wantQuiet(t)
	if seen != 85 {
		t.Errorf("%d events", seen)
	}
}

// TestLiveRedisReturns has events written while Redis is dead, which nothing but its return announces: the servers
// then look for what they may have missed.
func TestLiveRedisReturns(t *testing.T) {
	p := newPair(t, never)
	c := p.a.Commitment(t, "Un", "Texte.")
	start := streamCursor(t, p.b.Site, c.ID)
	k := watch(t, p.b.Site, commitmentEvents, c.ID, start)
	first := p.a.Comment(t, p.a.Bob, c.ID, "Avant.")
	if h := k.event(t); h.CommentID != first.ID {
		t.Fatalf("came %+v", h)
	}
	p.redis.Kill()
	for _, broker := range p.brokers {
		eventually(t, "both servers miss Redis", func() bool { return broker.State() != live.StateOK })
	}
	for range 5 {
		ok(t, second(p.a.PostComment(p.a.Bob.Ctx(t.Context()), roadmap.PostCommentInput{Subject: c.ID, Body: "Pendant."})))
	}
	p.redis.Start()
	k.wantAll(t, logged(t, p.a.Site, c.ID, start)[1:])
	p.hear(t)
	last := p.b.Comment(t, p.a.Alice, c.ID, "Après.")
	if h := k.event(t); h.CommentID != last.ID {
		t.Fatalf("came %+v", h)
	}
}

// TestLiveReconnectToOther goes back and forth between the two servers with the last cursor while people write on both.
func TestLiveReconnectToOther(t *testing.T) {
	p := newPair(t, never)
	c := p.a.Commitment(t, "Un", "Texte.")
	start := streamCursor(t, p.a.Site, c.ID)
	written := inBackground(writers(t, p.a, c, 8, 20))
	var got []live.Event
	at := start
	for i, more := 0, true; more; i++ {
		over := written.over()
		site := []*testsite.World{p.a, p.b}[i%2].Site
		k := watch(t, site, commitmentEvents, c.ID, at)
		want := logged(t, site, c.ID, at)
		want = want[:min(len(want), 7)]
		k.wantAll(t, want)
		k.kill()
		got = append(got, want...)
		if n := len(want); n > 0 {
			at = want[n-1].Cursor().String()
		}
		more = !over || len(want) > 0
	}
	ok(t, written.err)
	if all := logged(t, p.a.Site, c.ID, start); len(all) != len(got) {
		t.Errorf("%d events came, %d are logged", len(got), len(all))
	}
}

// TestLiveShutdown stops a server in good order: watchers are told to come back, not that their streams are complete,
// and find all that they missed.
func TestLiveShutdown(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := testsite.With(t, url, live.NewMemoryBroker())
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		start := streamCursor(t, s, c.ID)
		old := startServer(t, s)
		leaving := *s
		leaving.URL = old.url
		var watchers []*socket
		for range 5 {
			watchers = append(watchers, watch(t, &leaving, commitmentEvents, c.ID, start))
		}
		w.Comment(t, w.Bob, c.ID, "Avant.")
		for _, k := range watchers {
			k.wantAll(t, logged(t, s, c.ID, start))
		}
		old.stop()
		for _, k := range watchers {
			for f := range k.frames {
				t.Errorf("%s came", f.Type)
			}
			if code := k.closeCode(t); code != websocket.CloseServiceRestart {
				t.Errorf("closed with %d", code)
			}
		}
		at := streamCursor(t, s, c.ID)
		w.Comment(t, w.Bob, c.ID, "Pendant.")
		k := watch(t, s, commitmentEvents, c.ID, at)
		k.wantAll(t, logged(t, s, c.ID, at))
	})
}

// running is a server as the program runs it, with a hub of its own.
type running struct {
	url  string
	stop func() // as the program does: first HTTP, then the hub
}

func startServer(t *testing.T, s *testsite.Site) *running {
	t.Helper()
	process := s.Process(live.NewMemoryBroker(), live.ReconcileEvery(20*time.Millisecond))
	api := process.Server.HTTP("")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)

	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- process.Run(ctx, func(ctx context.Context) error {
			go func() { _ = api.Serve(listener) }() // until Shutdown
			<-ctx.Done()
			process.Server.Drain(context.WithoutCancel(ctx), 0)
			return api.Shutdown(context.WithoutCancel(ctx))
		})
	}()
	stop := sync.OnceFunc(func() {
		end()
		ok(t, <-ended)
	})
	t.Cleanup(stop)
	return &running{"http://" + listener.Addr().String(), stop}
}

// TestLiveMalformedInit does not keep sockets whose first message makes no sense.
func TestLiveMalformedInit(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		for _, first := range []string{`{"type":"connection_init","payload":"x"}`, `{"type":"connection_init","payload":[]}`, `{"type":"next","id":"1"}`, `{`, `[]`} {
			conn, response, err := websocket.DefaultDialer.Dial(strings.Replace(s.URL, "http", "ws", 1)+"/graphql", http.Header{"Sec-Websocket-Protocol": {"graphql-transport-ws"}})
			ok(t, err)
			_ = response.Body.Close()
			ok(t, conn.WriteMessage(websocket.TextMessage, []byte(first)))
			ok(t, conn.SetReadDeadline(time.Now().Add(patient)))
			for err == nil {
				_, _, err = conn.ReadMessage()
			}
			var end *websocket.CloseError
			if !errors.As(err, &end) {
				t.Errorf("after %s: %v", first, err)
			}
			_ = conn.Close()
		}
	})
}
