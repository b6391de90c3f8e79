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

// read reads a batch of events after at, for one subscriber. Few may read at once: a crowd that reconnects must
// not take every database connection.
func (h *Hub) read(ctx context.Context, at Cursor) ([]Event, error) {
	if err := h.readers.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer h.readers.Release(1)
	limited, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	events, err := h.log.Events(limited, at.Topic, at.Seq, h.keep)
	if ctx.Err() == nil {
		h.reading.note(err)
	}
	return events, err
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
