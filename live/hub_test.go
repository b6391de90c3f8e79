package live

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const topicA, topicB = "commitment_a", "commitment_b"

// startHub runs a Hub until the test ends, or until the function it returns is called.
func startHub(t testing.TB, log Log, broker Broker, options ...HubOption) (*Hub, context.CancelFunc) {
	t.Helper()
	h := NewHub(log, broker, quiet, options...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()

	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})

	t.Cleanup(stop)
	return h, stop
}

// subscribe subscribes and fails the test on an error. The subscription ends with the test, or when the function that
// it returns is called.
func subscribe(t testing.TB, h *Hub, topic, after string) (<-chan Event, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	events, err := h.Subscribe(ctx, topic, after)
	if err != nil {
		t.Fatalf("Subscribe: %v", err)
	}
	return events, cancel
}

// A subscriber without a cursor gets what is published from now on, at once.
func TestSubscribeFromNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		log.commitN(topicA, 3)
		h, _ := startHub(t, log, NewMemoryBroker())

		began := time.Now()
		events, _ := subscribe(t, h, topicA, "")
		h.Publish(t.Context(), log.commit(topicB), log.commit(topicA))
		if got := take(t, events, 1); got[0].Seq != 4 || time.Since(began) > 0 {
			t.Errorf("first event is %d after %v, want 4 at once", got[0].Seq, time.Since(began))
		}
	})
}

// A subscriber with a cursor gets what follows it, from the log and then from the hub.
func TestSubscribeFromCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		before := log.commitN(topicA, 5)
		h, _ := startHub(t, log, NewMemoryBroker(), RememberEvents(2))

		start := Cursor{Topic: topicA}
		all, _ := subscribe(t, h, topicA, start.String())
		some, _ := subscribe(t, h, topicA, before[2].Cursor().String())

		h.Publish(t.Context(), log.commitN(topicA, 5)...)
		wantChain(t, start, take(t, all, 10))
		wantChain(t, before[2].Cursor(), take(t, some, 7))
	})
}

func TestSubscribeRefusesCursors(t *testing.T) {
	h := NewHub(newMemoryLog(), NewMemoryBroker(), quiet)
	for _, after := range []string{"nonsense", Cursor{Topic: topicB, Seq: 1, Nonce: 1}.String()} {
		if _, err := h.Subscribe(t.Context(), topicA, after); !errors.Is(err, ErrCursor) {
			t.Errorf("Subscribe after %q: %v, want ErrCursor", after, err)
		}
	}
}

// Before a hub runs, a subscriber from now on waits, and one with a cursor gets its events once the hub runs.
func TestSubscribeBeforeRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		log.commitN(topicA, 2)

		h := NewHub(log, NewMemoryBroker(), quiet)

		impatient, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := h.Subscribe(impatient, topicA, ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Subscribe from now: %v, want the context's error", err)
		}

		start := Cursor{Topic: topicA}
		events, _ := subscribe(t, h, topicA, start.String())

		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- h.Run(ctx) }()
		wantChain(t, start, take(t, events, 2))
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// A hub that stops closes its subscriptions, whether they wait for an event or for their reader.
func TestStopClosesSubscriptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		log.commitN(topicA, 9)
		h, stop := startHub(t, log, NewMemoryBroker())
		idle, _ := subscribe(t, h, topicA, "")
		full, _ := subscribe(t, h, topicA, Cursor{Topic: topicA}.String())
		synctest.Wait() // full now waits for its reader

		stop()
		wantClosed(t, idle)
		wantClosed(t, full)

		if _, err := h.Subscribe(t.Context(), topicA, ""); !errors.Is(err, ErrStopped) {
			t.Errorf("Subscribe after the end: %v, want ErrStopped", err)
		}
		h.Publish(t.Context(), log.commit(topicA)) // must not panic
	})
}

// A hub that stops ends the waiting of those who have not been let in yet.
func TestStopEndsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		fail := func(string) error { return errors.New("no database") }
		log.hold.Store(&fail)
		h, stop := startHub(t, log, NewMemoryBroker())
		time.AfterFunc(time.Minute, stop)
		if _, err := h.Subscribe(t.Context(), topicA, ""); !errors.Is(err, ErrStopped) {
			t.Errorf("Subscribe: %v, want ErrStopped", err)
		}
	})
}

// A hub has a topic for as long as somebody subscribes to it.
func TestTopicEndsWithItsLastSubscriber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := startHub(t, newMemoryLog(), NewMemoryBroker())
		first, endFirst := subscribe(t, h, topicA, "")
		second, endSecond := subscribe(t, h, topicA, "")

		endFirst()
		wantClosed(t, first)
		if synctest.Wait(); h.topics[topicA] == nil {
			t.Error("the topic left with its first subscriber")
		}

		endSecond()
		wantClosed(t, second)
		if synctest.Wait(); len(h.topics) != 0 {
			t.Error("the topic outlives its subscribers")
		}
	})
}

// A reader that does not read holds up nobody, and finds in the log what the hub has forgotten.
func TestSlowReaderHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker(), RememberEvents(4))
		start := Cursor{Topic: topicA}
		slow, _ := subscribe(t, h, topicA, start.String())
		fast, _ := subscribe(t, h, topicA, start.String())

		for range 100 {
			h.Publish(t.Context(), log.commit(topicA))
			take(t, fast, 1)
		}

		reads := log.eventReads.Load()
		wantChain(t, start, take(t, slow, 100)) // long out of memory
		if log.eventReads.Load() == reads {
			t.Error("the log was not read for a reader that fell out of memory")
		}
	})
}
