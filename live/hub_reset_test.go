package live

import (
	"testing"
	"testing/synctest"
	"time"
)

// wantReset takes one Reset to the log's head, commits n events, and takes these.
func wantReset(t *testing.T, log *memoryLog, events <-chan Event, n int) {
	t.Helper()
	head, reset := log.head(topicA), take(t, events, 1)[0]
	if reset.Type != Reset || reset.Cursor() != head {
		t.Fatalf("got %s at %d, want a Reset to %d", reset.Type, reset.Seq, head.Seq)
	}
	log.commitN(topicA, n)
	wantChain(t, head, take(t, events, n))
}

// resetCase is a cursor with which somebody comes back after nine events, and what has happened to the log meanwhile.
type resetCase struct {
	change func(*memoryLog)
	cursor func([]Event) Cursor
	known  bool // to a process that watches the topic already, which still has the events in memory
}

// resetCases lists cursors that the log can say nothing about.
func resetCases() map[string]resetCase {
	at := func(seq int64, nonce uint64) func([]Event) Cursor {
		return func([]Event) Cursor { return Cursor{Topic: topicA, Seq: seq, Nonce: nonce} }
	}
	after := func(i int) func([]Event) Cursor {
		return func(events []Event) Cursor { return events[i].Cursor() }
	}

	return map[string]resetCase{
		"wrong nonce in the middle": {cursor: at(4, 1)},
		"wrong nonce at the head":   {cursor: at(9, 1)},
		"beyond the head":           {cursor: at(1000, 1)},
		"pruned":                    {known: true, cursor: after(2), change: func(l *memoryLog) { l.prune(topicA, 4) }},
		"all pruned":                {known: true, cursor: after(2), change: func(l *memoryLog) { l.prune(topicA, 9) }},
		"pruned from the start":     {known: true, cursor: at(0, 0), change: func(l *memoryLog) { l.prune(topicA, 1) }},
		"restored":                  {cursor: after(8), change: func(l *memoryLog) { l.restore(topicA, 5) }},
		"restored to nothing":       {cursor: after(8), change: func(l *memoryLog) { l.restore(topicA, 0) }},
		"restored, then as many": {cursor: after(8), change: func(l *memoryLog) {
			l.restore(topicA, 8)
			l.commit(topicA)
		}},
		"restored, then more": {cursor: after(8), change: func(l *memoryLog) {
			l.restore(topicA, 8)
			l.commitN(topicA, 9)
		}},
	}
}

// A cursor that nothing can be said about is answered with a Reset, and then with what follows the head.
func TestResetOnResume(t *testing.T) {
	for name, test := range resetCases() {
		for _, watched := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					log := newMemoryLog()
					h, _ := startHub(t, log, NewMemoryBroker())
					if watched { // the hub has a memory, of the time before the change
						subscribe(t, h, topicA, "")
					}

					nine := log.commitN(topicA, 9)
					h.Publish(t.Context(), nine...)
					synctest.Wait() // a hub that still looked would meet the change half made

					if test.change != nil {
						test.change(log)
					}

					began, at := time.Now(), test.cursor(nine)
					events, _ := subscribe(t, h, topicA, at.String())

					if watched && test.known {
						wantChain(t, at, take(t, events, int(9-at.Seq)))
						return
					}

					wantReset(t, log, events, 3)
					if took := time.Since(began); took > 2*defaultEvery { // one for the Reset, one for the events
						t.Errorf("took %v", took)
					}
				})
			})
		}
	}
}

// A cursor at the edge of what is certain is good: there is no Reset.
func TestNoResetOnResume(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*memoryLog)
		cursor int // after this event of nine
	}{
		"at the edge of what is pruned": {cursor: 4, change: func(l *memoryLog) { l.prune(topicA, 4) }},
		"at the head, all pruned":       {cursor: 9, change: func(l *memoryLog) { l.prune(topicA, 9) }},
		"at the point of restoration":   {cursor: 5, change: func(l *memoryLog) { l.restore(topicA, 5) }},
		"before the point, other events": {cursor: 3, change: func(l *memoryLog) {
			l.restore(topicA, 5)
			l.commitN(topicA, 9)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := newMemoryLog()
				at := log.commitN(topicA, 9)[test.cursor-1].Cursor()

				h, _ := startHub(t, log, NewMemoryBroker())
				test.change(log)
				events, _ := subscribe(t, h, topicA, at.String())

				log.commitN(topicA, 3)
				wantChain(t, at, take(t, events, int(log.head(topicA).Seq-at.Seq)))
			})
		})
	}
}

// A client may come from a process that knows more than this one. This one learns it in its own time, without a Reset.
func TestCursorAheadOfTheHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker())
		subscribe(t, h, topicA, "")

		answer := make(chan struct{})
		hold := func(string) error { <-answer; return nil }
		log.hold.Store(&hold)

		five := log.commitN(topicA, 5)
		at := five[4].Cursor()
		events, _ := subscribe(t, h, topicA, at.String())
		synctest.Wait()

		h.Publish(t.Context(), five[0])
		synctest.Wait()

		close(answer)
		log.commitN(topicA, 2)
		wantChain(t, at, take(t, events, 2))
	})
}

// The database is restored while people watch: those who saw what is gone get a Reset, the others read on.
func TestRestoredWhileWatching(t *testing.T) {
	for name, commits := range map[string]int{"fewer": 0, "as many": 4, "more": 9} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := newMemoryLog()
				h, _ := startHub(t, log, NewMemoryBroker())
				events, _ := subscribe(t, h, topicA, "")
				h.Publish(t.Context(), log.commitN(topicA, 9)...)
				third := take(t, events, 9)[2].Cursor()

				log.restore(topicA, 5)
				h.Publish(t.Context(), log.commitN(topicA, commits)...)
				wantReset(t, log, events, 2)

				others, _ := subscribe(t, h, topicA, third.String())
				wantChain(t, third, take(t, others, commits+4))
			})
		})
	}
}
