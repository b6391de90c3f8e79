package live

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestRedisPublishRefusesWhatJSONCannotHold(t *testing.T) {
	b, err := NewRedisBroker("redis://localhost", quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(t.Context(), Event{Topic: topicA, Data: map[string]any{"n": math.NaN()}}); err == nil {
		t.Error("NaN was published")
	}
}

func TestRedisPrefixesAreApart(t *testing.T) {
	r := startRedis(t)
	ours, theirs, log := r.broker(t), r.broker(t, RedisPrefix("theirs:")), newMemoryLog()

	l, other := listen(t, ours), listen(t, theirs)
	for _, e := range log.commitN(topicA, 2) {
		_ = theirs.Publish(t.Context(), e)
	}
	take(t, other.events, 2)

	_ = ours.Publish(t.Context(), log.commit(topicA))
	if e := take(t, l.events, 1)[0]; e.Seq != 3 {
		t.Errorf("heard event %d of another prefix", e.Seq)
	}
}

func TestRedisPauseIsBounded(t *testing.T) {
	for failures := range 100 {
		if p := pause(failures); p < minPause/2 || p > maxPause {
			t.Errorf("after %d failures: %v", failures, p)
		}
	}
}

func TestRedisConnectionsKilled(t *testing.T) {
	r := startRedis(t)
	testFault(t, r.process, func() { r.do("CLIENT KILL TYPE pubsub") })
}

func TestRedisRestarted(t *testing.T) {
	r := startRedis(t)
	testFault(t, r.process, func() {
		r.kill()
		r.start()
	})
}

// A server that keeps its connections open and says nothing is found by the heartbeat alone. Publishing does not
// wait for it: the test would not get past that.
func TestRedisFrozen(t *testing.T) {
	r := startRedis(t)
	testFault(t, r.process, func() {
		b := r.broker(t, RedisHeartbeat(quick))
		listen(t, b)
		r.freeze()
		eventually(t, "the broker notices", func() bool { return strings.Contains(b.State(), "hear Redis") })
		log := newMemoryLog()
		for range 10 * queueLength {
			_ = b.Publish(t.Context(), log.commit(topicB))
		}
		r.thaw()
	})
}

func TestRedisStartsLate(t *testing.T) {
	r := startRedis(t)
	r.kill()
	b := r.broker(t)

	l := run(t, b)
	eventually(t, "the broker has tried", func() bool { return strings.Contains(b.State(), "refused") })
	r.start()
	l.wantGap(t)
	eventually(t, "the broker is fine", func() bool { return b.State() == StateOK })
}

// What others write to our channels is skipped, and breaks nothing.
func TestRedisGarbage(t *testing.T) {
	r := startRedis(t)
	b := r.broker(t)
	l := listen(t, b)

	client := r.client()
	defer client.Close()
	for _, payload := range []string{"", "b", "1", "1{", "9", "\x00", strings.Repeat("1[", 100_000)} {
		if err := client.Publish(t.Context(), b.channels[3], payload).Err(); err != nil {
			t.Fatal(err)
		}
	}

	if err := b.Publish(t.Context(), newMemoryLog().commit(topicA)); err != nil {
		t.Fatal(err)
	}
	take(t, l.events, 1)
	eventually(t, "garbage is counted", func() bool { return b.garbage.Load() == 6 })
}

func TestRedisSendsWhatIsQueuedAtTheEnd(t *testing.T) {
	r := startRedis(t)
	other, b := listen(t, r.broker(t)), r.broker(t)
	for _, e := range newMemoryLog().commitN(topicA, 100) {
		if err := b.Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Run(ended, Listener{}); err != nil {
		t.Fatal(err)
	}

	wantChain(t, Cursor{Topic: topicA}, take(t, other.events, 100))
}

func TestRedisQueueIsBounded(t *testing.T) {
	r := startRedis(t)
	b, log := r.broker(t), newMemoryLog()
	for range queueLength {
		if err := b.Publish(t.Context(), log.commit(topicA)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Publish(t.Context(), log.commit(topicA)); !errors.Is(err, errQueueFull) {
		t.Errorf("one too many: %v", err)
	}
}

// A connection is known to work as soon as it does, and stays while heartbeats come back.
func TestRedisHeartbeat(t *testing.T) {
	r := startRedis(t)
	listen(t, r.broker(t, RedisHeartbeat(time.Hour)))

	b := r.broker(t, RedisHeartbeat(50*time.Millisecond))
	client := r.client()
	defer client.Close()
	beats := client.Subscribe(t.Context(), b.channels[0])
	defer beats.Close()

	l := listen(t, b)
	for range 8 * missedBeats {
		if _, err := beats.ReceiveMessage(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	if n := len(l.gaps); n > 3 { // none, unless the machine is very busy
		t.Errorf("connected anew %d times", n)
	}
}

// A connection is proven by its own heartbeat and by all of its partitions. The heartbeat of another process, or a part
// of the partitions, proves nothing.
func TestRedisProof(t *testing.T) {
	b, err := NewRedisBroker("redis://localhost", quiet)
	if err != nil {
		t.Fatal(err)
	}
	gaps, link := 0, b.links[0]
	l := Listener{Event: func(Event) { t.Error("received a heartbeat") }, Gap: func() { gaps++ }}

	if link.take("b"+"another process", l) || !link.take("b"+b.name, l) {
		t.Error("took another's heartbeat for its own")
	}

	for n := range partitions {
		if err := link.confirmed(&redis.Subscription{Kind: "subscribe", Count: n + 1}, l); err != nil {
			t.Error(err)
		}
		if whole := n+1 == partitions; (gaps == 1) != whole {
			t.Errorf("%d gaps with %d of %d partitions", gaps, n+1, partitions)
		}
	}

	if err := link.confirmed(&redis.Subscription{Kind: "sunsubscribe"}, l); !errors.Is(err, errSentAway) {
		t.Errorf("when the server ends a subscription: %v", err)
	}

	if _, err := receiveBefore(t.Context(), nil, time.Now()); !errors.Is(err, errSilence) {
		t.Errorf("without time left: %v", err)
	}
}

// The state says which way fails: here sending, while receiving works.
func TestRedisStateTellsWhatFails(t *testing.T) {
	r := startRedis(t)
	b := r.broker(t, RedisHeartbeat(time.Hour))
	listen(t, b)

	gone := connect(b.options)
	gone.Close()
	b.links[0].publish(t.Context(), gone, b.links[0].heartbeat())
	if !strings.Contains(b.State(), "send to Redis") {
		t.Errorf("state is %q", b.State())
	}
}
