package live

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// gapBroker delivers nothing; the test calls onGap.
type gapBroker struct{ onGap func() }

func (*gapBroker) Publish(context.Context, Event) error { return errors.New("gone") }
func (*gapBroker) State() string                        { return "gone" }
func (b *gapBroker) Run(ctx context.Context, _ func(Event), onGap func()) error {
	b.onGap = onGap
	<-ctx.Done()
	return nil
}

// Hints that come out of order, twice, or not at all change when events come, and nothing else.
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
				if early := h.topics[topicA].early; len(early) != 0 {
					t.Errorf("still holds %d events that came early", len(early))
				}
			})
		})
	}
}

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

// A process that is far behind does not load what it cannot keep.
func TestFarBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, &gapBroker{}, KeepEvents(4))
		events, _ := subscribe(t, h, topicA, "")
		began := time.Now()
		log.commitN(topicA, 50)
		wantChain(t, Cursor{Topic: topicA}, take(t, events, 50))
		if took := time.Since(began); took > defaultEvery {
			t.Errorf("took %v", took)
		}
	})
}

// A hint nobody committed is looked up once, and forgotten.
func TestFalseHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker(), ReconcileEvery(time.Hour))
		events, _ := subscribe(t, h, topicA, "")
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

// The log's answer may be older than hints that come while it is on its way: no reason for a Reset, nor to read
// what they brought, nor to keep them waiting.
func TestStaleAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		read      string // which answer is held up
		lost      int    // events committed before, without a hint
		meanwhile int    // events committed and published while the answer is on its way
		reads     int64
	}{
		"nothing was new":        {read: "Heads", meanwhile: 3},
		"something was new":      {read: "Heads", lost: 1, meanwhile: 3, reads: 1},
		"what was new is filled": {read: "Events", lost: 1, meanwhile: 3, reads: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := newMemoryLog()
				h, _ := startHub(t, log, NewMemoryBroker())
				events, _ := subscribe(t, h, topicA, "")
				answer := make(chan struct{})
				hold := func(read string) error {
					if read == test.read {
						<-answer
					}
					return nil
				}
				log.hold.Store(&hold)
				log.commitN(topicA, test.lost)
				<-time.After(defaultEvery)
				h.Publish(t.Context(), log.commitN(topicA, test.meanwhile)...)
				began := time.Now()
				close(answer)
				wantChain(t, Cursor{Topic: topicA}, take(t, events, test.lost+test.meanwhile))
				if took, reads := time.Since(began), log.eventReads.Load(); took > 0 || reads != test.reads {
					t.Errorf("took %v and %d reads", took, reads)
				}
			})
		})
	}
}

// The same for the first answer about a topic.
func TestStaleFirstAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		at := log.commitN(topicA, 3)[2].Cursor()
		answer := make(chan struct{})
		hold := func(string) error { <-answer; return nil }
		log.hold.Store(&hold)
		h, _ := startHub(t, log, NewMemoryBroker())
		events, _ := subscribe(t, h, topicA, at.String())
		synctest.Wait() // the answer on its way ends with the third event
		began := time.Now()
		h.Publish(t.Context(), log.commitN(topicA, 2)...)
		close(answer)
		wantChain(t, at, take(t, events, 2))
		if took := time.Since(began); took > 0 {
			t.Errorf("took %v", took)
		}
	})
}

// Hints that fill the gap make reading it needless.
func TestGapFilledByHints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker())
		events, _ := subscribe(t, h, topicA, "")
		answer := make(chan struct{})
		hold := func(string) error { <-answer; return nil }
		log.hold.Store(&hold)
		three := log.commitN(topicA, 3)
		<-time.After(defaultEvery) // the answer on its way says that three events are missing
		h.Publish(t.Context(), three...)
		close(answer)
		wantChain(t, Cursor{Topic: topicA}, take(t, events, 3))
		if synctest.Wait(); log.eventReads.Load() != 0 {
			t.Error("the log was read for nothing")
		}
	})
}

// A log that fails delays events; it costs none, and there is no Reset.
func TestLogOutOfReach(t *testing.T) {
	for _, failing := range []string{"Heads", "Events", "Heads and Events"} {
		t.Run(failing, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := newMemoryLog()
				before := log.commitN(topicA, 3)
				h, _ := startHub(t, log, NewMemoryBroker(), KeepEvents(2))
				watching, _ := subscribe(t, h, topicA, "")
				fail := func(read string) error {
					if strings.Contains(failing, read) {
						return errors.New("no database")
					}
					return nil
				}
				log.hold.Store(&fail)
				time.AfterFunc(patient/2, func() { log.hold.Store(nil) })
				h.Publish(t.Context(), log.commitN(topicA, 2)[1]) // a gap that cannot be filled now
				resumed, _ := subscribe(t, h, topicA, before[0].Cursor().String())
				subscribe(t, h, topicB, "") // waits for the head
				wantChain(t, before[2].Cursor(), take(t, watching, 2))
				wantChain(t, before[0].Cursor(), take(t, resumed, 4))
			})
		})
	}
}
