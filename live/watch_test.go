package live

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// lookout is a watcher that counts how often it is told, and notes where the log stands then: what it would find.
type lookout struct {
	log   *memoryLog
	topic string
	told  atomic.Int64
	found atomic.Int64
}

// Changed implements Watcher.
func (l *lookout) Changed() {
	l.told.Add(1)
	l.found.Store(l.log.head(l.topic).Seq)
}

// knows waits until nothing moves, and fails unless the lookout knows of event seq. It returns how often the lookout
// was told since it was last asked.
func (l *lookout) knows(t *testing.T, seq int64) int64 {
	t.Helper()
	synctest.Wait()
	if found := l.found.Load(); found != seq {
		t.Errorf("it knows of event %d, want %d", found, seq)
	}
	return l.told.Swap(0)
}

// A topic is followed through everything that can happen to hints. A watcher knows of an event at once when there is a
// hint, and otherwise with the next comparison.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker())
		first, second := &lookout{log: log, topic: topicA}, &lookout{log: log, topic: topicA}
		other := &lookout{log: log, topic: topicB}
		h.Watch(topicA, first)
		h.Watch(topicB, other)
		synctest.Wait() // the hub listens to the broker, too

		// Publish tells of the event, and so does the broker when it comes back from there.
		h.Publish(t.Context(), log.commit(topicA))
		synctest.Wait()
		h.Watch(topicA, second)
		if n, m := first.knows(t, 1), second.knows(t, 0); n == 0 || m != 0 {
			t.Errorf("of the first event they are told %d and %d times", n, m)
		}

		<-time.After(2 * defaultEvery)
		if n := first.knows(t, 1); n != 0 {
			t.Errorf("told %d times of what it was told of", n)
		}

		log.commit(topicA) // without a hint
		first.knows(t, 1)
		<-time.After(defaultEvery)
		if n, m := first.knows(t, 2), second.knows(t, 2); n != 1 || m != 1 {
			t.Errorf("told %d and %d times of what had no hint", n, m)
		}

		// Hints that come in another order.
		late := log.commit(topicA)
		h.Publish(t.Context(), log.commit(topicA))
		first.knows(t, 4)
		h.Publish(t.Context(), late)
		first.knows(t, 4)

		// A restored database has another history with the same numbers.
		log.restore(topicA, 3)
		log.commit(topicA)
		<-time.After(defaultEvery)
		if n := first.knows(t, 4); n == 0 {
			t.Error("not told of another history")
		}

		log.commit(topicA)
		h.missed()
		if n := first.knows(t, 5); n != 1 {
			t.Errorf("told %d times of what was missed", n)
		}

		if n := other.knows(t, 0); n != 0 {
			t.Errorf("told %d times of another topic", n)
		}

		unwatches(t, h, first, second)
		h.Unwatch(topicB, other)
		if left := h.watches.topics(); !slices.Equal(left, []string{SiteTopic}) {
			t.Errorf("still watched: %q", left)
		}
	})
}

// unwatches ends two watchers of a topic: first the second, twice, which is told of nothing any more, then the first.
func unwatches(t *testing.T, h *Hub, first, second *lookout) {
	t.Helper()
	second.told.Store(0)
	h.Unwatch(topicA, second)
	h.Unwatch(topicA, second)

	h.Publish(t.Context(), first.log.commit(topicA))
	if first.knows(t, 6); second.told.Load() != 0 {
		t.Error("told after its end")
	}
	h.Unwatch(topicA, first)
}

// A log is out of reach and comes back: watchers are told of what happened meanwhile.
func TestWatchWithoutLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		fail := func(string) error { return errors.New("no database") }
		log.hold.Store(&fail)
		h, _ := startHub(t, log, NewMemoryBroker())

		// More than are asked for at a time.
		var all []*lookout
		for i := range maxHeads + 10 {
			w := &lookout{log: log, topic: fmt.Sprint("user_", i)}
			all = append(all, w)
			h.Watch(w.topic, w)
		}

		<-time.After(3 * defaultEvery)
		for i := range all {
			if i%2 == 1 {
				log.commit(all[i].topic)
			}
		}
		<-time.After(3 * defaultEvery)

		log.hold.Store(nil)
		<-time.After(defaultEvery)
		for i, w := range all {
			if n := w.knows(t, int64(i%2)); n != int64(i%2) {
				t.Fatalf("%s is told %d times", w.topic, n)
			}
		}
	})
}

// A watcher comes at any moment while events are committed whose hints are lost or late. It is told of all of them.
func TestWatchNothingLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker())
		for round := range int64(200) {
			w := &lookout{log: log, topic: topicA}
			late := log.commit(topicA)
			h.Watch(topicA, w)

			if round%3 == 0 {
				synctest.Wait()
			}

			log.commit(topicA)
			if round%2 == 0 {
				h.Publish(t.Context(), late)
			}

			<-time.After(2 * defaultEvery)
			w.knows(t, 2*round+2)
			h.Unwatch(topicA, w)
		}
	})
}
