package live

import (
	"context"
	"maps"
	"sync"
	"time"
)

// Headcount is how many connections watch what, in one process. The newest of a process counts.
type Headcount struct {
	From     string         // names the process
	Watching map[string]int // by topic; what is absent nobody watches
}

const (
	defaultHeadcount = 2 * time.Second // see HeadcountEvery
	missedHeadcounts = 3               // a process that is silent for so long has no watchers any more
)

// HeadcountEvery sets how often the process reports to others who watches here, 2 s by default. All processes must
// agree.
func HeadcountEvery(d time.Duration) HubOption { return func(h *Hub) { h.presence.every = d } }

// Connected is a Sink of a connection that may have several: where watchers are counted they are one.
type Connected interface {
	Sink
	Connection() any // comparable
}

// presence counts who watches what, here and elsewhere. What is here is exact. What is elsewhere was so when that
// process last said so, and is forgotten when it says nothing any more: after a crash the count heals by itself.
type presence struct {
	name  string // of this process
	every time.Duration

	mu    sync.Mutex
	here  map[string]map[any]int    // topic → connection → how often
	there map[string]heardHeadcount // by process
	told  bool                      // the others know of somebody here
}

type heardHeadcount struct {
	watching map[string]int
	at       time.Time
}

func newPresence(name string) *presence {
	return &presence{
		name: name, every: defaultHeadcount, here: map[string]map[any]int{}, there: map[string]heardHeadcount{},
	}
}

func connectionOf(sink Sink) any {
	if c, ok := sink.(Connected); ok {
		return c.Connection()
	}
	return sink
}

// enter counts a subscription of a connection; topic "" is counted nowhere.
func (p *presence) enter(topic string, sink Sink) {
	if topic == "" {
		return
	}

	p.mu.Lock()
	defer p.mu.Unlock()

	connections := p.here[topic]
	if connections == nil {
		connections = map[any]int{}
		p.here[topic] = connections
	}
	connections[connectionOf(sink)]++
}

// leave undoes enter.
func (p *presence) leave(topic string, sink Sink) {
	if topic == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()

	connections, c := p.here[topic], connectionOf(sink)
	if connections[c]--; connections[c] <= 0 {
		delete(connections, c)
	}

	if len(connections) == 0 {
		delete(p.here, topic)
	}
}

// count returns how many connections watch a topic, as far as is known.
func (p *presence) count(topic string, now time.Time) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bury(now)
	n := len(p.here[topic])
	for _, r := range p.there {
		n += r.watching[topic]
	}
	return n
}

// bury forgets processes that have not reported for too long. p.mu is held.
func (p *presence) bury(now time.Time) {
	maps.DeleteFunc(p.there, func(_ string, r heardHeadcount) bool { return now.Sub(r.at) > missedHeadcounts*p.every })
}

// hear takes the report of a process.
func (p *presence) hear(r Headcount, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case r.From == p.name:
	case len(r.Watching) == 0:
		delete(p.there, r.From)
	default:
		p.there[r.From] = heardHeadcount{r.Watching, now}
	}
}

// report returns the report for the other processes. ok is false when they need none: nobody watches here, and they
// know that.
func (p *presence) report() (r Headcount, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bury(time.Now())
	r = Headcount{From: p.name, Watching: make(map[string]int, len(p.here))}
	for topic, connections := range p.here {
		r.Watching[topic] = len(connections)
	}
	ok = p.told || len(p.here) > 0
	p.told = len(p.here) > 0
	return r, ok
}

// Watchers returns how many connections watch a topic, or something that belongs to it: see Question.Within. Those of
// other processes are known a few seconds late.
func (h *Hub) Watchers(topic string) int { return h.presence.count(topic, time.Now()) }

// reportPresence reports to other processes who watches what here, until ctx ends. If a report is lost, the next one
// replaces it.
func (h *Hub) reportPresence(ctx context.Context) {
	tick := time.NewTicker(h.presence.every)
	defer tick.Stop()

	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if r, ok := h.presence.report(); ok {
				h.publishing.note(h.broker.Report(ctx, r))
			}
		}
	}
}

// hear takes a report from anywhere.
func (h *Hub) hear(r Headcount) { h.presence.hear(r, time.Now()) }
