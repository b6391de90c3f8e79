package graph

import (
	"context"

	"ensemble/ent"
	"ensemble/graph/batch"
)

// steeringBodyOf are the people of a process's steering body.
func (r *Resolver) steeringBodyOf(ctx context.Context, p *ent.Process) ([]*ent.User, error) {
	bodies, err := batch.Load(ctx, p, "steeringBody", func(ctx context.Context, rows []*ent.Process) (map[string][]*ent.User, error) {
		roles, err := r.Consultation.SteeringBodies(ctx, ids(rows))
		if err != nil {
			return nil, err
		}
		people := make(map[string]*ent.User, len(roles))
		err = collect(ctx, people, batch.IDs(roles, func(role *ent.Role) string { return role.UserID }), r.nodes().Users)
		bodies := make(map[string][]*ent.User, len(rows))
		for _, role := range roles {
			if u := people[role.UserID]; u != nil {
				bodies[role.ProcessID] = append(bodies[role.ProcessID], u)
			}
		}
		return bodies, err
	})
	return bodies[p.ID], err
}

// roleHoldersIn are the roles that people hold in a process, if the viewer may know.
func (r *Resolver) roleHoldersIn(ctx context.Context, p *ent.Process) ([]*ent.Role, error) {
	held, err := batch.Load(ctx, p, "viewerRoleHolders", func(ctx context.Context, rows []*ent.Process) (map[string][]*ent.Role, error) {
		roles, err := r.Consultation.RolesIn(ctx, viewer(ctx), ids(rows))
		groups := groupBy(roles, func(role *ent.Role) string { return role.ProcessID })
		batch.Know(roles, "process", rows)
		return groups, err
	})
	return held[p.ID], err
}
