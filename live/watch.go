package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Watcher wants to know that something happened on a topic. What happened, it reads itself. It costs a fraction of a
// subscription, and reads nothing of the log.
type Watcher interface {
	// Changed is called by several goroutines, and must not wait. There may be nothing new.
	Changed()
}

// watches are the topics that have watchers.
type watches struct {
	mu sync.Mutex
	of map[string]*watch
}

// watch is what is known of one topic that has watchers.
type watch struct {
	head     position // as the log last said; before that, as if nothing had ever happened
	hint     position // of the newest event that came
	watchers []Watcher
}

// Watch calls w.Changed after whatever is committed on a topic from now on, until Unwatch: at once if a hint comes,
// otherwise with the next comparison with the log. It does not wait. w has to read itself what is committed already.
func (h *Hub) Watch(topic string, w Watcher) { h.watches.add(topic, w) }

// Unwatch undoes Watch, if it was called. w.Changed may still be called for a moment.
func (h *Hub) Unwatch(topic string, w Watcher) { h.watches.remove(topic, w) }

func (s *watches) add(topic string, w Watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.of == nil {
		s.of = map[string]*watch{}
	}
	t := s.of[topic]
	if t == nil {
		t = &watch{}
		s.of[topic] = t
	}

	t.watchers = append(slices.Clip(t.watchers), w) // others may be going through the old ones
}

func (s *watches) remove(topic string, w Watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.of[topic]
	if t == nil {
		return
	}
	left := slices.DeleteFunc(slices.Clone(t.watchers), func(other Watcher) bool { return other == w })
	if t.watchers = left; len(left) == 0 {
		delete(s.of, topic)
	}
}

// hinted is called with each event that comes as a hint.
func (s *watches) hinted(e Event) {
	s.mu.Lock()
	var told []Watcher
	if t := s.of[e.Topic]; t != nil {
		t.hint, told = e.Cursor().position(), t.watchers
	}
	s.mu.Unlock()
	changed(told)
}

// learned is called with the head that a topic has in the log.
func (s *watches) learned(topic string, head position) {
	s.mu.Lock()
	var told []Watcher
	if t := s.of[topic]; t != nil {
		if head != t.head && head != t.hint {
			told = t.watchers
		}
		t.head = head
	}
	s.mu.Unlock()
	changed(told)
}

func changed(watchers []Watcher) {
	for _, w := range watchers {
		w.Changed()
	}
}

func (s *watches) topics() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.of))
}

// checkWatches asks the log for the heads of topics.
func (h *Hub) checkWatches(ctx context.Context, topics []string) error {
	var errs []error
	for some := range slices.Chunk(topics, maxHeads) {
		errs = append(errs, h.checkSomeWatches(ctx, some))
	}
	return errors.Join(errs...)
}

func (h *Hub) checkSomeWatches(ctx context.Context, topics []string) error {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	heads, err := h.log.Heads(ctx, topics)
	if err != nil {
		return fmt.Errorf("read heads of %d topics: %w", len(topics), err)
	}
	for _, topic := range topics {
		h.watches.learned(topic, heads[topic].position())
	}
	return nil
}
