package graph

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation"
	"ensemble/ent"
	"ensemble/ent/follow"
	"ensemble/graph/batch"
	"ensemble/graph/relay"
)

// follows returns the list of what somebody follows.
func (r *Resolver) follows(v auth.Viewer, kind *follow.Kind, a relay.Args) (*relay.FollowConnection, error) {
	return relay.Page(relay.Of(r.Consultation.Following(v, kind), followOrder).By(kind), a)
}

// followed returns what a follow is about.
func (r *Resolver) followed(ctx context.Context, f *ent.Follow) (relay.Followable, error) {
	found, err := batch.Load(ctx, f, "subject", func(ctx context.Context, rows []*ent.Follow) (map[string]relay.Node, error) {
		return r.nodes().byIDs(ctx, batch.IDs(rows, func(f *ent.Follow) string { return f.SubjectID }))
	})
	subject, _ := found[f.SubjectID].(relay.Followable)
	return subject, err
}

// followableNode returns what an id names, if it can be followed and seen.
func (r *Resolver) followableNode(ctx context.Context, id string) (relay.Followable, error) {
	found, err := r.nodes().byIDs(ctx, []string{id})
	subject, _ := found[id].(relay.Followable)
	return subject, err
}

// isFollowing reports whether the viewer follows a row.
func isFollowing[T batch.Row](ctx context.Context, s *consultation.Service, row T) (bool, error) {
	followed, err := batch.Load(ctx, row, "viewerIsFollowing", func(ctx context.Context, rows []T) (map[string]bool, error) {
		return s.FollowedBy(ctx, viewer(ctx), ids(rows))
	})
	return followed[row.NodeID()], err
}

// followers counts who follows a row.
func followers[T batch.Row](ctx context.Context, s *consultation.Service, row T) (int, error) {
	counts, err := batch.Load(ctx, row, "followerCount", func(ctx context.Context, rows []T) (map[string]int, error) {
		return s.Followers(ctx, ids(rows))
	})
	return counts[row.NodeID()], err
}
