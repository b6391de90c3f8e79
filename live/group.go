package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	batch     = 128             // events rendered together, at most
	ringBytes = 1 << 20         // of answers that one group keeps
	allBytes  = 64 << 20        // of answers that all groups keep together; see RememberAnswers
	freshness = 2 * time.Second // answers are kept in memory that long, or a little longer
	spans     = 8               // of old answers that one group keeps

	maxRenderers = 100 // of new events, that groups keep while nothing is new
)

// group is everybody who asks the same question about a topic. Each event is rendered once for all of them. Those
// who are up to date find answers in the ring. What others want is rendered separately, so that nobody waits for them.
type group struct {
	hub    *Hub
	topic  *topic
	key    string
	within string // what members are counted as watching
	open   func() Renderer
	asked  any
	purse  Purse
	cost   int    // of an answer; at least 1
	number uint64 // in the order in which questions came

	renderer Renderer // of new events; used by follow only
	older    Renderer // of older ones, while somebody wants them; used by catchUp only
	follow   worker   // renders new events and wakes everybody
	catchUp  worker   // renders older events for those who are behind

	round []position // where catchUp still goes before it begins again
	moved bool       // somebody has gone on in this round

	ring atomic.Pointer[span]   // the latest answers; nil until the topic's head is known
	old  atomic.Pointer[[]span] // older answers that somebody wanted lately, the newest last

	mu      sync.Mutex              // guards what follows, and writing ring and old
	members []*Subscription         // nil where somebody has left; follow closes the holes
	holes   int                     // how many places of members are nil
	payers  payers                  // of the members
	lagging map[position]*straggler // what is wanted and not in memory
	ended   bool

	late   atomic.Int32 // len(lagging)
	failed atomic.Bool  // follow must try again
	idle   atomic.Bool  // nothing new has come for a while
}

// straggler is a position after which no answers are in memory, with the members that are at it.
type straggler struct {
	question uint64 // what the topic was asked about it; 0 while there is no doubt
	members  []*Subscription
}

func newGroup(h *Hub, t *topic, q Question) *group {
	g := &group{
		hub: h, topic: t, key: q.Key, within: q.Within, open: q.Open, asked: q.Asked,
		purse: q.Purse, cost: max(1, q.Cost), number: h.asks.Add(1),
		lagging: map[position]*straggler{},
	}
	chosen := func() []Payer { return *g.payers.chosen.Load() }
	g.follow = worker{crew: h.crew, do: g.renderNew, payers: chosen}
	g.catchUp = worker{crew: h.crew, do: g.renderOld, payers: chosen, old: true}
	g.old.Store(new([]span))
	g.payers.members = map[Payer]int{}
	g.payers.chosen.Store(new([]Payer))
	return g
}

// find returns the answers in memory that follow a position. known is false when what follows has to be rendered,
// perhaps from the log.
func (g *group) find(at position) (answers []Answer, known bool) {
	ring := g.ring.Load()
	if ring == nil {
		return nil, true // follow wakes everybody as soon as there is one
	}

	if g.topic.pulse != nil {
		answers, known = newestIn(ring, at)
	} else {
		answers, known = ring.after(at)
	}

	if known {
		return answers, true
	}

	for _, s := range *g.old.Load() {
		if answers, _ := s.after(at); len(answers) > 0 {
			return answers, true
		}
	}

	return nil, g.topic.isHead(at) // follow is about to bring the ring there
}

// renderNew brings the ring closer to the head of the topic, and wakes everybody. It reports whether there may be more.
func (g *group) renderNew() (more bool) {
	if g.closeHoles(); g.hasEnded() {
		g.rest()
		return false
	}

	ring := g.ring.Load()
	at := position{}
	if ring != nil {
		at = ring.end()
	}

	v := g.topic.look(at)

	switch {
	case v.answered == 0, ring != nil && v.place == waiting:
		g.rest()
		return false
	case ring == nil || v.place != inMemory:
		if !g.replaceRing(&span{from: v.head.position()}) { // everybody compares their own position with the log
			return false
		}
	default:
		if !g.extend(v.events[:min(len(v.events), g.batch())]) {
			g.failed.Store(true)
			return false
		}
	}

	g.wakeAll()
	return true
}

// rest lets the renderer go when nothing new has come for a while, or when many others are there: with a large question
// it takes a megabyte.
func (g *group) rest() {
	if g.renderer != nil && (g.idle.Swap(false) || g.hub.renderers.Load() > maxRenderers) {
		g.renderer = nil
		g.hub.renderers.Add(-1)
	}
}

// extend renders events into the ring. If something is hidden meanwhile, it renders them again: so the ring never has a
// text that was hidden before the rendering began.
func (g *group) extend(events []Event) bool {
	if g.renderer == nil {
		g.renderer = g.open()
		g.hub.renderers.Add(1)
	}

	// Something may be hidden while this renders. Then it renders once more. If something is hidden during that, too,
	// the answers are sent all the same, and forgotten.
	doubts := g.hub.doubts.Load()
	answers, ok := g.render(g.renderer, events, 0)
	if now := g.hub.doubts.Load(); ok && now != doubts {
		doubts = now
		answers, ok = g.render(g.renderer, events, 0)
	}

	if !ok {
		return false
	}
	if !g.append(answers) {
		return false
	}
	g.hub.makeRoom()

	if g.hub.doubts.Load() != doubts {
		g.wakeAll()
		g.forget()
	}

	return true
}

// render makes answers, which somebody pays for, or ends the group when the question is refused. skipped is what an
// event costs that the question skips. What fails, or cannot be paid, is tried again with the next tick.
func (g *group) render(r Renderer, events []Event, skipped int) ([]Answer, bool) {
	payer, ok := g.choosePayer()
	if !ok {
		return nil, false
	}

	ctx, cancel := context.WithTimeout(g.hub.ctx, logTimeout)
	defer cancel()

	payloads, err := rendered(ctx, r, events)
	if errors.Is(err, ErrRefused) {
		g.hub.end(g, err)
		return nil, false
	}

	if g.hub.ctx.Err() == nil {
		g.hub.rendering.note(err)
	}
	if err != nil {
		if ctx.Err() != nil { // it worked all that time in vain, and may do so again; while the database is away, it does not
			g.pay(payer, len(events)*g.cost)
		}
		return nil, false
	}

	made, answers := 0, make([]Answer, len(events))
	for i, e := range events {
		answers[i] = Answer{Event: e, Payload: payloads[i]}
		if payloads[i] == nil { // the event means nothing to this question
			continue
		}

		made++
		if pack := g.hub.pack; pack != nil {
			answers[i].Packed = sync.OnceValue(func() []byte { return pack(payloads[i]) })
		}
	}

	g.hub.Metrics.Rendered.Add(int64(made))
	g.pay(payer, made*g.cost+(len(events)-made)*skipped)
	return answers, true
}

// rendered returns what r makes of events, or why it failed: a panic of r becomes an error, since it must not end
// everything.
func rendered(ctx context.Context, r Renderer, events []Event) (payloads [][]byte, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("live: panic while rendering: %v", cause)
		}
	}()
	return r.Render(ctx, events)
}

// replaceRing makes s the ring, and reports whether it did: not when the group has ended.
func (g *group) replaceRing(s *span) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.setRing(s)
	return !g.ended
}

// append adds answers to the ring, and reports whether the group has not ended. Old answers that are a Reset are
// removed: they say where the head was before.
func (g *group) append(answers []Answer) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if old := *g.old.Load(); slices.ContainsFunc(old, isReset) {
		g.setOld(slices.DeleteFunc(slices.Clone(old), isReset))
	}
	g.setRing(g.ring.Load().with(answers, g.hub.ringLimit(), g.topic.memory))
	g.keep()
	return !g.ended
}

// keep notes that the group has new answers in memory. The caller holds g.mu.
func (g *group) keep() {
	if !g.ended {
		g.hub.shelf.put(g)
	}
}

// setRing makes s the ring, unless the group has ended, and counts its bytes. The caller holds g.mu.
func (g *group) setRing(s *span) {
	before := 0
	if r := g.ring.Load(); r != nil {
		before = r.bytes
	}
	if !g.ended {
		g.hub.bytes.Add(int64(s.bytes - before))
		g.ring.Store(s)
	}
}

// setOld makes the newest of some spans the old answers: as many as the limits of number and bytes allow, but always
// the newest one. The caller holds g.mu.
func (g *group) setOld(all []span) {
	for len(all) > 1 && (len(all) > spans || bytesOfSpans(all) > g.hub.ringLimit()) {
		all = all[1:]
	}
	if !g.ended {
		g.hub.bytes.Add(int64(bytesOfSpans(all) - bytesOfSpans(*g.old.Load())))
		g.old.Store(&all)
	}
}

func bytesOfSpans(all []span) (n int) {
	for _, s := range all {
		n += s.bytes
	}
	return n
}

// forget drops all answers, since something in them may be hidden now. Positions stay.
func (g *group) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.setOld(nil)
	if r := g.ring.Load(); r != nil && len(r.answers) > 0 {
		g.setRing(&span{from: r.end()})
	}
}

// tidy forgets answers that were made before a moment, and tries again what failed.
func (g *group) tidy(before time.Time) {
	g.mu.Lock()
	if r := g.ring.Load(); r != nil && len(r.answers) > 0 && r.made.Before(before) {
		g.setRing(&span{from: r.end()})
		g.idle.Store(true)
	}
	if old := *g.old.Load(); len(old) > 0 && old[0].made.Before(before) {
		g.setOld(slices.DeleteFunc(slices.Clone(old), func(s span) bool { return s.made.Before(before) }))
	}
	g.mu.Unlock()

	if g.late.Load() > 0 {
		g.catchUp.wake()
	}
	if g.failed.Swap(false) || g.idle.Load() || g.isHollow() {
		g.follow.wake()
	}
}

// hasEnded reports whether nobody asks any more.
func (g *group) hasEnded() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ended
}

// wakeAll wakes everybody, some at a time: others may join and leave meanwhile.
func (g *group) wakeAll() {
	var some [256]*Subscription
	for from := 0; ; from += len(some) {
		g.mu.Lock()
		n := copy(some[:], g.members[min(from, len(g.members)):])
		g.mu.Unlock()

		if n == 0 {
			return
		}

		for _, s := range some[:n] {
			if s != nil {
				s.sink.Wake()
			}
		}
	}
}

// size returns how many members there are.
func (g *group) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.members) - g.holes
}

// hollow reports whether most of the places are empty, since members have left. The caller holds g.mu.
func (g *group) hollow() bool { return g.holes > len(g.members)/2 }

// isHollow does what hollow does, for callers who do not hold g.mu.
func (g *group) isHollow() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.hollow()
}

// closeHoles removes the empty places among members when most places are empty.
func (g *group) closeHoles() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.hollow() {
		return
	}
	g.members = slices.DeleteFunc(g.members, func(s *Subscription) bool { return s == nil })
	for i, s := range g.members {
		s.index = i
	}
	g.members, g.holes = slices.Clip(g.members), 0
}
