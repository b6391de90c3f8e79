package live

import (
	"context"
	"errors"
)

// enter makes s a member of its question's group. The first group of a topic activates it: from then on hints are
// stored. The head is read after that, so no event is lost between the two.
func (h *Hub) enter(q Question, s *Subscription) error {
	h.mu.Lock()
	gone, err := h.admit(q, s)
	h.mu.Unlock()
	endAll(gone, ErrAllQuestions)
	return err
}

// admit does what enter does. It returns who has to give way. h.mu is held.
func (h *Hub) admit(q Question, s *Subscription) (gone []*Subscription, err error) {
	if h.stopped {
		return nil, ErrStopped
	}

	g, gone, err := h.groupOf(q)
	if err != nil {
		return nil, err
	}

	g.mu.Lock()
	defer g.mu.Unlock()

	s.group, s.index, s.payer = g, len(g.members), q.Payer
	g.members = append(g.members, s)
	g.payers.enter(q.Payer)
	h.presence.enter(g.within, s.sink)
	if s.index == 0 {
		g.follow.wake()
	}
	return gone, nil
}

// groupOf returns the group of those who ask a question. Whoever is the first is charged with the question; when there
// are as many as there may be, somebody may have to give way. h.mu is held.
func (h *Hub) groupOf(q Question) (g *group, gone []*Subscription, err error) {
	if t := h.topics[q.topicName()]; t != nil && t.groups[q.Key] != nil {
		return t.groups[q.Key], nil, nil
	}

	if q.Purse != nil && !q.Moved {
		err = h.ledger.mayAdd(q.Payer, q.Purse)
		if errors.Is(err, ErrAllQuestions) {
			gone, err = h.makeWay(q.Payer)
		}
		if err != nil {
			return nil, nil, err
		}
	}

	t := h.activate(q)
	g = newGroup(h, t, q)
	h.ledger.add(q.Payer)
	t.addGroup(g)
	return g, gone, nil
}

// topicName returns the name of the topic of a question among all topics.
func (q Question) topicName() string {
	if q.Pulse {
		return pulsePrefix + q.Topic
	}
	return q.Topic
}

// activate returns the topic of a question, and begins to watch it when nobody does. The caller holds h.mu.
func (h *Hub) activate(q Question) *topic {
	name := q.topicName()
	t := h.topics[name]

	switch {
	case t != nil:
	case q.Pulse:
		t = newTopic(name, 1, &h.events)
		t.pulse = &pulse{of: q.Topic}
		h.topics[name] = t
		h.pulses.Add(1)
		signal(h.joined)
	default:
		t = newTopic(name, h.memory, &h.events)
		h.topics[name] = t
		signal(h.asked)
	}

	return t
}

// pinHead waits until a topic's head is known. The topic stays active until release is called.
func (h *Hub) pinHead(ctx context.Context, name string, at *position) (release func(), err error) {
	h.mu.Lock()
	if h.stopped {
		h.mu.Unlock()
		return nil, ErrStopped
	}
	t := h.activate(Question{Topic: name})
	t.pins++
	h.mu.Unlock()

	release = func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		t.pins--
		h.drop(t)
	}

	for {
		v := t.look(position{})
		if v.answered > 0 {
			*at = v.head.position()
			return release, nil
		}

		select {
		case <-v.moved:
		case <-h.over:
			release()
			return nil, ErrStopped
		case <-ctx.Done():
			release()
			return nil, context.Cause(ctx)
		}
	}
}

// drop forgets a topic that nobody watches. h.mu is held.
func (h *Hub) drop(t *topic) {
	if len(t.groups) == 0 && t.pins == 0 && h.topics[t.name] == t {
		delete(h.topics, t.name)
		t.end()
		if t.pulse != nil {
			h.pulses.Add(-1)
		}
	}
}

// leave undoes enter. A group goes with its last member, and a topic with its last group.
func (h *Hub) leave(s *Subscription) {
	g := s.group
	h.mu.Lock()
	defer h.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()

	if s.left {
		return
	}
	s.left = true
	h.presence.leave(g.within, s.sink)

	g.members[s.index] = nil
	g.holes++
	if g.holes == len(g.members) {
		h.dismiss(g)
		return
	}

	was, _ := g.payers.charged()
	g.payers.leave(s.payer)
	if is, _ := g.payers.charged(); is != was {
		h.ledger.remove(was)
		h.ledger.add(is)
	}
}

// dismiss removes a group and its memory. h.mu and g.mu are held.
func (h *Hub) dismiss(g *group) {
	g.setOld(nil)
	g.setRing(&span{})
	g.ended = true
	h.shelf.take(g)
	if payer, ok := g.payers.charged(); ok {
		h.ledger.remove(payer)
	}
	g.payers.end()
	clear(g.lagging)
	g.late.Store(0)
	g.topic.removeGroup(g)
	g.idle.Store(true)
	g.follow.wake() // it lets its renderer go
	h.drop(g.topic)
}

// end ends a group, and the subscription of every member with err.
func (h *Hub) end(g *group, err error) {
	h.mu.Lock()
	members := h.expel(g)
	h.mu.Unlock()
	endAll(members, err)
}

// expel ends a group. It returns its members, who are to be told once h.mu is free. h.mu is held.
func (h *Hub) expel(g *group) (members []*Subscription) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.ended {
		h.dismiss(g)
	}

	for _, s := range g.members {
		if s != nil {
			s.left = true
			h.presence.leave(g.within, s.sink)
		}
	}

	members, g.members = g.members, nil
	return members
}

// endAll tells subscriptions that nothing comes any more. A sink may take a lock of its own, so none of ours is held.
func endAll(members []*Subscription, err error) {
	for _, s := range members {
		if s != nil {
			s.sink.End(err)
		}
	}
}
