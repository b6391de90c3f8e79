package graph

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/refusal"
	"ensemble/graph/event"
	"ensemble/graph/generated"
	"ensemble/graph/relay"
)

func (r *queryResolver) Node(ctx context.Context, id string) (relay.Node, error) {
	found, err := r.nodes().byIDs(ctx, []string{id})
	return found[id], err
}

func (r *queryResolver) Nodes(ctx context.Context, ids []string) ([]relay.Node, error) {
	if len(ids) > maxNodes {
		return nil, refusal.BadInput("ids", "Ask for at most %d ids.", maxNodes)
	}
	found, err := r.nodes().byIDs(ctx, ids)
	rows := make([]relay.Node, len(ids))
	for i, id := range ids {
		rows[i] = found[id]
	}
	return rows, err
}

func (r *queryResolver) Viewer(ctx context.Context) (*auth.Viewer, error) {
	v := viewer(ctx)
	if !v.SignedIn() {
		return nil, nil
	}
	return &v, nil
}

func (r *subscriptionResolver) ProcessEvents(ctx context.Context, process string, after *string) (<-chan event.ProcessEvent, error) {
	return listen[event.ProcessEvent](ctx, r.Resolver, "process", process, after)
}

func (r *subscriptionResolver) CommitmentEvents(ctx context.Context, commitment string, after *string) (<-chan event.CommitmentEvent, error) {
	return listen[event.CommitmentEvent](ctx, r.Resolver, "commitment", commitment, after)
}

func (r *subscriptionResolver) Comments(ctx context.Context, subject string, after *string) (<-chan event.CommentEvent, error) {
	return r.commentEvents(ctx, subject, after)
}

func (r *subscriptionResolver) Amendments(ctx context.Context, commitment string, after *string) (<-chan event.AmendmentEvent, error) {
	return listen[event.AmendmentEvent](ctx, r.Resolver, "commitment", commitment, after)
}

func (r *Resolver) Mutation() generated.MutationResolver { return &mutationResolver{r} }

func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }

func (r *Resolver) Subscription() generated.SubscriptionResolver { return &subscriptionResolver{r} }

type (
	mutationResolver     struct{ *Resolver }
	queryResolver        struct{ *Resolver }
	subscriptionResolver struct{ *Resolver }
)
