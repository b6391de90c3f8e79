package graph

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/ent/role"
	"ensemble/ent/user"
	"ensemble/graph/batch"
	"ensemble/graph/generated"
	"ensemble/graph/relay"
)

func (r *userResolver) Name(ctx context.Context, obj *ent.User) (string, error) {
	return name(ctx, obj), nil
}

func (r *userResolver) IsErased(ctx context.Context, obj *ent.User) (bool, error) {
	return obj.ErasedAt != nil, nil
}

func (r *userResolver) FollowerCount(ctx context.Context, obj *ent.User) (int, error) {
	return followers(ctx, r.Consultation, obj)
}

func (r *userResolver) ViewerIsFollowing(ctx context.Context, obj *ent.User) (bool, error) {
	return isFollowing(ctx, r.Consultation, obj)
}

func (r *viewerResolver) User(ctx context.Context, obj *auth.Viewer) (*ent.User, error) {
	return r.Consultation.People().Where(user.ID(obj.UserID)).Only(ctx)
}

func (r *viewerResolver) Email(ctx context.Context, obj *auth.Viewer) (*string, error) {
	u, err := r.Consultation.Read.User.Query().Where(user.ID(obj.UserID)).Select(user.FieldEmail).Only(ctx)
	if err != nil {
		return nil, err
	}
	return u.Email, nil
}

func (r *viewerResolver) Roles(ctx context.Context, obj *auth.Viewer) ([]*ent.Role, error) {
	roles, err := r.Consultation.Read.Role.Query().Where(role.UserID(obj.UserID)).Order(role.ByCreatedAt(), role.ByID()).All(ctx)
	return batch.Together(roles), err
}

func (r *viewerResolver) Memberships(ctx context.Context, obj *auth.Viewer) ([]*ent.Membership, error) {
	rows, err := r.Consultation.Read.Membership.Query().Where(membership.UserID(obj.UserID)).
		Order(membership.ByCreatedAt(), membership.ByID()).All(ctx)
	return batch.Together(rows), err
}

func (r *viewerResolver) AmendmentDrafts(ctx context.Context, obj *auth.Viewer, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Amendment], error) {
	return relay.Page(relay.Of(r.Consultation.AmendmentDrafts(*obj), draftOrder), args(first, after, last, before))
}

func (r *viewerResolver) DraftProcesses(ctx context.Context, obj *auth.Viewer, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Process], error) {
	return relay.Page(relay.Of(r.Consultation.DraftProcesses(*obj), processOrder.As("draftProcesses")), args(first, after, last, before))
}

func (r *viewerResolver) CanCreateProcess(ctx context.Context, obj *auth.Viewer) (bool, error) {
	return roadmap.MayCreateProcess(*obj) == nil, nil
}

func (r *Resolver) User() generated.UserResolver { return &userResolver{r} }

func (r *Resolver) Viewer() generated.ViewerResolver { return &viewerResolver{r} }

type (
	userResolver   struct{ *Resolver }
	viewerResolver struct{ *Resolver }
)
