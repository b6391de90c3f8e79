package live

import (
	"context"
	"sync"
)

// echo is a Renderer that answers each event with its type.
type echo struct{}

// Render implements Renderer.
func (echo) Render(_ context.Context, events []Event) ([][]byte, error) {
	answers := make([][]byte, len(events))
	for i, e := range events {
		answers[i] = []byte(e.Type)
	}
	return answers, nil
}

// reader is a subscriber that sends events to a channel, one after the other, and waits for whoever takes them.
type reader struct {
	Subscription
	out   chan Event
	woken chan struct{} // capacity one
	ended chan struct{}
	end   func()
}

func (r *reader) Wake()     { signal(r.woken) }
func (r *reader) End(error) { r.end() }

// newReader returns a reader that is not subscribed yet.
func newReader() *reader {
	r := &reader{out: make(chan Event), woken: make(chan struct{}, 1), ended: make(chan struct{})}
	r.end = sync.OnceFunc(func() { close(r.ended) })
	return r
}

// Subscribe joins the group of those who ask what type events have. The channel is closed when ctx ends or the Hub
// stops.
func (h *Hub) Subscribe(ctx context.Context, topic, after string) (<-chan Event, error) {
	r := newReader()
	q := Question{Topic: topic, Key: "type", Open: func() Renderer { return echo{} }}
	if err := h.Join(ctx, q, after, &r.Subscription, r); err != nil {
		return nil, err
	}
	go r.read(ctx)
	return r.out, nil
}

// read sends what there is, and waits to be woken, until ctx or the subscription ends.
func (r *reader) read(ctx context.Context) {
	defer close(r.out)
	defer r.Leave()
	for {

		for _, a := range r.Next() {
			select {
			case r.out <- a.Event:
				r.Advance(a)
			case <-ctx.Done():
				return
			case <-r.ended:
				return
			}
		}

		// What came meanwhile may have woken nobody.
		if len(r.Next()) > 0 {
			continue
		}

		select {
		case <-r.woken:
		case <-ctx.Done():
			return
		case <-r.ended:
			return
		}
	}
}
