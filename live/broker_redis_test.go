package live

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestRedisURL(t *testing.T) {
	if _, err := NewRedisBroker("http://localhost", quiet); err == nil {
		t.Error("an http URL was accepted")
	}
}

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

// heals publishes and listens until an event comes through after what was done to Redis.
func heals(t *testing.T, b Broker, l *ears) {
	t.Helper()
	log := newMemoryLog()
	<-l.gaps
	eventually(t, "the broker is fine again", func() bool { return b.State() == StateOK })
	for len(l.events) > 0 {
		<-l.events
	}
	if err := b.Publish(t.Context(), log.commit(topicA)); err != nil {
		t.Fatal(err)
	}
	take(t, l.events, 1)
}

func TestRedisConnectionKilled(t *testing.T) {
	r := startRedis(t)
	b := r.broker(t)
	l := listen(t, b)
	client := r.client()
	defer client.Close()
	for range 3 {
		if err := client.Do(t.Context(), "CLIENT", "KILL", "TYPE", "pubsub").Err(); err != nil {
			t.Fatal(err)
		}
		heals(t, b, l)
	}
}

func TestRedisRestarted(t *testing.T) {
	r := startRedis(t)
	b := r.broker(t)
	l := listen(t, b)
	r.kill()
	eventually(t, "the broker notices", func() bool { return b.State() != StateOK })
	r.start()
	heals(t, b, l)
}

// A server that keeps its connections open and says nothing is found by the heartbeat alone. Publishing does not
// wait for it: the test would not get past that.
func TestRedisSilent(t *testing.T) {
	r := startRedis(t)
	b := r.broker(t, RedisHeartbeat(100*time.Millisecond))
	l := listen(t, b)
	r.freeze()
	eventually(t, "the broker notices", func() bool { return strings.Contains(b.State(), "hear Redis") })
	log := newMemoryLog()
	for range 10 * queueLength {
		_ = b.Publish(t.Context(), log.commit(topicB))
	}
	r.thaw()
	heals(t, b, l)
}

func TestRedisStartsLate(t *testing.T) {
	r := startRedis(t)
	r.kill()
	b := r.broker(t)
	l := run(t, b)
	eventually(t, "the broker has tried", func() bool { return strings.Contains(b.State(), "refused") })
	r.start()
	heals(t, b, l)
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
	l := listen(t, b)
	for _, e := range newMemoryLog().commitN(topicA, 100) {
		if err := b.Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	l.stop()
	wantChain(t, Cursor{Topic: topicA}, take(t, other.events, 100))
}
