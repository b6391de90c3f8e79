package live

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
)

// What a topic keeps is bounded, in memory and of events that come early. A reader's part of it does not change.
func TestTopicIsBounded(t *testing.T) {
	const keep = 4
	log, topic := newMemoryLog(), newTopic(topicA, keep, new(atomic.Int64))
	topic.restart(1, log.head(topicA))

	var held [][]Event
	for _, e := range log.commitN(topicA, 100) {
		topic.offer(e)
		held = append(held, topic.recent.events)
	}

	for i, events := range held {
		if n := len(events); n > 2*keep || n < min(i+1, keep) || events[n-1].Seq != int64(i+1) {
			t.Fatalf("after %d events it kept %d, up to %d", i+1, n, events[n-1].Seq)
		}
		wantChain(t, Cursor{Topic: topicA, Seq: events[0].Seq - 1, Nonce: events[0].Previous}, events)
	}

	for _, e := range log.commitN(topicA, 100)[1:] {
		topic.offer(e)
	}
	if len(topic.early) != keep {
		t.Errorf("%d events that came early are kept", len(topic.early))
	}
}

func BenchmarkTopicOffer(b *testing.B) {
	topic, e := newTopic(topicA, defaultMemory, new(atomic.Int64)), Event{Topic: topicA}
	topic.restart(1, Cursor{Topic: topicA})
	b.ReportAllocs()
	for b.Loop() {
		e.Seq, e.Previous, e.Nonce = e.Seq+1, e.Nonce, rand.Uint64()
		topic.offer(e)
	}
}
