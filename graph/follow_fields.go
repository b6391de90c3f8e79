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

// follows returns the list of what v follows; kind is nil for all kinds.
func (r *Resolver) follows(v auth.Viewer, kind *follow.Kind, a relay.Args) (*relay.FollowConnection, error) {
	return relay.Page(relay.Of(r.Consultation.Following(v, kind), followOrder).By(kind), a)
}

// followed returns the subject of a follow; nil when not everybody may see it.
func (r *Resolver) followed(ctx context.Context, f *ent.Follow) (relay.Followable, error) {
	found, err := batch.Load(ctx, f, "subject",
		func(ctx context.Context, rows []*ent.Follow) (map[string]relay.Node, error) {
			return r.nodes().byIDs(ctx, batch.IDs(rows, func(f *ent.Follow) string { return f.SubjectID }))
		})
	subject, _ := found[f.SubjectID].(relay.Followable)
	return subject, err
}

// followableNode returns the node of an id; nil when it cannot be followed or not everybody may see it.
func (r *Resolver) followableNode(ctx context.Context, id string) (relay.Followable, error) {
	found, err := r.nodes().byIDs(ctx, []string{id})
	subject, _ := found[id].(relay.Followable)
	return subject, err
}

// isFollowing reports whether the viewer follows a row; false when nobody is signed in.
func isFollowing[T batch.Row](ctx context.Context, s *consultation.Service, row T) (bool, error) {
	followed, err := batch.Load(ctx, row, "viewerIsFollowing",
		func(ctx context.Context, rows []T) (map[string]bool, error) {
			return s.FollowedBy(ctx, viewer(ctx), ids(rows))
		})
	return followed[row.NodeID()], err
}

// followers counts the people who follow a row.
func followers[T batch.Row](ctx context.Context, s *consultation.Service, row T) (int, error) {
	counts, err := batch.Load(ctx, row, "followerCount", func(ctx context.Context, rows []T) (map[string]int, error) {
		return s.Followers(ctx, ids(rows))
	})
	return counts[row.NodeID()], err
}
