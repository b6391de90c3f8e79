package live

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// writers has n writers commit and publish at the same time, each its own events, as concurrent mutations do: events
// may be published in another order than they were committed. hub is asked for the Hub of each event.
func writers(ctx context.Context, log *memoryLog, n, each int, hub func() *Hub) (wait func()) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for range each {
				hub().Publish(ctx, log.commit(topicA))
			}
		})
	}
	return wg.Wait
}

// readAll follows the topic up to number last. It leaves now and then, and comes back with its last cursor, to any hub.
func readAll(t testing.TB, at Cursor, last int64, hub func() *Hub) {
	for at.Seq < last && !t.Failed() {
		ctx, cancel := context.WithCancel(context.Background())
		events, err := hub().Subscribe(ctx, at.Topic, at.String())
		if err != nil {
			t.Errorf("Subscribe: %v", err)
		}

		for range min(1+rand.Int64N(200), last-at.Seq) {
			e := <-events
			if !e.follows(at) {
				t.Errorf("%s %d does not follow %d", e.Type, e.Seq, at.Seq)
			}
			at = e.Cursor()
		}

		cancel()
	}
}

// 50 writers append while readers join, leave and come back: nothing is lost, repeated or reordered.
func TestJoinWithoutAGap(t *testing.T) {
	log, broker := newMemoryLog(), NewMemoryBroker()
	h, _ := startHub(t, log, broker, RememberEvents(64))
	hub := func() *Hub { return h }
	wait := writers(t.Context(), log, 50, 100, hub)

	var readers sync.WaitGroup
	for range 20 {
		readers.Go(func() { readAll(t, Cursor{Topic: topicA}, 5000, hub) })
		readers.Go(func() { joinNow(t, log, h, 5000) })
	}

	wait()
	readers.Wait()
}

// joinNow subscribes from now on and follows the topic up to number last. What is committed after the call must come,
// whether or not anything from before it does.
func joinNow(t testing.TB, log *memoryLog, h *Hub, last int64) {
	before := log.head(topicA)
	if before.Seq == last {
		return
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	events, err := h.Subscribe(ctx, topicA, "")
	if err != nil {
		t.Errorf("Subscribe: %v", err)
		return
	}

	after := log.head(topicA)
	if after.Seq == last {
		return
	}

	first := <-events
	if first.Seq > after.Seq+1 {
		t.Errorf("first event is %d, head was %d", first.Seq, after.Seq)
	}

	for at := first.Cursor(); at.Seq < last; {
		e := <-events
		if !e.follows(at) {
			t.Errorf("%s %d does not follow %d", e.Type, e.Seq, at.Seq)
			return
		}
		at = e.Cursor()
	}
}

// Two processes share a log and a Redis, which is killed and comes back while people write and read. Nothing is lost.
func TestTwoHubsOverRedis(t *testing.T) {
	r, log := startRedis(t), newMemoryLog()
	fast := ReconcileEvery(defaultEvery / 10)
	one, _ := startHub(t, log, r.broker(t), fast)
	two, _ := startHub(t, log, r.broker(t), fast)
	hub := func() *Hub { return []*Hub{one, two}[rand.N(2)] }

	var readers sync.WaitGroup
	for range 10 {
		readers.Go(func() { readAll(t, Cursor{Topic: topicA}, 3000, hub) })
	}

	writers(t.Context(), log, 10, 100, hub)()
	r.kill()
	writers(t.Context(), log, 10, 100, hub)()
	r.start()
	writers(t.Context(), log, 10, 100, hub)()

	readers.Wait()
}

// While Redis is well, events reach the other process without waiting for the log.
func TestRedisIsTheFastWay(t *testing.T) {
	r, log := startRedis(t), newMemoryLog()
	here, there := r.broker(t), r.broker(t)
	one, _ := startHub(t, log, here, ReconcileEvery(time.Hour))
	two, _ := startHub(t, log, there, ReconcileEvery(time.Hour))

	events, _ := subscribe(t, two, topicA, "")
	for _, b := range []Broker{here, there} {
		eventually(t, "the broker is fine", func() bool { return b.State() == StateOK })
	}

	for at := range int64(100) {
		one.Publish(t.Context(), log.commit(topicA))
		if e := take(t, events, 1)[0]; e.Seq != at+1 {
			t.Fatalf("got event %d after %d", e.Seq, at)
		}
	}
}
