package live

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The log's answer may be older than hints that come while it is on its way. That is no reason for a Reset, nor to read
// what the hints brought, nor to have it wait.
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
				synctest.Wait()

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

// So it is with the first answer about a topic.
func TestStaleFirstAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		at := log.commitN(topicA, 3)[2].Cursor()

		h, _ := startHub(t, log, NewMemoryBroker())
		synctest.Wait() // the Hub has looked at all topics: the next look is at the one that comes now

		answer := make(chan struct{})
		hold := func(string) error { <-answer; return nil }
		log.hold.Store(&hold)
		events, _ := subscribe(t, h, topicA, at.String())
		synctest.Wait() // the answer on its way ends with the third event

		began := time.Now()
		h.Publish(t.Context(), log.commitN(topicA, 2)...)
		close(answer)

		wantChain(t, at, take(t, events, 2))
		if took, reads := time.Since(began), log.eventReads.Load(); took > 0 || reads > 0 {
			t.Errorf("took %v and %d reads", took, reads)
		}
	})
}

// When hints fill the gap, the log is not read for it.
func TestGapFilledByHints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker())
		events, _ := subscribe(t, h, topicA, "")

		answer := make(chan struct{})
		hold := func(string) error { <-answer; return nil }
		log.hold.Store(&hold)

		three := log.commitN(topicA, 3)
		<-time.After(defaultEvery)
		synctest.Wait() // the answer on its way says that three events are missing

		h.Publish(t.Context(), three...)
		close(answer)
		wantChain(t, Cursor{Topic: topicA}, take(t, events, 3))
		if synctest.Wait(); log.eventReads.Load() != 0 {
			t.Error("the log was read for nothing")
		}
	})
}

// A log that fails delays events. None is lost, and there is no Reset.
func TestLogOutOfReach(t *testing.T) {
	for _, failing := range []string{"Heads", "Events", "Heads and Events"} {
		t.Run(failing, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := newMemoryLog()
				before := log.commitN(topicA, 3)
				h, _ := startHub(t, log, NewMemoryBroker(), RememberEvents(2))
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
