package live

import (
	"context"
	"time"
)

// subscriber is a position in a topic and the goroutine that moves it. It is no queue: what its reader does
// not take stays in the topic's memory, or in the log.
type subscriber struct {
	hub   *Hub
	topic *topic
	at    Cursor // the last event the reader took
	out   chan Event
	stop  context.CancelCauseFunc
}

// Subscribe streams the events of topic that follow after, oldest first, until ctx ends or the Hub stops; then
// the channel is closed. To tell which, look at ctx. Each event comes once; an event of type Reset says
// that what comes next does not follow what came before (see the package comment). A reader may take its time:
// it holds up nobody, and nothing is dropped for it.
//
// An empty after means from now on: nothing committed after the call is missed, though an event committed
// shortly before may still come. Subscribe then waits for the topic's head, unless the topic is watched already.
//
// Errors: ErrCursor if after is not a cursor of topic, ErrStopped if the Hub has stopped, the context's cause
// if ctx ended while waiting. An unreachable log is not an error: events come when it is back. Before Run,
// nothing is delivered and an empty after waits. Who may listen is the caller's decision. Safe for concurrent use.
func (h *Hub) Subscribe(ctx context.Context, topic string, after string) (<-chan Event, error) {
	at, err := startOf(topic, after)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	s := &subscriber{hub: h, at: at, out: make(chan Event), stop: stop}
	if err := h.join(s, topic); err != nil {
		stop(err)
		return nil, err
	}
	if after == "" {
		if s.at, err = s.topic.firstHead(ctx); err != nil {
			h.leave(s)
			return nil, err
		}
	}
	go s.run(ctx)
	return s.out, nil
}

// startOf reads a client's cursor; empty, it is the place before the first event.
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

// firstHead waits until the head is known.
func (t *topic) firstHead(ctx context.Context) (Cursor, error) {
	for {
		v := t.look(Cursor{Topic: t.name})
		if v.told > 0 {
			return v.head, nil
		}
		if err := wait(ctx, v.moved); err != nil {
			return Cursor{}, err
		}
	}
}

// run owns the channel: live, lagging and replay are this loop.
func (s *subscriber) run(ctx context.Context) {
	defer s.hub.leave(s)
	defer close(s.out)
	for {
		events, err := s.next(ctx)
		if err != nil || !s.deliver(ctx, events) {
			return
		}
	}
}

// deliver hands events to the reader, at the reader's pace, and moves the position with each one taken.
func (s *subscriber) deliver(ctx context.Context, events []Event) bool {
	for _, e := range events {
		select {
		case s.out <- e:
			s.at = e.Cursor()
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// next waits for events that follow the position: from memory, else from the log. When neither has them, or a
// memory that may be out of date contradicts the position, it has the topic checked against the log first, and
// only then gives up the position for a Reset. It fails only when ctx ends.
func (s *subscriber) next(ctx context.Context) (_ []Event, err error) {
	var question uint64 // 0 while there is no doubt
	for {
		v := s.topic.look(s.at)
		answered := v.told >= question
		if v.place == older && answered {
			v.place = strange // unless the log has what follows
			if v.events, err = s.replay(ctx); err != nil {
				return nil, err
			}
		}
		switch {
		case len(v.events) > 0:
			return v.events, nil
		case v.place == waiting:
			question = 0
		case v.place == strange && question == 0:
			question = s.topic.ask()
			signal(s.hub.asked)
		case v.place == strange && answered:
			return []Event{newReset(v.head)}, nil
		}
		if err := wait(ctx, v.moved); err != nil {
			return nil, err
		}
	}
}

// replay looks for the position's next events in the log, again and again while the log is out of reach.
func (s *subscriber) replay(ctx context.Context) ([]Event, error) {
	for {
		events, err := s.hub.read(ctx, s.at)
		if err == nil {
			return chain(s.at, events), nil
		}
		if err := wait(ctx, time.After(s.hub.every)); err != nil {
			return nil, err
		}
	}
}

// wait returns nil when c delivers or is closed, or why ctx ended.
func wait[T any](ctx context.Context, c <-chan T) error {
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
