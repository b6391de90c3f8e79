package live

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Topics have large events. What they keep is bounded, each and together, and is counted.
func TestRecentBytes(t *testing.T) {
	var all atomic.Int64
	large := map[string]any{"list": []any{strings.Repeat("x", 40<<10), map[string]any{"y": "z"}}}

	var topics []*topic
	for range 2 * allBytes / ringBytes {
		log, topic := newMemoryLog(), newTopic(topicA, defaultMemory, &all)
		topics = append(topics, topic)
		topic.restart(1, log.head(topicA))
		for _, e := range log.commitN(topicA, 60) {
			e.Data = large
			if topic.offer(e) {
				t.Fatal("an event is missing")
			}

			bytes := 0
			for _, e := range topic.recent.events {
				bytes += e.size()
			}
			n := len(topic.recent.events)
			if n == 0 || topic.recent.events[n-1].Seq != e.Seq ||
				bytes != topic.recent.bytes || bytes > ringBytes {
				t.Fatalf("%d events with %d bytes, counted as %d, are kept", n, bytes, topic.recent.bytes)
			}
		}

		first := topic.recent.events[0]
		wantChain(t, Cursor{Topic: topicA, Seq: first.Seq - 1, Nonce: first.Previous}, topic.recent.events)
	}

	if n, single := all.Load(), int64(len(topics)*2*(40<<10)); n > allBytes+ringBytes+single {
		t.Errorf("together they keep %d bytes", n)
	}

	for _, topic := range topics {
		topic.end()
		topic.push(Event{Topic: topicA})
	}
	if n := all.Load(); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
}

// Events are kept in memory until everybody has been told of them, and a moment longer. Whoever comes back later reads
// the log.
func TestRecentIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		start := Cursor{Topic: topicA}
		h, _ := startHub(t, log, NewMemoryBroker())
		events, leave := subscribe(t, h, topicA, "")
		h.Publish(t.Context(), log.commitN(topicA, 10)...)
		wantChain(t, start, take(t, events, 10))

		if h.EventBytes() == 0 {
			t.Error("nothing is remembered")
		}

		<-time.After(freshness + 2*defaultEvery)
		if n := h.EventBytes(); n != 0 {
			t.Errorf("%d bytes of events are remembered for nobody", n)
		}

		reads := log.eventReads.Load()
		back, leaveToo := subscribe(t, h, topicA, start.String())
		wantChain(t, start, take(t, back, 10))
		h.Publish(t.Context(), log.commit(topicA))
		a, b := take(t, events, 1)[0], take(t, back, 1)[0]
		if again := log.eventReads.Load() - reads; a.Seq != 11 || b.Seq != 11 || again != 1 {
			t.Errorf("%d and %d came, after %d reads", a.Seq, b.Seq, again)
		}

		leave()
		leaveToo()
		if synctest.Wait(); h.EventBytes() != 0 {
			t.Errorf("%d bytes of events are remembered of a topic that nobody watches", h.EventBytes())
		}
	})
}

// Events whose answers cannot be made yet are kept.
func TestRecentWhileNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker())
		subscribe(t, h, topicB, "")
		synctest.Wait()

		h.Publish(t.Context(), log.commitN(topicB, 3)...)
		synctest.Wait()

		for _, g := range h.groups() {
			g.ring.Store(&span{}) // as if it had not been made
		}

		<-time.After(freshness + 2*defaultEvery)
		if h.EventBytes() == 0 {
			t.Error("they are forgotten")
		}
	})
}
