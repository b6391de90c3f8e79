package graph

import (
	"context"
	"errors"
	"sync/atomic"

	"ensemble/consultation/input"
	"ensemble/graph/event"
	"ensemble/graph/fact"
	"ensemble/live"
)

// Feed passes events to the executor of a subscription, one at a time, for all who ask the same question.
type Feed struct {
	// Put prepares events so that what they are about is read together. For each event it returns a function that sends
	// it to the executor, or nil if the subscription does not want it. The channel holds one event: the executor must
	// have answered one before the next function is called.
	Put func([]live.Event) []func()

	// Narrowing is what was supposed of texts when the context was given only those of the reader's languages that make
	// a difference. Unfit becomes a text for which that is not true: the answer may then differ from the one for the
	// reader's own languages.
	Narrowing input.Narrowing
	Unfit     atomic.Pointer[input.Texts]

	channel any // a <-chan of what the resolver sends, with room for one
}

type feedKey struct{}

// In returns a context in which the subscription's resolver reads from the feed. It is in the context because resolvers
// receive nothing else that belongs to one operation.
func (f *Feed) In(ctx context.Context) context.Context { return context.WithValue(ctx, feedKey{}, f) }

// feedIn returns the Feed of the subscription that is executed; nil in queries and mutations.
func feedIn(ctx context.Context) *Feed {
	f, _ := ctx.Value(feedKey{}).(*Feed)
	return f
}

var errNoFeed = errors.New("graph: a subscription over a transport that does not stream")

// fed returns the channel of events that a subscription's resolver returns. The topic is not chosen here, but in the
// table streams. Errors: errNoFeed when the transport has made no Feed.
func fed[T any](ctx context.Context) (<-chan T, error) {
	if f := feedIn(ctx); f != nil {
		return f.channel.(<-chan T), nil
	}
	return nil, errNoFeed
}

// newFeed makes a Feed. For each event typed returns what is sent for it, or the zero T when the subscription does not
// want it.
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

// kind is a GraphQL interface of events: all that one subscription sends.
type kind interface {
	comparable
	event.Event
}

// every makes the Feed of all events of the kind T.
func every[T kind](r *Resolver, _ string) *Feed {
	return newFeed(func(events []live.Event) []T { return typed[T](r, events) })
}

// ofSubject makes the Feed of the events of one thread, out of those of its commitment's topic. A Reset concerns every
// thread.
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

// pulses makes the Feed of the pulses of a process.
func pulses(r *Resolver, _ string) *Feed {
	return newFeed(func(events []live.Event) []*fact.ProcessPulse {
		all := make([]*fact.ProcessPulse, len(events))
		for i, e := range events {
			all[i] = fact.PulseOf(e, r.nodes())
		}
		return all
	})
}

// typed returns the events as their Go types, one for one; nil where an event is not of the kind T.
func typed[T event.Event](r *Resolver, events []live.Event) []T {
	all := make([]T, len(events))
	for i, f := range fact.Of(events, r.nodes()) {
		all[i], _ = event.Of(f).(T)
	}
	return all
}
