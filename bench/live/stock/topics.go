package stock

import (
	"context"
	"sync"

	"ensemble/live"
)

// topics are who watches what.
type topics struct {
	mu       sync.Mutex
	watchers map[string]map[*watcher]struct{}
}

// watcher is the queue of one subscriber. It has no limit: what counts here is that nothing is lost.
type watcher struct {
	mu      sync.Mutex
	waiting []live.Event
	wake    chan struct{}
}

func (t *topics) watch(topic string) *watcher {
	w := &watcher{wake: make(chan struct{}, 1)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.watchers[topic] == nil {
		t.watchers[topic] = map[*watcher]struct{}{}
	}
	t.watchers[topic][w] = struct{}{}
	return w
}

func (t *topics) leave(topic string, w *watcher) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.watchers[topic], w)
}

func (t *topics) send(e live.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for w := range t.watchers[e.Topic] {
		w.push(e)
	}
}

func (w *watcher) push(e live.Event) {
	w.mu.Lock()
	w.waiting = append(w.waiting, e)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// next waits for an event until ctx ends.
func (w *watcher) next(ctx context.Context) (e live.Event, ok bool) {
	for {
		if e, ok := w.pop(); ok {
			return e, true
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			return e, false
		}
	}
}

func (w *watcher) pop() (e live.Event, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == 0 {
		return e, false
	}
	e, w.waiting = w.waiting[0], w.waiting[1:]
	if len(w.waiting) == 0 {
		w.waiting = nil
	}
	return e, true
}
