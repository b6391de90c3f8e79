package live

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// fallBehind asks for answers after a subscription's position, which are not in memory. When they are rendered, the
// subscription is woken.
func (g *group) fallBehind(s *Subscription) {
	g.mu.Lock()
	if s.behind || s.left || g.ended {
		g.mu.Unlock()
		return
	}

	s.behind = true
	at := g.lagging[s.at]
	if at == nil {
		at = &straggler{}
		g.lagging[s.at] = at
		g.late.Add(1)
	}

	at.members = append(at.members, s)
	g.mu.Unlock()

	g.catchUp.wake()
}

// renderOld serves one place where stragglers are. In each round those furthest behind come first, so that what they
// need is read and rendered once for everybody on the way. It reports whether there may be more to do: not when all
// that are left wait for an answer of the log, or for one that could not be rendered, or when nobody can pay, so that
// the log is not read for nothing. Then the topic or the next tick wakes it again. Until nobody is left the renderer
// stays: it may know what failed.
func (g *group) renderOld() (more bool) {
	if len(g.round) == 0 {
		g.round, g.moved = g.places(), false
	}
	if len(g.round) == 0 {
		g.older = nil
		return false
	}
	if _, ok := g.choosePayer(); !ok {
		return false
	}
	if g.older == nil {
		g.older = g.open()
	}

	for result := passed; len(g.round) > 0 && result == passed; {
		at := g.round[0]
		g.round = g.round[1:]
		if result = g.settle(g.older, at); result == settled {
			g.release(at)
			g.moved = true
		}
	}

	return len(g.round) > 0 || g.moved
}

// places returns where stragglers are, those furthest behind first.
func (g *group) places() []position {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.SortedFunc(maps.Keys(g.lagging), func(a, b position) int { return cmp.Compare(a.seq, b.seq) })
}

// result is what came of the work at one place.
type result int

const (
	passed  result = iota // nothing was done yet: the topic is asked first
	failed                // work was done for nothing
	settled               // what follows is in memory
)

// settle brings into memory what follows a position. When neither memory nor the log has it, or a memory that may be
// out of date contradicts the position, it has the topic checked against the log first, and only then says Reset.
func (g *group) settle(r Renderer, at position) result {
	if answers, known := g.find(at); known || len(answers) > 0 {
		return settled
	}

	straggler := g.stragglers(at)
	if straggler == nil {
		return settled // everybody there has left
	}

	from := Cursor{g.topic.name, at.seq, at.nonce}
	v := g.topic.look(from.position())
	isAnswered := v.answered >= straggler.question

	// Ask the topic, and the log for what the topic has forgotten already.
	switch {
	case v.answered == 0 || !isAnswered:
		return passed
	case v.place == waiting:
		return settled
	case v.place == older:
		events, err := g.hub.read(from, g.batch())
		if err != nil {
			return failed
		}
		v.events = chain(from, events)
	}

	// What follows is rendered. Nothing follows a strange position, but the topic may be out of date: check it first.
	switch {
	case len(v.events) > 0:
		return g.recall(r, at, v.events[:min(len(v.events), g.batch())])
	case straggler.question == 0 && v.place == strange:
		straggler.question = g.topic.ask()
		signal(g.hub.asked)
		return passed
	}

	return g.recall(r, at, []Event{newReset(v.head)})
}

// stragglers returns the straggler at a position, or nil when nobody is there.
func (g *group) stragglers(at position) *straggler {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.lagging[at]; s != nil && slices.ContainsFunc(s.members, func(s *Subscription) bool { return !s.left }) {
		return s
	}
	return nil
}

// recall renders old events, and remembers the answers for all who come to this position. When something was hidden
// meanwhile, it renders them again, but fewer each time: so those who return make progress however often that happens.
// A single event that was rendered twice is sent all the same, as a new event would be (see extend), and forgotten.
// Events that the question skips are paid for, too: they were read.
func (g *group) recall(r Renderer, from position, events []Event) result {
	before := 0 // events in the round before

	for {
		doubts := g.hub.doubts.Load()
		answers, ok := g.render(r, events, 1)
		if !ok {
			return failed
		}

		if g.remember(from, answers, doubts) {
			g.hub.makeRoom()
			return settled
		}

		if before == 1 {
			g.remember(from, answers, anyDoubts)
			g.release(from)
			g.forget()
			return settled
		}

		before, events = len(events), events[:max(1, len(events)/4)]
	}
}

const anyDoubts = -1

// remember adds answers to the old ones, and reports whether it did: not when something was hidden since the number of
// doubts was read. With anyDoubts it always does.
func (g *group) remember(from position, answers []Answer, doubts int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if doubts != anyDoubts && doubts != g.hub.doubts.Load() {
		return false
	}
	g.setOld(append(slices.Clone(*g.old.Load()),
		span{from: from, answers: answers, bytes: bytesOf(answers), made: time.Now()}))
	g.keep()
	return true
}

// release wakes those who waited at a position.
func (g *group) release(at position) {
	g.mu.Lock()
	var members []*Subscription
	if waiting := g.lagging[at]; waiting != nil {
		members = waiting.members
		delete(g.lagging, at)
		g.late.Add(-1)
	}

	for _, s := range members {
		s.behind = false
	}

	g.mu.Unlock()

	for _, s := range members {
		s.sink.Wake()
	}
}

// read reads at most so many events from the log. Few may read at once: a crowd that reconnects must not take every
// database connection.
func (h *Hub) read(at Cursor, most int) ([]Event, error) {
	if err := h.readers.Acquire(h.ctx, 1); err != nil {
		return nil, err
	}
	defer h.readers.Release(1)

	limited, cancel := context.WithTimeout(h.ctx, logTimeout)
	defer cancel()

	events, err := h.log.Events(limited, at.Topic, at.Seq, min(h.memory, most))
	if h.ctx.Err() == nil {
		h.reading.note(err)
	}

	h.Metrics.Replays.Add(1)
	return events, err
}
