package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Meter reads the numbers that pulses carry. Package consultation implements it. Its methods are called from several
// goroutines at once, and must see every event committed before they began, as those of Log.
type Meter interface {
	// Marks returns for each topic a number that changes with every event on it or on what belongs to it. A topic
	// that never had one is absent. At most 1000 topics are asked for at once.
	Marks(ctx context.Context, topics []string) (map[string]int64, error)

	// Measure returns a topic's numbers as they are now. They are never changed after; two of them are the same when
	// reflect.DeepEqual says so.
	Measure(ctx context.Context, topic string) (numbers any, err error)
}

// Reading is what a pulse says.
type Reading struct {
	Numbers  any // of a Meter
	Watchers int // connections that watch, in all processes
}

// Reading returns what e says. ok is false when e is no Pulse.
func (e Event) Reading() (r Reading, ok bool) {
	r, ok = e.Data["reading"].(Reading)
	return r, ok
}

// Pulses are state, not history: only the newest counts. So they have a topic of their own beside that of events, in
// memory only, where the newest is at once the whole past and what follows every position. All else is the same:
// groups, rings, sinks.

const (
	pulseEvery  = 250 * time.Millisecond // between two pulses of a topic, at least
	pulsePrefix = "pulse:"               // of the names of topics of pulses among those of events
)

var errNoMeter = errors.New("live: this hub has no meter")

// MeasureWith lets a Hub answer questions about pulses, which it measures with m.
func MeasureWith(m Meter) HubOption { return func(h *Hub) { h.meter = m } }

// pulse is what the goroutine that takes pulses knows of a topic.
type pulse struct {
	of   string // what is measured
	mark int64
	last Reading
	told bool // last is what those who watch know
}

// stir notes that something happened on any topic. Which pulses it changes, the marks say later.
func (h *Hub) stir() {
	if h.pulses.Load() > 0 {
		signal(h.stirred)
	}
}

// takePulses takes pulses until ctx ends: of topics that are new at once; of all a moment after something happened, and
// with every tick in case no hint came, but none sooner than pulseEvery after its last time, also when all who watched
// have left and come back. The moment is for a hint that comes twice, and for events that come together.
func (h *Hub) takePulses(ctx context.Context) {
	tick := time.NewTicker(h.every)
	defer tick.Stop()
	var due <-chan time.Time
	var last time.Time

	lately := map[string]time.Time{} // when each was taken, within pulseEvery
	take := func(now time.Time, which func(*pulse) bool) {
		maps.DeleteFunc(lately, func(_ string, at time.Time) bool { return now.Sub(at) >= pulseEvery })

		topics := h.pulsing(which)
		rested := slices.DeleteFunc(slices.Clone(topics), func(t *topic) bool { return !lately[t.pulse.of].IsZero() })
		if len(rested) < len(topics) {
			signal(h.stirred) // the others have their turn the next time
		}

		for _, t := range rested {
			lately[t.pulse.of] = now
		}
		h.takeSome(ctx, rested)
	}

	for {
		select {
		case <-ctx.Done():
			return
		case <-h.joined:
			take(time.Now(), func(p *pulse) bool { return !p.told })
			continue
		case <-h.stirred:
		case <-tick.C:
		case <-due:
			due, last = nil, time.Now()
			take(last, func(*pulse) bool { return true })
			continue
		}

		if due == nil && h.pulses.Load() > 0 {
			due = time.After(max(patience, pulseEvery-time.Since(last)))
		}
	}
}

// pulsing returns the topics of pulses that which selects.
func (h *Hub) pulsing(which func(*pulse) bool) []*topic {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var topics []*topic
	for _, t := range h.topics {
		if t.pulse != nil && which(t.pulse) {
			topics = append(topics, t)
		}
	}
	return topics
}

// takeSome takes the pulses of topics. What fails is tried again with the next tick.
func (h *Hub) takeSome(ctx context.Context, topics []*topic) {
	if len(topics) == 0 {
		return
	}

	var errs []error
	for some := range slices.Chunk(topics, maxHeads) {
		errs = append(errs, h.compareMarks(ctx, some))
	}

	if ctx.Err() == nil {
		h.measuring.note(errors.Join(errs...))
	}
}

// compareMarks measures again the topics whose mark has changed. A mark is read before the numbers, so what happens
// between the two is found the next time.
func (h *Hub) compareMarks(ctx context.Context, topics []*topic) error {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()

	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = t.pulse.of
	}

	marks, err := h.meter.Marks(ctx, names)
	if err != nil {
		return fmt.Errorf("read the marks of %d topics: %w", len(names), err)
	}

	var g errgroup.Group
	g.SetLimit(logReaders)
	for _, t := range topics {
		g.Go(func() error { return h.takePulse(ctx, t, marks[t.pulse.of]) })
	}
	return g.Wait()
}

// takePulse sends the newest reading to those who watch t, if it differs from the one before.
func (h *Hub) takePulse(ctx context.Context, t *topic, mark int64) error {
	p := t.pulse
	now := Reading{Numbers: p.last.Numbers, Watchers: h.Watchers(p.of)}

	// Measure only when the mark has changed. How many watch is known here, and changes without a mark.
	if !p.told || mark != p.mark {
		var err error
		if now.Numbers, err = h.meter.Measure(ctx, p.of); err != nil {
			return fmt.Errorf("measure %s: %w", p.of, err)
		}
		h.Metrics.Measured.Add(1)
	}

	if !p.told || !reflect.DeepEqual(now, p.last) {
		t.beat(now)
	}

	p.told, p.mark, p.last = true, mark, now
	return nil
}

// beat makes a reading the only event of the topic, and wakes those who watch.
func (t *topic) beat(r Reading) {
	t.mu.Lock()
	defer t.mu.Unlock()
	nonce := rand.Uint64() | 1 // #nosec G404 -- no secret: two histories differ by it
	e := Event{
		ID: newEventID(), Topic: t.pulse.of, Seq: t.head.Seq + 1, Nonce: nonce, Previous: t.head.Nonce,
		Type: Pulse, Subject: t.pulse.of, Data: map[string]any{"reading": r},
		At: time.Now().UTC().Truncate(time.Microsecond),
	}
	t.recent.events, t.head, t.answered = []Event{e}, e.Cursor(), 1
	t.wake()
}

// newest does what look does, for a topic of pulses.
func (t *topic) newest(at position) view {
	v := view{head: t.head, answered: t.answered, moved: t.moved, place: waiting}
	if t.answered > 0 && at != t.head.position() {
		v.place, v.events = inMemory, t.recent.events
	}
	return v
}

// newestIn does what find does, for a group that asks about pulses: who is behind gets the last answer alone.
func newestIn(ring *span, at position) (answers []Answer, known bool) {
	n := len(ring.answers)
	if at == ring.end() || n == 0 {
		return nil, at == ring.end()
	}
	return ring.answers[n-1:], true
}
