package live

import (
	"sync/atomic"
	"time"
)

// recent is the end of a topic's history, in memory: a chain of events up to its head. It is bounded in number and in
// bytes, and forgotten when nobody wants it any more; the log has it all. Others use slices of events after the lock is
// free: so elements are never changed.
type recent struct {
	events []Event
	bytes  int
	made   time.Time // when the newest came
	all    *atomic.Int64
}

// add appends an event. What is too much goes in large steps, the oldest first, but never the newest.
func (r *recent) add(e Event, number int) {
	events, bytes, limit := append(r.events, e), r.bytes+e.size(), ringBytes
	if r.all.Load() > allBytes {
		limit = 0
	}

	if len(events) > 2*number || bytes > limit {
		drop := 0
		for ; drop < len(events)-1 && (len(events)-drop > number || bytes > limit/2); drop++ {
			bytes -= events[drop].size()
		}
		events = append(make([]Event, 0, min(2*number, 2*(len(events)-drop))), events[drop:]...)
	}

	r.set(events, bytes)
	r.made = time.Now()
}

func (r *recent) forget() { r.set(nil, 0) }

func (r *recent) set(events []Event, bytes int) {
	r.all.Add(int64(bytes - r.bytes))
	r.events, r.bytes = events, bytes
}

// size returns about how many bytes an event takes in memory.
func (e Event) size() int {
	const itself = 136
	return itself + len(e.ID) + len(e.Subject) + len(e.Actor) + sizeOf(e.Data)
}

// sizeOf returns about how many bytes a JSON value takes in memory.
func sizeOf(v any) int {
	const each = 16
	n := each

	switch v := v.(type) {
	case string:
		n += len(v)
	case map[string]any:
		for name, value := range v {
			n += each + len(name) + sizeOf(value)
		}
	case []any:
		for _, value := range v {
			n += sizeOf(value)
		}
	}

	return n
}

// tidy forgets the events if the last of them came before a moment, and every group has rendered all of them.
func (t *topic) tidy(before time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.pulse != nil || len(t.recent.events) == 0 || !t.recent.made.Before(before) {
		return
	}

	for _, g := range t.groups {
		if ring := g.ring.Load(); ring == nil || ring.end() != t.head.position() || g.late.Load() > 0 {
			return
		}
	}

	t.recent.forget()
}
