package stock

import (
	"context"

	"ensemble/consultation"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/graph"
	"ensemble/graph/event"
	"ensemble/graph/fact"
	"ensemble/graph/generated"
	"ensemble/live"
)

// resolver is Ensemble's but for where its events come from.
type resolver struct {
	*graph.Resolver
	feed *topics
}

func (r *resolver) Subscription() generated.SubscriptionResolver {
	return subscription{r.Resolver.Subscription(), r}
}

type subscription struct {
	generated.SubscriptionResolver
	*resolver
}

// CommitmentEvents gives each subscriber a goroutine and a channel, and each event that arrives there its own nodes:
// what one subscriber reads, no other shares.
func (s subscription) CommitmentEvents(
	ctx context.Context, commitment string, _ *string,
) (<-chan event.CommitmentEvent, error) {
	if err := s.Consultation.MayListen(ctx, "commitment", commitment); err != nil {
		return nil, err
	}

	w := s.feed.watch(commitment)
	out := make(chan event.CommitmentEvent)

	go func() {
		defer close(out)
		defer s.feed.leave(commitment, w)
		for {
			e, ok := w.next(ctx)
			if !ok {
				return
			}
			for _, f := range fact.Of([]live.Event{e}, nodes{service: s.Consultation}) {
				select {
				case out <- event.Of(f).(event.CommitmentEvent):
				case <-ctx.Done():
					return
				}
			}
		}
	}()

	return out, nil
}

// nodes reads what the bench's selection asks for.
type nodes struct {
	fact.Nodes // nobody asks
	service    *consultation.Service
}

// Comments reads comments by their ids, for one event at a time.
func (n nodes) Comments(ctx context.Context, ids []string) ([]*ent.Comment, error) {
	return n.service.PublicComments().Where(comment.IDIn(ids...)).All(ctx)
}
