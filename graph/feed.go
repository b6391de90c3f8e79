package graph

import (
	"context"
	"errors"
	"sync/atomic"

	"ensemble/graph/event"
	"ensemble/graph/fact"
	"ensemble/live"
)

// Feed gives events to the executor of a subscription, one at a time, for all who ask the same question.
type Feed struct {
	// Put prepares events, which are read together, and returns for each a function that has it executed, or nil if the
	// subscription does not want it. What one function put must have been executed before the next is called.
	Put func([]live.Event) []func()

	// NarrowedFor is set when the languages in the context are not those of whoever asks, but what of them makes a
	// difference to texts in these languages: see input.Narrowed. TooNarrow says that a text was of another kind, so
	// that the answer may not be what everybody's own languages would give.
	NarrowedFor []string
	TooNarrow   atomic.Bool

	channel any // a <-chan of what the resolver sends, with room for one
}

type feedKey struct{}

// In returns a context in which the subscription's resolver reads from the feed. The executor gives resolvers nothing
// else that belongs to one operation.
func (f *Feed) In(ctx context.Context) context.Context { return context.WithValue(ctx, feedKey{}, f) }

// feedIn returns the Feed of the subscription that is executed; nil in queries and mutations.
func feedIn(ctx context.Context) *Feed {
	f, _ := ctx.Value(feedKey{}).(*Feed)
	return f
}

var errNoFeed = errors.New("graph: a subscription over a transport that does not stream")

// fed returns the channel that a subscription's resolver sends from. Which topic it listens to is in the table streams.
func fed[T any](ctx context.Context) (<-chan T, error) {
	if f := feedIn(ctx); f != nil {
		return f.channel.(<-chan T), nil
	}
	return nil, errNoFeed
}

// newFeed makes a Feed of what typed returns for events, one for one: what is sent, or nothing, the zero T.
func newFeed[T comparable](typed func([]live.Event) []T) *Feed {
	var nothing T
	out := make(chan T, 1)
	put := func(events []live.Event) []func() {
		puts := make([]func(), len(events))
		for i, t := range typed(events) {
			if t != nothing {
				puts[i] = func() { out <- t }
			}
		}
		return puts
	}
	return &Feed{Put: put, channel: (<-chan T)(out)}
}

// kind is a GraphQL interface of events.
type kind interface {
	comparable
	event.Event
}

// every feeds all events of the kind T.
func every[T kind](r *Resolver, _ string) *Feed {
	return newFeed(func(events []live.Event) []T { return typed[T](r, events) })
}

// ofSubject feeds the events of one thread, out of those of its commitment.
func ofSubject(r *Resolver, subject string) *Feed {
	return newFeed(func(events []live.Event) []event.CommentEvent {
		all := typed[event.CommentEvent](r, events)
		for i, e := range events {
			if e.Type != live.Reset && e.Data["subject"] != subject {
				all[i] = nil
			}
		}
		return all
	})
}

// pulses feeds the pulses of a process.
func pulses(r *Resolver, _ string) *Feed {
	return newFeed(func(events []live.Event) []*fact.ProcessPulse {
		all := make([]*fact.ProcessPulse, len(events))
		for i, e := range events {
			all[i] = fact.PulseOf(e, r.nodes())
		}
		return all
	})
}

// typed returns the events that are of the kind T, with their Go types; nil for the others.
func typed[T event.Event](r *Resolver, events []live.Event) []T {
	all := make([]T, len(events))
	for i, f := range fact.Of(events, r.nodes()) {
		all[i], _ = event.Of(f).(T)
	}
	return all
}
