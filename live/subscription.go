package live

import "context"

// Subscription is one subscriber: a position in the answers to a question. It is no queue: what its sink does not take
// stays in the memory that all who ask share, or in the log. It must not be copied.
type Subscription struct {
	group *group
	sink  Sink
	payer Payer
	at    position // changed by Advance

	// Guarded by group.mu.
	index  int  // in group.members
	behind bool // in group.behind
	left   bool
}

// Join lets s follow a question's events, oldest first, from after; the sink is woken for those already there. Each
// event comes once; an event of type Reset says that what comes next does not follow what came before (see the package
// comment). A sink may take its time: nobody waits for it, and nothing is dropped because of it.
//
// Pulses have no history: the newest comes at once, whatever after says, and then the newest again whenever it has
// changed. An empty after means from now on: nothing committed after the call is missed, though an event committed
// shortly before may still come. Join then waits for the topic's head, unless the topic is watched already.
//
// Errors: ErrCursor if after is not a cursor of the topic, ErrStopped if the Hub has stopped, the context's cause if
// ctx ended while waiting, ErrPayerQuestions, ErrAddressQuestions or ErrAllQuestions if nobody asks the question yet
// and the Purse has no room for another one. An unreachable log is not an error: events come when it is back. Before
// Run, nothing is delivered and an empty after waits. Who may listen is the caller's decision. Join each Subscription
// once.
func (h *Hub) Join(ctx context.Context, q Question, after string, s *Subscription, sink Sink) error {
	if q.Pulse {
		return h.joinPulses(q, s, sink)
	}

	at, err := startOf(q.Topic, after)
	if err != nil {
		return err
	}
	s.sink, s.at = sink, at.position()

	// Pin the topic until s is a member: it must not be dropped, and read anew, between the two.
	if after == "" {
		release, err := h.pinHead(ctx, q.Topic, &s.at)
		if err != nil {
			return err
		}
		defer release()
	}

	if err := h.enter(q, s); err != nil {
		return err
	}

	sink.Wake()
	return nil
}

func (h *Hub) joinPulses(q Question, s *Subscription, sink Sink) error {
	if h.meter == nil {
		return errNoMeter
	}
	s.sink = sink
	if err := h.enter(q, s); err != nil {
		return err
	}
	sink.Wake()
	return nil
}

// startOf reads a client's cursor. An empty one is the place before the first event of the topic.
func startOf(topic, after string) (Cursor, error) {
	if after == "" {
		return Cursor{Topic: topic}, nil
	}
	at, err := ParseCursor(after)
	if err == nil && at.Topic != topic {
		err = ErrCursor
	}
	return at, err
}

// Next returns answers that follow the position and are in memory. When there are none, the sink is woken as soon as
// there are. One goroutine at a time may use Next and Advance.
func (s *Subscription) Next() []Answer {
	answers, known := s.group.find(s.at)
	if !known {
		s.group.fallBehind(s)
	}
	return answers
}

// Advance sets the position to the one after a, which Next returned.
func (s *Subscription) Advance(a Answer) { s.at = a.Event.Cursor().position() }

// Cursor returns the place in the topic that the subscription has come to.
func (s *Subscription) Cursor() Cursor { return Cursor{s.group.topic.name, s.at.seq, s.at.nonce} }

// Key returns the key of the question.
func (s *Subscription) Key() string { return s.group.key }

// Asked returns what the question came with, or another question with the same key.
func (s *Subscription) Asked() any { return s.group.asked }

// Payer returns who pays for the subscription, as the question said.
func (s *Subscription) Payer() Payer { return s.payer }

// Leave ends the subscription. The sink may still be woken for a moment; nothing is called for the end. Leaving twice
// does nothing.
func (s *Subscription) Leave() { s.group.hub.leave(s) }
