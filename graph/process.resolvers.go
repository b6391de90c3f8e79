package graph

import (
	"context"

	"ensemble/consultation/public"
	"ensemble/consultation/roadmap"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/axis"
	"ensemble/ent/process"
	"ensemble/ent/role"
	"ensemble/graph/batch"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *axisResolver) Process(ctx context.Context, obj *ent.Axis) (*ent.Process, error) {
	return batch.One(ctx, obj, "process", func(a *ent.Axis) string { return a.ProcessID }, r.nodes().anyProcesses)
}

func (r *axisResolver) Title(ctx context.Context, obj *ent.Axis, language *string) (string, error) {
	p, err := r.Process(ctx, obj)
	if err != nil {
		return "", err
	}
	return inLanguage(ctx, obj.Title, p, language), nil
}

func (r *axisResolver) Description(ctx context.Context, obj *ent.Axis, language *string) (string, error) {
	p, err := r.Process(ctx, obj)
	if err != nil {
		return "", err
	}
	return inLanguage(ctx, obj.Description, p, language), nil
}

func (r *mutationResolver) CreateProcess(ctx context.Context, input roadmap.CreateProcessInput) (*model.CreateProcessPayload, error) {
	p, err := r.Consultation.CreateProcess(ctx, input)
	if err != nil {
		return nil, err
	}
	fresh, err := r.freshProcess(ctx, p.ID)
	return &model.CreateProcessPayload{Process: fresh}, err
}

func (r *mutationResolver) UpdateProcess(ctx context.Context, input roadmap.UpdateProcessInput) (*model.UpdateProcessPayload, error) {
	p, err := r.Consultation.UpdateProcess(ctx, input)
	if err != nil {
		return nil, err
	}
	fresh, err := r.freshProcess(ctx, p.ID)
	return &model.UpdateProcessPayload{Process: fresh}, err
}

func (r *mutationResolver) PublishProcess(ctx context.Context, input model.PublishProcessInput) (*model.PublishProcessPayload, error) {
	p, err := r.Consultation.PublishProcess(ctx, input.Process, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	fresh, err := r.freshProcess(ctx, p.ID)
	return &model.PublishProcessPayload{Process: fresh}, err
}

func (r *mutationResolver) CreatePhase(ctx context.Context, input model.CreatePhaseInput) (*model.CreatePhasePayload, error) {
	f, err := r.Consultation.CreatePhase(ctx, input.Process, roadmap.PhaseSettings{
		Name: input.Name, Description: input.Description, OpensAt: &input.OpensAt, ClosesAt: input.ClosesAt,
		AllowsComments: &input.AllowsComments, AllowsSupports: &input.AllowsSupports,
		AllowsAmendmentSubmission: &input.AllowsAmendmentSubmission, AllowsAmendmentDecision: &input.AllowsAmendmentDecision,
		AllowsAmendmentPromotion: &input.AllowsAmendmentPromotion,
	}, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.CreatePhasePayload{Phase: f}, nil
}

func (r *mutationResolver) UpdatePhase(ctx context.Context, input model.UpdatePhaseInput) (*model.UpdatePhasePayload, error) {
	closesAt, given := input.ClosesAt.ValueOK()
	f, err := r.Consultation.UpdatePhase(ctx, input.Phase, roadmap.PhaseSettings{
		Name: input.Name, Description: input.Description, OpensAt: input.OpensAt,
		ClosesAt: closesAt, Endless: given && closesAt == nil,
		AllowsComments: input.AllowsComments, AllowsSupports: input.AllowsSupports,
		AllowsAmendmentSubmission: input.AllowsAmendmentSubmission, AllowsAmendmentDecision: input.AllowsAmendmentDecision,
		AllowsAmendmentPromotion: input.AllowsAmendmentPromotion,
	}, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.UpdatePhasePayload{Phase: f}, nil
}

func (r *mutationResolver) DeletePhase(ctx context.Context, input model.DeletePhaseInput) (*model.DeletePhasePayload, error) {
	p, err := r.Consultation.DeletePhase(ctx, input.Phase, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	fresh, err := r.freshProcess(ctx, p.ID)
	return &model.DeletePhasePayload{DeletedPhaseID: input.Phase, Process: fresh}, err
}

func (r *mutationResolver) CreateAxis(ctx context.Context, input roadmap.CreateAxisInput) (*model.CreateAxisPayload, error) {
	a, err := r.Consultation.CreateAxis(ctx, input)
	if err != nil {
		return nil, err
	}
	return &model.CreateAxisPayload{Axis: a}, nil
}

func (r *mutationResolver) UpdateAxis(ctx context.Context, input roadmap.UpdateAxisInput) (*model.UpdateAxisPayload, error) {
	a, err := r.Consultation.UpdateAxis(ctx, input)
	if err != nil {
		return nil, err
	}
	return &model.UpdateAxisPayload{Axis: a}, nil
}

func (r *mutationResolver) DeleteAxis(ctx context.Context, input model.DeleteAxisInput) (*model.DeleteAxisPayload, error) {
	p, err := r.Consultation.DeleteAxis(ctx, input.Axis, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	fresh, err := r.freshProcess(ctx, p.ID)
	return &model.DeleteAxisPayload{DeletedAxisID: input.Axis, Process: fresh}, err
}

func (r *phaseResolver) Process(ctx context.Context, obj *ent.Phase) (*ent.Process, error) {
	return batch.One(ctx, obj, "process", func(f *ent.Phase) string { return f.ProcessID }, r.nodes().anyProcesses)
}

func (r *phaseResolver) Name(ctx context.Context, obj *ent.Phase, language *string) (string, error) {
	p, err := r.Process(ctx, obj)
	if err != nil {
		return "", err
	}
	return inLanguage(ctx, obj.Name, p, language), nil
}

func (r *phaseResolver) Description(ctx context.Context, obj *ent.Phase, language *string) (string, error) {
	p, err := r.Process(ctx, obj)
	if err != nil {
		return "", err
	}
	return inLanguage(ctx, obj.Description, p, language), nil
}

func (r *phaseResolver) IsOpen(ctx context.Context, obj *ent.Phase) (bool, error) {
	return roadmap.IsOpen(obj, r.Consultation.Now()), nil
}

func (r *processResolver) Title(ctx context.Context, obj *ent.Process, language *string) (string, error) {
	return inLanguage(ctx, obj.Title, obj, language), nil
}

func (r *processResolver) Description(ctx context.Context, obj *ent.Process, language *string) (string, error) {
	return inLanguage(ctx, obj.Description, obj, language), nil
}

func (r *processResolver) DescriptionHTML(ctx context.Context, obj *ent.Process, language *string) (string, error) {
	return text.OfficialHTML(inLanguage(ctx, obj.Description, obj, language)), nil
}

func (r *processResolver) Phases(ctx context.Context, obj *ent.Process) ([]*ent.Phase, error) {
	return r.phasesOf(ctx, obj)
}

func (r *processResolver) Axes(ctx context.Context, obj *ent.Process) ([]*ent.Axis, error) {
	byProcess, err := batch.Load(ctx, obj, "axes", func(ctx context.Context, rows []*ent.Process) (map[string][]*ent.Axis, error) {
		axes, err := r.Consultation.Read.Axis.Query().Where(axis.ProcessIDIn(ids(rows)...)).Order(axis.ByPosition()).All(ctx)
		groups := groupBy(axes, func(a *ent.Axis) string { return a.ProcessID })
		batch.Know(axes, "process", rows)
		return groups, err
	})
	return byProcess[obj.ID], err
}

func (r *processResolver) IsOpenForComments(ctx context.Context, obj *ent.Process) (bool, error) {
	o, err := r.openingsOf(ctx, obj)
	return o.Comments, err
}

func (r *processResolver) IsOpenForSupports(ctx context.Context, obj *ent.Process) (bool, error) {
	o, err := r.openingsOf(ctx, obj)
	return o.Supports, err
}

func (r *processResolver) IsOpenForAmendments(ctx context.Context, obj *ent.Process) (bool, error) {
	o, err := r.openingsOf(ctx, obj)
	return o.AmendmentSubmission, err
}

func (r *processResolver) Commitments(ctx context.Context, obj *ent.Process, filter *model.CommitmentFilter, orderBy *model.CommitmentOrder, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Commitment], error) {
	return r.commitmentsOf(ctx, obj, filter, orderBy, args(first, after, last, before))
}

func (r *processResolver) StreamCursor(ctx context.Context, obj *ent.Process) (string, error) {
	at, err := public.StreamCursor(obj)
	return at.String(), err
}

func (r *processResolver) ViewerRoles(ctx context.Context, obj *ent.Process) ([]role.Name, error) {
	return r.rolesIn(ctx, obj)
}

func (r *processResolver) ViewerCanUpdate(ctx context.Context, obj *ent.Process) (bool, error) {
	return roadmap.MayConfigure(viewer(ctx), obj.ID) == nil, nil
}

func (r *processResolver) ViewerCanCreateCommitment(ctx context.Context, obj *ent.Process) (bool, error) {
	return roadmap.MaySteer(viewer(ctx), obj.ID) == nil, nil
}

func (r *processResolver) ViewerDraftCommitments(ctx context.Context, obj *ent.Process, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Commitment], error) {
	q := r.Consultation.DraftCommitments(viewer(ctx))
	return relay.Nested(ctx, obj, inProcess(q, commitmentOrder(nil).As("draftCommitments")), args(first, after, last, before))
}

func (r *processResolver) FollowerCount(ctx context.Context, obj *ent.Process) (int, error) {
	return followers(ctx, r.Consultation, obj)
}

func (r *processResolver) ViewerIsFollowing(ctx context.Context, obj *ent.Process) (bool, error) {
	return isFollowing(ctx, r.Consultation, obj)
}

func (r *queryResolver) Processes(ctx context.Context, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Process], error) {
	return relay.Page(relay.Of(r.Consultation.PublicProcesses(), processOrder), args(first, after, last, before))
}

func (r *queryResolver) Process(ctx context.Context, slug string) (*ent.Process, error) {
	return orNil(r.Consultation.PublicProcesses().Where(process.Slug(slug)).Only(ctx))
}

func (r *Resolver) Axis() generated.AxisResolver { return &axisResolver{r} }

func (r *Resolver) Phase() generated.PhaseResolver { return &phaseResolver{r} }

func (r *Resolver) Process() generated.ProcessResolver { return &processResolver{r} }

type (
	axisResolver    struct{ *Resolver }
	phaseResolver   struct{ *Resolver }
	processResolver struct{ *Resolver }
)
