package live

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"sync"
	"testing"
	"time"
)

// ears is one process that listens to a Broker.
type ears struct {
	events chan Event
	others chan Headcount
	gaps   chan string // what State was when the gap was told
	stop   func()
}

// listen runs b as run does, and returns when b can hear. Gaps until then are forgotten.
func listen(t *testing.T, b Broker) *ears {
	t.Helper()
	l := run(t, b)
	l.wantGap(t)
	eventually(t, "the broker is fine", func() bool { return b.State() == StateOK })
	drain(l.gaps)
	return l
}

// wantGap waits until the process is told that it may have missed something.
func (l *ears) wantGap(t *testing.T) (state string) {
	t.Helper()
	select {
	case state = <-l.gaps:
	case <-time.After(patient):
		t.Fatal("no gap was told")
	}
	return state
}

// drain takes what is in a channel, without waiting.
func drain[T any](c <-chan T) {
	for len(c) > 0 {
		<-c
	}
}

// run runs b until the test ends, or until stop is called.
func run(t *testing.T, b Broker) *ears {
	t.Helper()
	l := &ears{
		events: make(chan Event, 50*queueLength), others: make(chan Headcount, 1000), gaps: make(chan string, 10_000),
	}

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- b.Run(ctx, Listener{
			Event:  func(e Event) { l.events <- e },
			Report: func(r Headcount) { l.others <- r },
			Gap:    func() { l.gaps <- b.State() },
		})
	}()

	l.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})

	t.Cleanup(l.stop)
	return l
}

// testBroker fails unless a Broker does what every Broker promises. Each call of newBroker is for another process.
func testBroker(t *testing.T, newBroker func(*testing.T) Broker) {
	t.Run("everyone hears everything, as published", func(t *testing.T) { testEverything(t, newBroker) })
	t.Run("everyone hears who watches, in order", func(t *testing.T) { testWhoWatches(t, newBroker) })

	t.Run("a publisher that does not listen yet never waits", func(t *testing.T) {
		b, log := newBroker(t), newMemoryLog()
		for range 10_000 {
			_ = b.Publish(t.Context(), log.commit(topicA))
		}
	})

	t.Run("silent after Run", func(t *testing.T) {
		b, speaker := newBroker(t), newBroker(t)
		l, other := listen(t, b), listen(t, speaker)

		l.stop()
		if err := speaker.Publish(t.Context(), newMemoryLog().commit(topicA)); err != nil {
			t.Fatal(err)
		}
		take(t, other.events, 1)
		if len(l.events) != 0 || len(l.gaps) != 0 {
			t.Error("called after Run has returned")
		}
	})

	t.Run("listens again", func(t *testing.T) {
		b := newBroker(t)
		listen(t, b).stop()
		again := listen(t, b)
		if err := b.Publish(t.Context(), newMemoryLog().commit(topicA)); err != nil {
			t.Fatal(err)
		}
		take(t, again.events, 1)
	})
}

// testEverything fails unless both ends of a Broker hear all that one of them publishes.
func testEverything(t *testing.T, newBroker func(*testing.T) Broker) {
	here, there := newBroker(t), newBroker(t)
	me, other := listen(t, here), listen(t, there)

	log := newMemoryLog()
	for i := range 500 {
		if err := here.Publish(t.Context(), log.commit(fmt.Sprint("commitment_", i%100))); err != nil {
			t.Fatal(err)
		}
	}

	for _, l := range []*ears{me, other} {
		wantOnEachTopic(t, log, take(t, l.events, 500))
	}
}

// testWhoWatches fails unless both ends of a Broker hear the reports of one of them, in order.
func testWhoWatches(t *testing.T, newBroker func(*testing.T) Broker) {
	here, there := newBroker(t), newBroker(t)
	me, other := listen(t, here), listen(t, there)

	for i := range 100 {
		r := Headcount{From: "here", Watching: map[string]int{"process_1": i + 1}}
		if err := here.Report(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}

	for _, l := range []*ears{me, other} {
		for i, r := range take(t, l.others, 100) {
			if r.From != "here" || r.Watching["process_1"] != i+1 {
				t.Fatalf("report %d is %v", i, r)
			}
		}
	}
}

// wantOnEachTopic fails unless the events of each topic are those that were committed, in their order.
func wantOnEachTopic(t *testing.T, log *memoryLog, got []Event) {
	t.Helper()
	came := map[string][]Event{}
	for _, e := range got {
		came[e.Topic] = append(came[e.Topic], e)
	}

	for topic := range log.heads {
		want, _ := log.Events(t.Context(), topic, 0, math.MaxInt32)
		if !reflect.DeepEqual(came[topic], want) {
			t.Errorf("%s: got %d events %v, want %d", topic, len(came[topic]), came[topic], len(want))
		}
	}
}

func TestMemoryBroker(t *testing.T) {
	testBroker(t, func() func(*testing.T) Broker {
		b := NewMemoryBroker()
		return func(*testing.T) Broker { return b }
	}())
}

func TestRedisBroker(t *testing.T) {
	r := startRedis(t)
	testBroker(t, func(t *testing.T) Broker { return r.broker(t) })
}

func TestRedisBrokerWithSentinel(t *testing.T) {
	s := startSentinel(t)
	testBroker(t, func(t *testing.T) Broker { return s.broker(t) })
}

func TestRedisBrokerInACluster(t *testing.T) {
	c := startCluster(t)
	testBroker(t, func(t *testing.T) Broker { return c.broker(t) })
}
