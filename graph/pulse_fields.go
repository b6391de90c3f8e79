package graph

import (
	"context"

	"ensemble/consultation"
	"ensemble/ent/amendment"
	"ensemble/graph/event"
	"ensemble/graph/model"
	"ensemble/live"
)

// pulseOf makes the channel of a subscription to the pulses of a process.
func pulseOf(ctx context.Context, r *Resolver, process string) (<-chan *event.ProcessPulse, error) {
	p, err := r.Consultation.ProcessOf(ctx, "process", ofKind(process, "process"))
	if err != nil {
		return nil, err
	}
	s := streamFrom(ctx)
	if s == nil {
		return nil, errNoStream
	}
	out := make(chan *event.ProcessPulse, 1)
	s.of(process, p)
	s.Pulse = true
	s.Feed = func(events []live.Event) []func() {
		puts := make([]func(), len(events))
		for i, e := range events {
			if p := event.PulseOf(e, r.nodes()); p != nil {
				puts[i] = func() { out <- p }
			}
		}
		return puts
	}
	return out, nil
}

// statesIn are the counts of all public states.
func statesIn(counts map[amendment.State]int) []*model.AmendmentStateCount {
	states := consultation.PublicStates()
	parts := make([]*model.AmendmentStateCount, len(states))
	for i, state := range states {
		parts[i] = &model.AmendmentStateCount{State: state, Count: counts[state]}
	}
	return parts
}
