package graph

import (
	"context"
	"errors"
	"sync/atomic"

	"ensemble/ent"
	"ensemble/graph/event"
	"ensemble/live"
)

// Stream is what a subscription's resolver says about the events it wants. The resolver runs once for each subscriber,
// as that person, to say whether they may listen and to what; and once more for all who ask the same, as nobody. Events
// are put one at a time in the channel that this second run has returned; nothing else reads or writes it.
type Stream struct {
	Topic     string
	Process   string   // that the topic belongs to: who listens watches it
	Languages []string // of the official texts of that process
	Pulse     bool     // wants pulses instead of events
	After     string   // the client's cursor, as it was given

	// Feed prepares events, which are read together, and returns for each what puts it in the channel; nil for
	// those that are not wanted. The channel holds one: it must be taken before the next is put.
	Feed func([]live.Event) []func()

	// NarrowedFor is set before the second run if the languages in the context are not those of whoever asks, but what
	// of them makes a difference to texts in these languages: see consultation.Narrowed. TooNarrow says that a text was
	// of another kind, so that the answer may not be what everybody's own languages would give.
	NarrowedFor []string
	TooNarrow   atomic.Bool
}

// of notes what is streamed.
func (s *Stream) of(topic string, process *ent.Process) {
	s.Topic = topic
	if process != nil {
		s.Process, s.Languages = process.ID, process.Languages
	}
}

type streamKey struct{}

// WithStream is the context in which a subscription's resolver fills in a Stream.
func WithStream(ctx context.Context) (context.Context, *Stream) {
	s := &Stream{}
	return context.WithValue(ctx, streamKey{}, s), s
}

// streamFrom is the Stream of the subscription that is executed; nil in queries and mutations.
func streamFrom(ctx context.Context) *Stream {
	s, _ := ctx.Value(streamKey{}).(*Stream)
	return s
}

var errNoStream = errors.New("graph: a subscription over a transport that does not stream")

// stream makes the channel of a subscription: events of the kind T that are wanted.
func stream[T event.Event](ctx context.Context, r *Resolver, topic string, process *ent.Process, after *string, wanted func(T, live.Event) bool) (<-chan T, error) {
	s := streamFrom(ctx)
	if s == nil {
		return nil, errNoStream
	}
	out := make(chan T, 1)
	s.of(topic, process)
	s.After = position(after)
	s.Feed = func(events []live.Event) []func() {
		puts := make([]func(), len(events))
		for i, typed := range event.Of(events, r.nodes()) {
			if t, ok := typed.(T); ok && wanted(t, events[i]) {
				puts[i] = func() { out <- t }
			}
		}
		return puts
	}
	return out, nil
}
