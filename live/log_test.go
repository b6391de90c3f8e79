package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// memoryLog is a Log that can be pruned, restored from a backup, slow, and out of reach.
type memoryLog struct {
	mu     sync.Mutex
	events map[string][]Event
	heads  map[string]Cursor

	eventReads, headReads atomic.Int64
	// hold, if set, is called by each read after it has looked and before it answers: answers are as stale as
	// they can get, and an error is returned instead.
	hold atomic.Pointer[func(read string) error]
}

// newMemoryLog returns an empty log.
func newMemoryLog() *memoryLog {
	return &memoryLog{events: map[string][]Event{}, heads: map[string]Cursor{}}
}

// commit adds an event, as a mutation does in its transaction.
func (l *memoryLog) commit(topic string) Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.heads[topic]

	e := Event{
		ID: newEventID(), Topic: topic, Seq: last.Seq + 1, Nonce: rand.Uint64() | 1, Previous: last.Nonce,
		Type: CommentPosted, Subject: "comment_1", Actor: "user_1",
		Data: map[string]any{"commentCount": float64(last.Seq + 1)},
		At:   time.Now().UTC().Truncate(time.Microsecond),
	}

	l.events[topic] = append(l.events[topic], e)
	l.heads[topic] = e.Cursor()
	return e
}

// commitN commits n events and returns them.
func (l *memoryLog) commitN(topic string, n int) []Event {
	events := make([]Event, n)
	for i := range events {
		events[i] = l.commit(topic)
	}
	return events
}

// restore puts back a backup that was taken when seq was the head.
func (l *memoryLog) restore(topic string, seq int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := slices.Clone(l.events[topic])
	kept = slices.DeleteFunc(kept, func(e Event) bool { return e.Seq > seq })
	l.events[topic] = kept
	if delete(l.heads, topic); len(kept) > 0 {
		l.heads[topic] = kept[len(kept)-1].Cursor()
	}
}

// prune deletes the events up to seq.
func (l *memoryLog) prune(topic string, seq int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events[topic] = slices.DeleteFunc(slices.Clone(l.events[topic]), func(e Event) bool { return e.Seq <= seq })
}

// head returns the cursor of the last event of a topic. Of a topic without events it has the number 0.
func (l *memoryLog) head(topic string) Cursor {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Cursor{Topic: topic, Seq: l.heads[topic].Seq, Nonce: l.heads[topic].Nonce}
}

// held calls hold, if it is set, for an answer that is ready.
func (l *memoryLog) held(read string) error {
	if hold := l.hold.Load(); hold != nil {
		return (*hold)(read)
	}
	return nil
}

// Events implements Log.
func (l *memoryLog) Events(_ context.Context, topic string, after int64, limit int) ([]Event, error) {
	l.eventReads.Add(1)

	l.mu.Lock()
	all := l.events[topic]
	first, _ := slices.BinarySearchFunc(all, after+1, func(e Event, seq int64) int { return int(e.Seq - seq) })
	found := slices.Clone(all[first:min(len(all), first+limit)])
	l.mu.Unlock()

	return found, l.held("Events")
}

// Heads implements Log.
func (l *memoryLog) Heads(_ context.Context, topics []string) (map[string]Cursor, error) {
	if len(topics) > maxHeads {
		return nil, fmt.Errorf("asked for %d heads", len(topics))
	}

	l.headReads.Add(1)

	l.mu.Lock()
	heads := map[string]Cursor{}
	for _, topic := range topics {
		if head, ok := l.heads[topic]; ok {
			heads[topic] = head
		}
	}
	l.mu.Unlock()
	return heads, l.held("Heads")
}
