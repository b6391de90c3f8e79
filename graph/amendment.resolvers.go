package graph

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *amendmentResolver) Commitment(ctx context.Context, obj *ent.Amendment) (*ent.Commitment, error) {
	return r.commitmentOfAmendment(ctx, obj)
}

func (r *amendmentResolver) Base(ctx context.Context, obj *ent.Amendment) (*ent.Version, error) {
	return r.baseOf(ctx, obj)
}

func (r *amendmentResolver) BodyHTML(ctx context.Context, obj *ent.Amendment) (string, error) {
	return text.OfficialHTML(obj.Body), nil
}

func (r *amendmentResolver) RationaleHTML(ctx context.Context, obj *ent.Amendment) (string, error) {
	return text.CommentHTML(obj.Rationale), nil
}

func (r *amendmentResolver) Author(ctx context.Context, obj *ent.Amendment) (relay.Actor, error) {
	return actorOf(ctx, r.nodes(), obj, "author", func(a *ent.Amendment) string { return public.Face(a.AuthorID, a.OrganizationID) })
}

func (r *amendmentResolver) Diff(ctx context.Context, obj *ent.Amendment) (*roadmap.TextDiff, error) {
	base, err := r.baseOf(ctx, obj)
	if err != nil {
		return nil, err
	}
	return roadmap.NewTextDiff(obj.Language, base.Title[obj.Language], base.Body[obj.Language], obj.Title, obj.Body), nil
}

func (r *amendmentResolver) Merge(ctx context.Context, obj *ent.Amendment) (*roadmap.Merge, error) {
	return r.mergeOf(ctx, obj)
}

func (r *amendmentResolver) Decision(ctx context.Context, obj *ent.Amendment) (*model.AmendmentDecision, error) {
	if obj.DecidedAt == nil {
		return nil, nil
	}
	decider, err := stillThere(actorOf(ctx, r.nodes(), obj, "decider", func(a *ent.Amendment) string { return value(a.DeciderID) }))
	return &model.AmendmentDecision{Decider: decider, Reason: obj.DecisionReason, At: *obj.DecidedAt}, err
}

func (r *amendmentResolver) Version(ctx context.Context, obj *ent.Amendment) (*ent.Version, error) {
	return r.versionFrom(ctx, obj)
}

func (r *amendmentResolver) PromotedTo(ctx context.Context, obj *ent.Amendment) (*ent.Commitment, error) {
	return r.promotedTo(ctx, obj)
}

func (r *amendmentResolver) Comments(ctx context.Context, obj *ent.Amendment, filter *model.CommentFilter, orderBy model.CommentOrder, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Comment], error) {
	counted := obj.CommentCount
	if obj.HiddenAt != nil {
		counted = 0 // they are hidden with it
	}
	return commentsOn(ctx, r.Resolver, obj, counted, filter, orderBy, args(first, after, last, before))
}

func (r *amendmentResolver) AlignmentCounts(ctx context.Context, obj *ent.Amendment) (*roadmap.Alignments, error) {
	return &roadmap.Alignments{For: obj.ForCount, Against: obj.AgainstCount, Neutral: obj.NeutralCount}, nil
}

func (r *amendmentResolver) IsOpenForComments(ctx context.Context, obj *ent.Amendment) (bool, error) {
	c, err := r.commitmentOfAmendment(ctx, obj)
	if err != nil {
		return false, err
	}
	o, err := r.openings(ctx, c)
	return roadmap.IsOpenForComments(c, obj, o), err
}

func (r *amendmentResolver) ViewerCanEdit(ctx context.Context, obj *ent.Amendment) (bool, error) {
	return r.mayEditDraft(ctx, obj)
}

func (r *amendmentResolver) ViewerCanSubmit(ctx context.Context, obj *ent.Amendment) (bool, error) {
	has, err := r.amendingWith(ctx, obj)
	if err != nil {
		return false, err
	}
	return r.mayOn(ctx, obj, func(v auth.Viewer, c *ent.Commitment, o roadmap.Openings) error {
		return roadmap.MaySubmit(v, obj, nil, c, o, has)
	})
}

func (r *amendmentResolver) ViewerCanWithdraw(ctx context.Context, obj *ent.Amendment) (bool, error) {
	return roadmap.MayWithdrawAmendment(viewer(ctx), obj) == nil, nil
}

func (r *amendmentResolver) ViewerCanDecide(ctx context.Context, obj *ent.Amendment) (bool, error) {
	return r.mayOn(ctx, obj, func(v auth.Viewer, c *ent.Commitment, o roadmap.Openings) error {
		return roadmap.MayDecide(v, obj, c, o)
	})
}

func (r *amendmentResolver) ViewerCanPromote(ctx context.Context, obj *ent.Amendment) (bool, error) {
	if made, err := r.promotedTo(ctx, obj); made != nil || err != nil {
		return false, err
	}
	return r.mayOn(ctx, obj, func(v auth.Viewer, c *ent.Commitment, o roadmap.Openings) error {
		return roadmap.MayPromote(v, obj, o)
	})
}

func (r *amendmentResolver) ViewerCanComment(ctx context.Context, obj *ent.Amendment) (bool, error) {
	return r.mayOn(ctx, obj, func(v auth.Viewer, c *ent.Commitment, o roadmap.Openings) error {
		return roadmap.MayComment(v, c, obj, o)
	})
}

func (r *amendmentConnectionResolver) Counts(ctx context.Context, obj *relay.Connection[*ent.Amendment]) ([]*model.AmendmentStateCount, error) {
	return r.statesOf(ctx, obj)
}

func (r *mutationResolver) DraftAmendment(ctx context.Context, input roadmap.DraftAmendmentInput) (*model.DraftAmendmentPayload, error) {
	a, err := r.Consultation.DraftAmendment(ctx, input)
	if err != nil {
		return nil, err
	}
	return &model.DraftAmendmentPayload{Amendment: a}, nil
}

func (r *mutationResolver) EditAmendmentDraft(ctx context.Context, input model.EditAmendmentDraftInput) (*model.EditAmendmentDraftPayload, error) {
	organization, given := input.Organization.ValueOK()
	a, err := r.Consultation.EditAmendmentDraft(ctx, input.Amendment, roadmap.DraftChange{
		Base: input.Base, Title: input.Title, Body: input.Body, Rationale: input.Rationale,
		Organization: organization, OwnName: given && organization == nil,
	}, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.EditAmendmentDraftPayload{Amendment: a}, nil
}

func (r *mutationResolver) DeleteAmendmentDraft(ctx context.Context, input model.DeleteAmendmentDraftInput) (*model.DeleteAmendmentDraftPayload, error) {
	c, err := r.Consultation.DeleteAmendmentDraft(ctx, input.Amendment, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx, c.ID)
	return &model.DeleteAmendmentDraftPayload{DeletedAmendmentID: input.Amendment, Commitment: fresh}, err
}

func (r *mutationResolver) SubmitAmendment(ctx context.Context, input model.SubmitAmendmentInput) (*model.SubmitAmendmentPayload, error) {
	a, err := r.Consultation.SubmitAmendment(ctx, input.Amendment, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.SubmitAmendmentPayload{Amendment: a, Held: a.HeldAt != nil}, nil
}

func (r *mutationResolver) WithdrawAmendment(ctx context.Context, input model.WithdrawAmendmentInput) (*model.WithdrawAmendmentPayload, error) {
	a, err := r.Consultation.WithdrawAmendment(ctx, input.Amendment, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.WithdrawAmendmentPayload{Amendment: a}, nil
}

func (r *mutationResolver) AcceptAmendment(ctx context.Context, input roadmap.AcceptAmendmentInput) (*model.AcceptAmendmentPayload, error) {
	a, err := r.Consultation.AcceptAmendment(ctx, input)
	if err != nil {
		return nil, err
	}
	v, err := r.versionFrom(ctx, a)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx, a.CommitmentID)
	return &model.AcceptAmendmentPayload{Amendment: a, Version: v, Commitment: fresh}, err
}

func (r *mutationResolver) RejectAmendment(ctx context.Context, input model.RejectAmendmentInput) (*model.RejectAmendmentPayload, error) {
	a, err := r.Consultation.RejectAmendment(ctx, input.Amendment, input.Reason, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.RejectAmendmentPayload{Amendment: a}, nil
}

func (r *mutationResolver) PromoteAmendment(ctx context.Context, input model.PromoteAmendmentInput) (*model.PromoteAmendmentPayload, error) {
	c, err := r.Consultation.PromoteAmendment(ctx, input.Amendment, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	a, err := r.Consultation.Read.Amendment.Get(ctx, *c.PromotedFromID)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx, c.ID)
	return &model.PromoteAmendmentPayload{Amendment: a, Commitment: fresh}, err
}

func (r *Resolver) Amendment() generated.AmendmentResolver { return &amendmentResolver{r} }

func (r *Resolver) AmendmentConnection() generated.AmendmentConnectionResolver {
	return &amendmentConnectionResolver{r}
}

type (
	amendmentResolver           struct{ *Resolver }
	amendmentConnectionResolver struct{ *Resolver }
)
