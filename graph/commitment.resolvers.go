package graph

import (
	"context"
	"slices"

	"ensemble/auth"
	"ensemble/consultation/input"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/version"
	"ensemble/graph/batch"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *commitmentResolver) Process(ctx context.Context, obj *ent.Commitment) (*ent.Process, error) {
	return r.processOf(ctx, obj)
}

func (r *commitmentResolver) Axis(ctx context.Context, obj *ent.Commitment) (*ent.Axis, error) {
	return batch.One(ctx, obj, "axis", func(c *ent.Commitment) string { return c.AxisID }, r.nodes().anyAxes)
}

func (r *commitmentResolver) Territories(ctx context.Context, obj *ent.Commitment) ([]*ent.Territory, error) {
	return r.territoriesOf(ctx, obj)
}

func (r *commitmentResolver) Title(ctx context.Context, obj *ent.Commitment, language *string) (string, error) {
	return r.ofCommitment(ctx, obj, func(v *ent.Version) input.Texts { return v.Title }, language)
}

func (r *commitmentResolver) Body(ctx context.Context, obj *ent.Commitment, language *string) (string, error) {
	return r.ofCommitment(ctx, obj, func(v *ent.Version) input.Texts { return v.Body }, language)
}

func (r *commitmentResolver) BodyHTML(ctx context.Context, obj *ent.Commitment, language *string) (string, error) {
	body, err := r.Body(ctx, obj, language)
	return text.OfficialHTML(body), err
}

func (r *commitmentResolver) Version(ctx context.Context, obj *ent.Commitment, number *int) (*ent.Version, error) {
	if number == nil {
		return r.currentVersion(ctx, obj)
	}
	return r.versionOf(ctx, obj, *number)
}

func (r *commitmentResolver) Versions(ctx context.Context, obj *ent.Commitment, direction model.Direction, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Version], error) {
	list := relay.Of(r.Consultation.Read.Version.Query(), versionOrder(direction)).
		Under(version.FieldCommitmentID, func(v *ent.Version) string { return v.CommitmentID }).Knowing("commitment")
	page, err := relay.Nested(ctx, obj, list, args(first, after, last, before))
	if err != nil {
		return nil, err
	}
	return page.Total(obj.VersionNumber), nil
}

func (r *commitmentResolver) PromotedFrom(ctx context.Context, obj *ent.Commitment) (*ent.Amendment, error) {
	return batch.One(ctx, obj, "promotedFrom", func(c *ent.Commitment) string { return value(c.PromotedFromID) }, r.nodes().Amendments)
}

func (r *commitmentResolver) Amendments(ctx context.Context, obj *ent.Commitment, filter *model.AmendmentFilter, orderBy *model.AmendmentOrder, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Amendment], error) {
	return r.amendmentsOf(ctx, obj, filter, orderBy, args(first, after, last, before))
}

func (r *commitmentResolver) Comments(ctx context.Context, obj *ent.Commitment, filter *model.CommentFilter, orderBy model.CommentOrder, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Comment], error) {
	return commentsOn(ctx, r.Resolver, obj, obj.CommentCount, filter, orderBy, args(first, after, last, before))
}

func (r *commitmentResolver) AlignmentCounts(ctx context.Context, obj *ent.Commitment) (*roadmap.Alignments, error) {
	return &roadmap.Alignments{For: obj.ForCount, Against: obj.AgainstCount, Neutral: obj.NeutralCount}, nil
}

func (r *commitmentResolver) Supports(ctx context.Context, obj *ent.Commitment, filter *model.SupportFilter, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Support], error) {
	return r.supportersOf(ctx, obj, filter, args(first, after, last, before))
}

func (r *commitmentResolver) IsOpenForComments(ctx context.Context, obj *ent.Commitment) (bool, error) {
	o, err := r.openings(ctx, obj)
	return roadmap.IsOpenForComments(obj, nil, o), err
}

func (r *commitmentResolver) IsOpenForSupports(ctx context.Context, obj *ent.Commitment) (bool, error) {
	o, err := r.openings(ctx, obj)
	return roadmap.IsOpenForSupports(obj, o), err
}

func (r *commitmentResolver) IsOpenForAmendments(ctx context.Context, obj *ent.Commitment) (bool, error) {
	o, err := r.openings(ctx, obj)
	return roadmap.IsOpenForAmendments(obj, o), err
}

func (r *commitmentResolver) StreamCursor(ctx context.Context, obj *ent.Commitment) (string, error) {
	at, err := public.StreamCursor(obj)
	return at.String(), err
}

func (r *commitmentResolver) ViewerCanComment(ctx context.Context, obj *ent.Commitment) (bool, error) {
	return r.mayAt(ctx, obj, func(v auth.Viewer, c *ent.Commitment, o roadmap.Openings) error {
		return roadmap.MayComment(v, c, nil, o)
	})
}

func (r *commitmentResolver) ViewerCanSupport(ctx context.Context, obj *ent.Commitment) (bool, error) {
	return r.mayAt(ctx, obj, roadmap.MaySupport)
}

func (r *commitmentResolver) ViewerCanAmend(ctx context.Context, obj *ent.Commitment) (bool, error) {
	has, err := r.amending(ctx, obj)
	if err != nil {
		return false, err
	}
	return r.mayAt(ctx, obj, func(v auth.Viewer, c *ent.Commitment, o roadmap.Openings) error {
		return roadmap.MayAmend(v, c, o, has)
	})
}

func (r *commitmentResolver) ViewerCanRevise(ctx context.Context, obj *ent.Commitment) (bool, error) {
	return roadmap.MayRevise(viewer(ctx), obj) == nil, nil
}

func (r *commitmentResolver) ViewerCanPublish(ctx context.Context, obj *ent.Commitment) (bool, error) {
	return roadmap.MayPublish(viewer(ctx), obj) == nil, nil
}

func (r *commitmentResolver) ViewerCanWithdraw(ctx context.Context, obj *ent.Commitment) (bool, error) {
	return roadmap.MayWithdrawCommitment(viewer(ctx), obj) == nil, nil
}

func (r *commitmentResolver) ViewerNextStatuses(ctx context.Context, obj *ent.Commitment) ([]commitment.Status, error) {
	return roadmap.NextStatuses(viewer(ctx), obj), nil
}

func (r *commitmentResolver) ViewerHasSupported(ctx context.Context, obj *ent.Commitment) (bool, error) {
	given, err := r.supportsOf(ctx, obj)
	return slices.ContainsFunc(given, func(s *ent.Support) bool { return s.UserID != nil }), err
}

func (r *commitmentResolver) ViewerSupports(ctx context.Context, obj *ent.Commitment) ([]*ent.Support, error) {
	return r.supportsOf(ctx, obj)
}

func (r *commitmentResolver) ViewerAmendmentDraft(ctx context.Context, obj *ent.Commitment) (*ent.Amendment, error) {
	return r.draftOn(ctx, obj)
}

func (r *commitmentResolver) FollowerCount(ctx context.Context, obj *ent.Commitment) (int, error) {
	return followers(ctx, r.Consultation, obj)
}

func (r *commitmentResolver) ViewerIsFollowing(ctx context.Context, obj *ent.Commitment) (bool, error) {
	return isFollowing(ctx, r.Consultation, obj)
}

func (r *commitmentConnectionResolver) Counts(ctx context.Context, obj *relay.Connection[*ent.Commitment]) (*model.CommitmentCounts, error) {
	return r.countsOf(ctx, obj)
}

func (r *mutationResolver) CreateCommitment(ctx context.Context, input roadmap.CreateCommitmentInput) (*model.CreateCommitmentPayload, error) {
	c, err := r.Consultation.CreateCommitment(ctx, input)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx, c.ID)
	return &model.CreateCommitmentPayload{Commitment: fresh}, err
}

func (r *mutationResolver) PublishCommitment(ctx context.Context, input model.PublishCommitmentInput) (*model.PublishCommitmentPayload, error) {
	c, err := r.Consultation.PublishCommitment(ctx, input.Commitment, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx, c.ID)
	return &model.PublishCommitmentPayload{Commitment: fresh}, err
}

func (r *mutationResolver) ReviseCommitment(ctx context.Context, input roadmap.ReviseCommitmentInput) (*model.ReviseCommitmentPayload, error) {
	c, err := r.Consultation.ReviseCommitment(ctx, input)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	v, err := r.currentVersion(ctx, fresh)
	return &model.ReviseCommitmentPayload{Commitment: fresh, Version: v}, err
}

func (r *mutationResolver) ChangeCommitmentStatus(ctx context.Context, input model.ChangeCommitmentStatusInput) (*model.ChangeCommitmentStatusPayload, error) {
	c, err := r.Consultation.ChangeCommitmentStatus(ctx, input.Commitment, input.Status, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx, c.ID)
	return &model.ChangeCommitmentStatusPayload{Commitment: fresh}, err
}

func (r *mutationResolver) WithdrawCommitment(ctx context.Context, input model.WithdrawCommitmentInput) (*model.WithdrawCommitmentPayload, error) {
	c, err := r.Consultation.WithdrawCommitment(ctx, input.Commitment, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx, c.ID)
	return &model.WithdrawCommitmentPayload{Commitment: fresh}, err
}

func (r *queryResolver) Commitment(ctx context.Context, id *string, reference *string) (*ent.Commitment, error) {
	q := r.Consultation.PublicCommitments()
	switch {
	case (id == nil) == (reference == nil):
		return nil, refusal.BadInput("id", "Give either the id or the reference.")
	case id != nil:
		q.Where(commitment.ID(*id))
	default:
		q.Where(commitment.Reference(*reference))
	}
	return orNil(q.Only(ctx))
}

func (r *Resolver) Commitment() generated.CommitmentResolver { return &commitmentResolver{r} }

func (r *Resolver) CommitmentConnection() generated.CommitmentConnectionResolver {
	return &commitmentConnectionResolver{r}
}

type (
	commitmentResolver           struct{ *Resolver }
	commitmentConnectionResolver struct{ *Resolver }
)
