package live

import (
	"container/list"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

// ErrStopped means that the Hub's Run has ended; the process is shutting down.
var ErrStopped = errors.New("live: the hub has stopped")

const (
	defaultEvery  = time.Second           // see ReconcileEvery
	defaultMemory = 512                   // see RememberEvents
	patience      = 10 * time.Millisecond // for an event that was overtaken on its way, before the log is asked
	logTimeout    = 10 * time.Second      // for one read of the log, so that a stuck one is tried again
	logReaders    = 8                     // reads of events at once by subscribers, and as many by the reconciler
)

// Hub brings events to the subscribers in this process. Topics that are watched are compared with the Log once a
// second, and at once when there is reason to; so the Broker decides how soon an event comes, never whether.
// All methods are safe for concurrent use. The zero Hub is not usable.
type Hub struct {
	log    Log
	broker Broker
	every  time.Duration
	memory int

	pack func([]byte) []byte // nil: answers have one form

	asked, gaps chan struct{} // capacity one: a topic wants a check at once, or after patience

	meter           Meter         // of pulses; nil: there are none
	joined, stirred chan struct{} // capacity one: a pulse is wanted at once, or something happened
	pulses          atomic.Int64  // topics of pulses
	presence        *presence

	watches watches

	deaf    atomic.Bool // hints may have been lost: check every topic at once
	readers *semaphore.Weighted

	reading, rendering, checking, measuring, publishing outage

	// Metrics counts what the Hub does.
	Metrics Metrics

	ctx    context.Context // of work for all subscribers: ends with Run
	cancel context.CancelFunc
	crew   *crew        // groups at work
	doubts atomic.Int64 // how often answers in memory had to be forgotten
	hiding lately       // what had them forgotten
	bytes  atomic.Int64 // of answers in memory
	most   int64        // of these bytes
	shelf  shelf        // where they are

	asks      atomic.Uint64 // questions so far
	renderers atomic.Int64  // of new events, that groups keep
	events    atomic.Int64  // bytes of events in memory

	mu      sync.RWMutex
	topics  map[string]*topic // watched ones
	ledger  ledger
	stopped bool
	over    chan struct{} // closed when stopped
}

// Metrics are counters since the start.
type Metrics struct {
	Rendered atomic.Int64 // answers made: executions
	Replays  atomic.Int64 // reads of the log for those who are behind
	PutOff   atomic.Int64 // times that answers had to wait, since nobody who asks for them has anything left
	Measured atomic.Int64 // readings of the numbers of a pulse
}

// HubOption changes a setting of a new Hub.
type HubOption func(*Hub)

// ReconcileEvery sets the time between two comparisons of watched topics with the log, 1 s by default: the
// latency when hints are lost, and the pace of retries when the log is out of reach. It must be positive.
func ReconcileEvery(d time.Duration) HubOption { return func(h *Hub) { h.every = d } }

// RememberEvents sets how many events of each watched topic stay in memory, 512 by default (up to twice as many for
// moments), and at least 1. Readers further behind read the log, in batches of as many.
func RememberEvents(n int) HubOption { return func(h *Hub) { h.memory = n } }

// RememberAnswers sets how many bytes of answers all questions together keep in memory, 64 MiB by default. Those who
// cannot take more answers at once read the log later.
func RememberAnswers(bytes int64) HubOption { return func(h *Hub) { h.most = bytes } }

// PackWith gives answers a second form, such as a compressed one.
func PackWith(pack func(payload []byte) []byte) HubOption { return func(h *Hub) { h.pack = pack } }

// ReadFrom makes the Hub read another log than the one given to NewHub.
func ReadFrom(log Log) HubOption { return func(h *Hub) { h.log = log } }

// NewHub returns a Hub that does nothing until Run.
func NewHub(log Log, broker Broker, logger *slog.Logger, options ...HubOption) *Hub {
	h := &Hub{
		log: log, broker: broker, every: defaultEvery, memory: defaultMemory,
		asked: make(chan struct{}, 1), gaps: make(chan struct{}, 1),
		joined: make(chan struct{}, 1), stirred: make(chan struct{}, 1), presence: newPresence(uuid.NewString()),
		crew: newCrew(), most: allBytes, ledger: newLedger(), shelf: shelf{at: map[*group]*list.Element{}},
		readers:    semaphore.NewWeighted(logReaders),
		reading:    outage{what: "replay from the event log", logger: logger},
		rendering:  outage{what: "render events", logger: logger},
		checking:   outage{what: "compare topics with the event log", logger: logger},
		measuring:  outage{what: "measure pulses", logger: logger},
		publishing: outage{what: "publish events", logger: logger},
		topics:     map[string]*topic{},
		over:       make(chan struct{}),
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())

	for _, set := range options {
		set(h)
	}

	h.Watch(SiteTopic, everything{h})
	return h
}

// Run does the Hub's work until ctx ends, and returns nil then. Before it returns, every subscription has ended, and so
// has every goroutine of the Hub. An error means that the Broker gave up. Call it once.
func (h *Hub) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.broker.Run(ctx, Listener{Event: h.receive, Report: h.hear, Gap: h.missed}) })
	g.Go(func() error { h.takePulses(ctx); return nil })
	g.Go(func() error { h.reportPresence(ctx); return nil })
	g.Go(func() error { h.reconcile(ctx); return nil })
	g.Go(func() error { <-ctx.Done(); h.shut(); return nil })
	return g.Wait()
}

// Publish announces events that are committed: to subscribers in this process before it returns, to the others
// through the Broker. It does not wait for them or for the network, and it cannot fail: what does not arrive is
// found in the log. Events of one topic should come in order, but need not.
func (h *Hub) Publish(ctx context.Context, events ...Event) {
	for _, e := range events {
		h.receive(e)
		h.publishing.note(h.broker.Publish(ctx, e))
	}
}

// receive takes a hint from anywhere.
func (h *Hub) receive(e Event) {
	if e.Hides() && h.hiding.isNew(e.ID) {
		h.forget()
	}

	h.mu.RLock()
	t := h.topics[e.Topic]
	h.mu.RUnlock()

	if t != nil && t.pulse == nil && t.offer(e) {
		signal(h.gaps)
	}

	h.watches.hinted(e)
	h.stir()
}

// lately knows the ids of the last events of some kind, so that each counts once: our own come back by way of the
// Broker.
type lately struct {
	mu   sync.Mutex
	ids  [64]string
	next int
}

// isNew reports whether the event with this id has not been seen lately, and remembers it.
func (l *lately) isNew(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.Contains(l.ids[:], id) {
		return false
	}
	l.ids[l.next] = id
	l.next = (l.next + 1) % len(l.ids)
	return true
}

// missed is called when hints may have been lost. It asks for a comparison of every topic with the log at once.
func (h *Hub) missed() {
	h.forget()
	h.deaf.Store(true)
	signal(h.asked)
}

// forget drops every answer in memory: any of them may contain what has just been hidden.
func (h *Hub) forget() {
	h.doubts.Add(1)
	for _, g := range h.groups() {
		g.forget()
	}
}

// everything is the Watcher that empties a Hub's memory: whatever happens on SiteTopic, all answers are made anew.
type everything struct{ hub *Hub }

// Changed implements Watcher.
func (e everything) Changed() { e.hub.forget() }

// tidy drops, with every tick, the answers and events that nobody has wanted for a while.
func (h *Hub) tidy() {
	before := time.Now().Add(-freshness)
	for _, g := range h.groups() {
		g.tidy(before)
	}
	for _, t := range h.watched() {
		t.tidy(before)
	}
}

// watched returns the topics that somebody in this process watches.
func (h *Hub) watched() []*topic {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Collect(maps.Values(h.topics))
}

// groups returns the groups of all topics.
func (h *Hub) groups() []*group {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var all []*group
	for _, t := range h.topics {
		for _, g := range t.groups {
			all = append(all, g)
		}
	}
	return all
}

// Groups returns how many distinct questions are asked in this process.
func (h *Hub) Groups() int { return len(h.groups()) }

// Bytes returns how many bytes of answers are in memory, not counting the structures around them.
func (h *Hub) Bytes() int64 { return h.bytes.Load() }

// EventBytes returns about how many bytes of events are in memory.
func (h *Hub) EventBytes() int64 { return h.events.Load() }

// Subscriptions returns how many there are in this process.
func (h *Hub) Subscriptions() (n int) {
	for _, g := range h.groups() {
		n += g.size()
	}
	return n
}

// ringLimit returns how many bytes of answers a group may have in memory: none while all together have too many.
func (h *Hub) ringLimit() int {
	if h.isFull() {
		return 0
	}
	return ringBytes
}

// isFull reports whether there are too many bytes of answers in memory.
func (h *Hub) isFull() bool { return h.bytes.Load() > h.most }

// signal leaves a note in a channel of capacity one; one note is as good as many.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// shut lets nobody in any more, waits for groups at work, and ends every subscription.
func (h *Hub) shut() {
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()

	close(h.over)
	h.cancel()
	h.crew.close()

	for _, g := range h.groups() {
		h.end(g, ErrStopped)
	}
}
