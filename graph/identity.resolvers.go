package graph

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/ent"
	"ensemble/graph/generated"
	"ensemble/graph/model"
)

func (r *identityResolver) Provider(ctx context.Context, obj *ent.Identity) (*people.SignInProvider, error) {
	return r.Consultation.ProviderOf(obj), nil
}

func (r *mutationResolver) UnlinkIdentity(ctx context.Context, input model.UnlinkIdentityInput) (*model.UnlinkIdentityPayload, error) {
	v := viewer(ctx)
	return &model.UnlinkIdentityPayload{Viewer: &v}, r.Consultation.UnlinkIdentity(ctx, input.Identity)
}

func (r *queryResolver) SignInProviders(ctx context.Context) ([]*people.SignInProvider, error) {
	return r.Consultation.Providers, nil
}

func (r *viewerResolver) Identities(ctx context.Context, obj *auth.Viewer) ([]*ent.Identity, error) {
	q, err := r.Consultation.Identities(*obj)
	if err != nil {
		return nil, err
	}
	return q.All(ctx)
}

func (r *Resolver) Identity() generated.IdentityResolver { return &identityResolver{r} }

type identityResolver struct{ *Resolver }
