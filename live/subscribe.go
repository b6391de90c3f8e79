package live

import "context"

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

// join makes s a watcher of a topic, the first of which activates it: from then on hints are kept, and the head
// is read after that, so nothing falls between the two.
func (h *Hub) join(s *subscriber, name string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return ErrStopped
	}
	if h.topics[name] == nil {
		h.topics[name] = newTopic(name, h.keep)
		signal(h.asked)
	}
	s.topic = h.topics[name]
	s.topic.watchers[s] = struct{}{}
	h.running.Add(1)
	return nil
}

// leave undoes join. The topic's memory goes with its last watcher.
func (h *Hub) leave(s *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.stop(nil)
	delete(s.topic.watchers, s)
	if len(s.topic.watchers) == 0 {
		delete(h.topics, s.topic.name)
	}
	h.running.Done()
}
