package graph

import (
	"context"

	"ensemble/consultation/people"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/graph/batch"
	"ensemble/graph/generated"
	"ensemble/graph/model"
)

func (r *mutationResolver) GrantRole(ctx context.Context, input roadmap.RoleInput) (*model.GrantRolePayload, error) {
	p, err := r.Consultation.GrantRole(ctx, input)
	if err != nil {
		return nil, err
	}
	fresh, err := r.freshProcess(ctx, p.ID)
	return &model.GrantRolePayload{Process: fresh}, err
}

func (r *mutationResolver) RevokeRole(ctx context.Context, input roadmap.RoleInput) (*model.RevokeRolePayload, error) {
	p, err := r.Consultation.RevokeRole(ctx, input)
	if err != nil {
		return nil, err
	}
	fresh, err := r.freshProcess(ctx, p.ID)
	return &model.RevokeRolePayload{Process: fresh}, err
}

func (r *mutationResolver) GrantSiteAdmin(ctx context.Context, input people.SiteAdminInput) (*model.GrantSiteAdminPayload, error) {
	u, err := r.Consultation.GrantSiteAdmin(ctx, input)
	if err != nil {
		return nil, err
	}
	return &model.GrantSiteAdminPayload{User: u}, nil
}

func (r *mutationResolver) RevokeSiteAdmin(ctx context.Context, input people.SiteAdminInput) (*model.RevokeSiteAdminPayload, error) {
	u, err := r.Consultation.RevokeSiteAdmin(ctx, input)
	if err != nil {
		return nil, err
	}
	return &model.RevokeSiteAdminPayload{User: u}, nil
}

func (r *processResolver) SteeringBody(ctx context.Context, obj *ent.Process) ([]*ent.User, error) {
	return r.steeringBodyOf(ctx, obj)
}

func (r *processResolver) ViewerRoleHolders(ctx context.Context, obj *ent.Process) ([]*ent.Role, error) {
	return r.roleHoldersIn(ctx, obj)
}

func (r *roleResolver) Process(ctx context.Context, obj *ent.Role) (*ent.Process, error) {
	return batch.One(ctx, obj, "process", func(role *ent.Role) string { return role.ProcessID }, r.nodes().anyProcesses)
}

func (r *roleResolver) User(ctx context.Context, obj *ent.Role) (*ent.User, error) {
	return batch.One(ctx, obj, "user", func(role *ent.Role) string { return role.UserID }, r.nodes().Users)
}

func (r *Resolver) Role() generated.RoleResolver { return &roleResolver{r} }

type roleResolver struct{ *Resolver }
