package graph

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/graph/model"
)

func (r *mutationResolver) AcceptTerms(ctx context.Context, input model.AcceptTermsInput) (*model.AcceptTermsPayload, error) {
	v, err := r.Consultation.AcceptTerms(ctx, input.Version)
	return &model.AcceptTermsPayload{Viewer: &v}, err
}

func (r *queryResolver) TermsOfUse(ctx context.Context) (*people.Terms, error) {
	return r.terms(), nil
}

func (r *viewerResolver) TermsAcceptance(ctx context.Context, obj *auth.Viewer) (*people.Acceptance, error) {
	return r.Consultation.AcceptedTerms(ctx, *obj)
}
