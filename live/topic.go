package live

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// topic is what this process remembers of one watched topic: its head, and the events that lead up to it.
// It exists from its first group to its last. It never reads the log and owns no goroutine.
type topic struct {
	name   string
	pulse  *pulse // of a topic of pulses; nil for one of events
	memory int    // events to remember; recent holds at most twice as many

	groups map[string]*group // by key; written with Hub.mu and mu held, so either is enough to read
	pins   int               // who needs the head just now; guarded by Hub.mu

	mu       sync.Mutex
	head     Cursor          // the newest event known that follows from all before it
	recent   recent          // a chain that ends at head
	early    map[int64]Event // by Seq: arrived before the one they follow; at most memory
	moved    chan struct{}   // closed, and replaced, when any of the above changed for readers
	asked    uint64          // number of the last question whether head is still true; see ask
	answered uint64          // number of the last question the log has answered; 0: the head is not known yet
	over     bool            // nobody watches it any more
}

// newTopic begins to watch a topic; all counts the bytes of events that topics remember.
func newTopic(name string, memory int, all *atomic.Int64) *topic {
	return &topic{
		name: name, memory: memory, head: Cursor{Topic: name}, recent: recent{all: all},
		groups: map[string]*group{}, early: map[int64]Event{}, moved: make(chan struct{}),
		asked: 1, // what the head is
	}
}

// offer takes a hint. It reports whether an event before it is missing; the log has that one, by now or soon.
func (t *topic) offer(e Event) (gap bool) {
	t.mu.Lock()
	defer t.mu.Unlock()

	switch {
	case t.answered > 0 && e.Seq <= t.head.Seq:
		return false
	case t.answered > 0 && e.follows(t.head):
		t.push(e)
		t.drain()
		t.wake()
	case len(t.early) < t.memory:
		t.early[e.Seq] = e
	}

	return len(t.early) > 0
}

// push appends the event that follows head. Nobody needs it in a topic that is watched no more.
func (t *topic) push(e Event) {
	if !t.over {
		t.recent.add(e, t.memory)
	}
	t.head = e.Cursor()
}

// end forgets what the topic remembers, for good.
func (t *topic) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	t.recent.forget()
}

// drain pushes events that came early, for as long as the next one is there, and drops those overtaken.
func (t *topic) drain() {
	for e, ok := t.early[t.head.Seq+1]; ok && e.follows(t.head); e, ok = t.early[t.head.Seq+1] {
		t.push(e)
	}
	maps.DeleteFunc(t.early, func(seq int64, _ Event) bool { return seq <= t.head.Seq })
}

// wake makes every group look again whether there is something new. mu is held.
func (t *topic) wake() {
	close(t.moved)
	t.moved = make(chan struct{})
	for _, g := range t.groups {
		g.follow.wake()
		if g.late.Load() > 0 {
			g.catchUp.wake()
		}
	}
}

func (t *topic) addGroup(g *group) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.groups[g.key] = g
}

func (t *topic) removeGroup(g *group) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.groups[g.key] == g {
		delete(t.groups, g.key)
	}
}

// isHead reports whether at is the topic's head.
func (t *topic) isHead(at position) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answered > 0 && at == t.head.position()
}

// place says where a position is, seen from what a topic remembers.
type place int

const (
	waiting  place = iota // at the head, or the head is not known yet
	inMemory              // before events in memory
	older                 // before the first event in memory: the log may have what follows
	strange               // in no history this process knows of: perhaps it has not heard of it, perhaps nobody has
)

// view is one consistent look at a topic from a position.
type view struct {
	place    place
	events   []Event // what follows the position, if it is in memory
	head     Cursor
	answered uint64        // which questions head answers
	moved    chan struct{} // closed when it is worth looking again
}

// look says what follows at. It does not wait.
func (t *topic) look(at position) view {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.pulse != nil {
		return t.newest(at)
	}

	v := view{head: t.head, answered: t.answered, moved: t.moved}
	skip := at.seq - (t.head.Seq - int64(len(t.recent.events))) // how many of recent at is past

	switch {
	case t.answered == 0 || at == t.head.position():
		v.place = waiting
	case at.seq >= t.head.Seq:
		v.place = strange
	case skip < 0:
		v.place = older
	case !t.recent.events[skip].follows(Cursor{t.name, at.seq, at.nonce}):
		v.place = strange
	default:
		v.place, v.events = inMemory, slices.Clip(t.recent.events[skip:])
	}

	return v
}
