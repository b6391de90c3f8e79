package graph

import (
	"context"

	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/graph/batch"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *mutationResolver) AddSupport(ctx context.Context, input roadmap.SupportInput) (*model.AddSupportPayload, error) {
	s, err := r.Consultation.AddSupport(ctx, input)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx, s.CommitmentID)
	return &model.AddSupportPayload{Support: s, Commitment: fresh}, err
}

func (r *mutationResolver) RemoveSupport(ctx context.Context, input roadmap.SupportInput) (*model.RemoveSupportPayload, error) {
	c, err := r.Consultation.RemoveSupport(ctx, input)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx, c.ID)
	return &model.RemoveSupportPayload{Commitment: fresh}, err
}

func (r *mutationResolver) ConfirmSupport(ctx context.Context, input roadmap.SupportInput) (*model.ConfirmSupportPayload, error) {
	s, err := r.Consultation.ConfirmSupport(ctx, input)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx, s.CommitmentID)
	return &model.ConfirmSupportPayload{Support: s, Commitment: fresh}, err
}

func (r *supportResolver) Commitment(ctx context.Context, obj *ent.Support) (*ent.Commitment, error) {
	return r.commitmentOfSupport(ctx, obj)
}

func (r *supportResolver) Supporter(ctx context.Context, obj *ent.Support) (relay.Actor, error) {
	return actorOf(ctx, r.nodes(), obj, "supporter", public.Supporter)
}

func (r *supportResolver) Version(ctx context.Context, obj *ent.Support) (*ent.Version, error) {
	return batch.One(ctx, obj, "version", func(s *ent.Support) string { return s.VersionID }, r.nodes().anyVersions)
}

func (r *supportResolver) IsOnCurrentText(ctx context.Context, obj *ent.Support) (bool, error) {
	c, err := r.commitmentOfSupport(ctx, obj)
	return err == nil && c.VersionID == obj.VersionID, err
}

func (r *supportConnectionResolver) Counts(ctx context.Context, obj *relay.Connection[*ent.Support]) (*model.SupportCounts, error) {
	return r.countSupports(ctx, obj)
}

func (r *Resolver) Support() generated.SupportResolver { return &supportResolver{r} }

func (r *Resolver) SupportConnection() generated.SupportConnectionResolver {
	return &supportConnectionResolver{r}
}

type (
	supportResolver           struct{ *Resolver }
	supportConnectionResolver struct{ *Resolver }
)
