package graph

import (
	"context"

	"ensemble/consultation/public"
	"ensemble/ent"
	"ensemble/ent/role"
	"ensemble/graph/batch"
)

// steeringBodyOf returns the people who steer a process, those who have done so longest first.
func (r *Resolver) steeringBodyOf(ctx context.Context, p *ent.Process) ([]*ent.User, error) {
	bodies, err := batch.Load(ctx, p, "steeringBody",
		func(ctx context.Context, rows []*ent.Process) (map[string][]*ent.User, error) {
			roles, err := r.Consultation.SteeringBodies(ctx, ids(rows))
			if err != nil {
				return nil, err
			}

			people := make(map[string]*ent.User, len(roles))
			err = collect(ctx, people, batch.IDs(roles, func(role *ent.Role) string { return role.UserID }),
				public.Finder[*ent.User](r.Consultation, "user"))

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

// roleHoldersIn returns the roles that people have in a process; none when the viewer may not know them.
func (r *Resolver) roleHoldersIn(ctx context.Context, p *ent.Process) ([]*ent.Role, error) {
	holders, err := batch.Load(ctx, p, "viewerRoleHolders",
		func(ctx context.Context, rows []*ent.Process) (map[string][]*ent.Role, error) {
			roles, err := r.Consultation.RolesIn(ctx, viewer(ctx), ids(rows))

			groups := groupBy(roles, func(role *ent.Role) string { return role.ProcessID })
			batch.Know(roles, "process", rows)
			return groups, err
		})
	return holders[p.ID], err
}

// rolesIn returns the viewer's roles in a process. It reads them instead of asking the viewer of the context, which is
// older than what the request itself has changed: they may just have created the process.
func (r *Resolver) rolesIn(ctx context.Context, p *ent.Process) ([]role.Name, error) {
	roles, err := batch.Load(ctx, p, "viewerRoles",
		func(ctx context.Context, rows []*ent.Process) (map[string][]*ent.Role, error) {
			found, err := r.Consultation.Read.Role.Query().
				Where(role.UserID(viewer(ctx).UserID), role.ProcessIDIn(ids(rows)...)).Order(role.ByName()).All(ctx)
			return groupBy(found, func(role *ent.Role) string { return role.ProcessID }), err
		})

	names := []role.Name{}
	for _, role := range roles[p.ID] {
		names = append(names, role.Name)
	}
	return names, err
}
