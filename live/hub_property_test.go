package live

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// A story is a random sequence of these steps. It is told to two hubs that share a broker and a log, and to one reader.
const (
	publish   = "publish"   // commit and announce, in either process
	lose      = "lose"      // commit; the announcement is lost
	overtake  = "overtake"  // commit two, announce the second first
	repeat    = "repeat"    // announce the last one again
	pass      = "pass"      // the reconcilers' time passes
	moment    = "moment"    // less than that
	reconnect = "reconnect" // the reader comes back with its last cursor, to the other process
	prune     = "prune"     // the log forgets all but the last three
	restore   = "restore"   // the database is restored: the last two events never happened
)

// Whatever happens to hints, in whatever order, the reader gets every event, in order, once, and no Reset.
func TestPropertyExactlyOnce(t *testing.T) {
	steps := []string{publish, publish, lose, overtake, repeat, pass, moment, reconnect}
	checkStories(t, steps, func(s *story) error {
		if n := slices.IndexFunc(s.got, func(e Event) bool { return e.Type == Reset }); n >= 0 {
			return fmt.Errorf("event %d is a Reset", n+1)
		}
		return nil
	})
}

// The log is pruned and the database restored, too. Each step of the reader is to the next event of the same history,
// or a Reset, and the reader ends at the head.
func TestPropertyNeverWrong(t *testing.T) {
	steps := []string{publish, lose, overtake, repeat, pass, moment, reconnect, prune, restore}
	checkStories(t, steps, func(*story) error { return nil })
}

// checkStories tells many random stories made of these steps. Each must end well, and holds must have no objection.
func checkStories(t *testing.T, steps []string, holds func(*story) error) {
	rapid.Check(t, func(rt *rapid.T) {
		script := rapid.SliceOfN(rapid.SampledFrom(steps), 1, 60).Draw(rt, "script")
		keep := rapid.IntRange(1, 8).Draw(rt, "keep")

		var err error
		synctest.Test(t, func(t *testing.T) {
			s := tell(t, script, keep)
			if err = s.check(); err == nil {
				err = holds(s)
			}
		})

		if err != nil {
			rt.Fatal(err)
		}
	})
}

// story is a log, two hubs, and a reader that moves between them.
type story struct {
	t      *testing.T
	log    *memoryLog
	hubs   [2]*Hub
	turn   int // which hub is next
	last   Event
	got    []Event // by the reader, in all its connections
	leave  context.CancelFunc
	closed chan struct{} // the reader's goroutine has ended
}

// tell plays a script from the beginning, and then waits until the reader must have everything. The hubs keep so many
// events in memory.
func tell(t *testing.T, script []string, keep int) *story {
	s := &story{t: t, log: newMemoryLog(), leave: func() {}, closed: make(chan struct{})}
	close(s.closed)

	broker := NewMemoryBroker()
	for i := range s.hubs {
		s.hubs[i], _ = startHub(t, s.log, broker, RememberEvents(keep))
	}

	s.step(reconnect)
	for _, step := range script {
		s.step(step)
	}

	s.step(pass)
	s.step(pass)

	s.leave()
	<-s.closed
	return s
}

// step does one step of a story and waits until nothing moves.
func (s *story) step(step string) {
	switch step {
	// What comes to the log, and what the Hub hears of it.
	case publish:
		s.announce(s.log.commit(topicA))
	case lose:
		s.last = s.log.commit(topicA)
	case overtake:
		two := s.log.commitN(topicA, 2)
		s.announce(two[1])
		s.announce(two[0])
	case repeat:
		s.announce(s.last)

	// Time that passes.
	case pass:
		<-time.After(2 * defaultEvery)
	case moment:
		<-time.After(patience / 2)

	// Setbacks: the reader, the log and the database.
	case reconnect:
		s.reconnect()
	case prune:
		s.log.prune(topicA, s.log.head(topicA).Seq-3)
	case restore:
		s.log.restore(topicA, max(0, s.log.head(topicA).Seq-2))
	}

	synctest.Wait()
}

// announce publishes an event in the process whose turn it is. Before the first commit there is nothing to announce.
func (s *story) announce(e Event) {
	if s.last = e; e.Seq > 0 {
		s.hub().Publish(context.Background(), e)
	}
}

// hub returns the hubs in turn.
func (s *story) hub() *Hub {
	s.turn++
	return s.hubs[s.turn%2]
}

// position returns the cursor of the reader.
func (s *story) position() Cursor {
	if len(s.got) == 0 {
		return Cursor{Topic: topicA}
	}
	return s.got[len(s.got)-1].Cursor()
}

// reconnect ends the reader's connection and begins one to the other hub.
func (s *story) reconnect() {
	s.leave()
	<-s.closed

	ctx, cancel := context.WithCancel(context.Background())
	events, err := s.hub().Subscribe(ctx, topicA, s.position().String())
	if err != nil {
		s.t.Fatal(err)
	}

	s.leave, s.closed = cancel, make(chan struct{})
	go func() {
		defer close(s.closed)
		for e := range events {
			s.got = append(s.got, e)
		}
	}()
}

// check returns an error when the reader got a wrong event, or is not where the log is.
func (s *story) check() error {
	at := Cursor{Topic: topicA}
	for i, e := range s.got {
		if e.Type != Reset && !e.follows(at) {
			return fmt.Errorf("event %d has number %d, which does not follow %d", i+1, e.Seq, at.Seq)
		}
		at = e.Cursor()
	}
	if head := s.log.head(topicA); at != head {
		return fmt.Errorf("the reader is at %d, the log at %d", at.Seq, head.Seq)
	}
	return nil
}
