package live

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// gapBroker is a Broker that delivers nothing. The test calls onGap.
type gapBroker struct{ onGap func() }

// Publish, Report, State and Run implement Broker.
func (*gapBroker) Publish(context.Context, Event) error    { return errors.New("gone") }
func (*gapBroker) Report(context.Context, Headcount) error { return errors.New("gone") }
func (*gapBroker) State() string                           { return "gone" }
func (b *gapBroker) Run(ctx context.Context, to Listener) error {
	b.onGap = to.Gap
	<-ctx.Done()
	return nil
}

// Hints that come out of order, twice, or not at all change when events come, but not which.
func TestHints(t *testing.T) {
	for name, test := range map[string]struct {
		publish []int // which of six events, in which order
		within  time.Duration
		reads   int64 // of the log, for 50 subscribers together
	}{
		"in order":        {publish: []int{0, 1, 2, 3, 4, 5}},
		"out of order":    {publish: []int{3, 1, 0, 2, 5, 4}},
		"twice":           {publish: []int{0, 0, 1, 2, 1, 3, 4, 5, 5}},
		"one lost":        {publish: []int{0, 1, 3, 4, 5}, within: patience, reads: 1},
		"the first lost":  {publish: []int{1, 2, 3, 4, 5}, within: patience, reads: 1},
		"all but one":     {publish: []int{5}, within: patience, reads: 1},
		"the last lost":   {publish: []int{0, 1, 2, 3, 4}, within: defaultEvery, reads: 1},
		"nothing arrives": {within: defaultEvery, reads: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := newMemoryLog()
				h, _ := startHub(t, log, NewMemoryBroker())

				var readers []<-chan Event
				for range 50 {
					events, _ := subscribe(t, h, topicA, "")
					readers = append(readers, events)
				}

				began, six := time.Now(), log.commitN(topicA, 6)
				for _, i := range test.publish {
					h.Publish(t.Context(), six[i])
				}

				for _, events := range readers {
					wantChain(t, Cursor{Topic: topicA}, take(t, events, 6))
				}

				if took := time.Since(began); took > test.within {
					t.Errorf("took %v, want at most %v", took, test.within)
				}
				if reads := log.eventReads.Load(); reads != test.reads {
					t.Errorf("%d reads of the log, want %d", reads, test.reads)
				}

				synctest.Wait()
				if early := h.topics[topicA].early; len(early) != 0 {
					t.Errorf("still holds %d events that came early", len(early))
				}
			})
		})
	}
}

// When the broker says that something may have been missed, the log is read at once.
func TestGapIsFilledAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, broker := newMemoryLog(), &gapBroker{}
		h, _ := startHub(t, log, broker)
		events, _ := subscribe(t, h, topicA, "")
		synctest.Wait()

		began := time.Now()
		log.commitN(topicA, 3)
		broker.onGap()

		wantChain(t, Cursor{Topic: topicA}, take(t, events, 3))
		if took := time.Since(began); took != 0 {
			t.Errorf("took %v", took)
		}
	})
}

// A process that is far behind reads the log in parts: it does not load what it cannot keep.
func TestFarBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, &gapBroker{}, RememberEvents(4))
		events, _ := subscribe(t, h, topicA, "")

		began := time.Now()
		log.commitN(topicA, 50)
		wantChain(t, Cursor{Topic: topicA}, take(t, events, 50))
		if took := time.Since(began); took > defaultEvery {
			t.Errorf("took %v", took)
		}
	})
}

// A hint about an event that nobody committed is looked up once, and then forgotten.
func TestFalseHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker(), ReconcileEvery(time.Hour))
		events, _ := subscribe(t, h, topicA, "")

		synctest.Wait() // what a hub looks up at first
		looks := log.headReads.Load()

		h.Publish(t.Context(), Event{Topic: topicA, Seq: 7, Nonce: 7, Previous: 6})
		for range 5 {
			h.Publish(t.Context(), log.commit(topicA))
			<-time.After(2 * patience)
		}

		wantChain(t, Cursor{Topic: topicA}, take(t, events, 5))
		if looks = log.headReads.Load() - looks; looks != 1 {
			t.Errorf("looked %d times", looks)
		}
	})
}

// A hint that does not come is waited for only so long, however many hints come after it. Each gap has this time anew.
func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker())
		events, _ := subscribe(t, h, topicA, "")

		for range 3 {
			at, began := log.head(topicA), time.Now()
			log.commit(topicA) // its hint is lost
			for range 4 {
				h.Publish(t.Context(), log.commit(topicA))
				<-time.After(patience / 4)
			}

			wantChain(t, at, take(t, events, 5))
			if took := time.Since(began); took > patience {
				t.Errorf("took %v", took)
			}
		}
	})
}
