package processes

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/notify"
	"ensemble/consultation/people"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/notification"
	"ensemble/ent/role"
	"ensemble/ent/user"
)

// maxRoles is how many roles one process has at most: the list of them has no pages.
const maxRoles = 200

// GrantRole gives a person a role in a process, and tells them. Granting twice changes nothing.
// Errors: UNAUTHENTICATED; NOT_FOUND when there is no such process or person, or the viewer may not see the process;
// FORBIDDEN unless the viewer administers it; BAD_USER_INPUT without a reason, or unless one of User and Nickname is
// given; CONFLICT when there are as many roles as allowed.
func (s *Processes) GrantRole(ctx context.Context, in GrantRoleInput) (*ent.Process, error) {
	return s.changeRole(ctx, in, RoleInput(in),
		func(ctx context.Context, tx *tx, p *ent.Process, u *ent.User) (bool, error) {
			granted, err := tx.Role.Query().
				Where(role.ProcessID(p.ID), role.UserID(u.ID), role.NameEQ(in.Role)).Exist(ctx)
			if err != nil || granted {
				return false, err
			}

			// The list of roles has no pages: there must not be too many.
			n, err := tx.Role.Query().Where(role.ProcessID(p.ID)).Count(ctx)
			if err != nil {
				return false, err
			}
			if n >= maxRoles {
				return false, refusal.Full(n, "%d roles are given in this process, as many as allowed.")
			}

			return true, tx.Role.Create().SetID(s.NewID("role")).SetUserID(u.ID).SetProcessID(p.ID).SetName(in.Role).
				SetCreatedAt(s.Moment()).Exec(ctx)
		})
}

// RevokeRole takes a role in a process away from a person, and tells them. Revoking a role that they do not have
// changes nothing.
// Errors: those of GrantRole except CONFLICT; CONFLICT when the process would be left without an administrator,
// unless a site administrator does it.
func (s *Processes) RevokeRole(ctx context.Context, in RevokeRoleInput) (*ent.Process, error) {
	return s.changeRole(ctx, in, RoleInput(in),
		func(ctx context.Context, tx *tx, p *ent.Process, u *ent.User) (bool, error) {
			viewer := auth.ViewerFrom(ctx)
			others, err := tx.Role.Query().
				Where(role.ProcessID(p.ID), role.NameEQ(role.NameADMIN), role.UserIDNEQ(u.ID)).Count(ctx)
			if err != nil {
				return false, err
			}

			granted, err := tx.Role.Query().
				Where(role.ProcessID(p.ID), role.UserID(u.ID), role.NameEQ(in.Role)).Only(ctx)
			if refusal.IgnoreMissing(err) != nil {
				return false, err
			}

			// Without the role, ask only for the right to try: nobody loses anything.
			if granted == nil {
				return false, MayRevokeRole(viewer, p.ID, in.Role, max(others, 1))
			}

			if err := MayRevokeRole(viewer, p.ID, in.Role, others); err != nil {
				return false, err
			}
			return true, tx.Role.DeleteOne(granted).Exec(ctx)
		})
}

// changeRole locks the process, finds the person, and calls do, which says whether it changed anything. If so, the
// person is told and the audit says it. It does so once for the idempotency key of r.
// Errors: those of GrantRole; what do returns.
func (s *Processes) changeRole(ctx context.Context, r change.Input, in RoleInput,
	do func(context.Context, *tx, *ent.Process, *ent.User) (bool, error),
) (*ent.Process, error) {
	return public.OnceAtHead(ctx, s, r, s.processNow, func(ctx context.Context, tx *tx) (*ent.Process, error) {
		p, err := tx.processToTrust(ctx, in.Process)
		if err != nil {
			return nil, err
		}

		reason, err := input.Prose("reason", in.Reason, 1, input.MaxReason)
		if err != nil {
			return nil, err
		}
		u, err := people.Find(ctx, tx.Tx, people.Whom{User: in.User, Nickname: in.Nickname})
		if err != nil {
			return nil, err
		}

		changed, err := do(ctx, tx, p, u)
		if err != nil || !changed {
			return p, err
		}

		people.ViewerChanged(tx.Tx, u.ID)
		notify.Tell(ctx, tx.Tx, u.ID, notification.KindROLE, p.ID)
		act, _ := r.Retry()
		return p, tx.Audit(ctx, change.Act{
			Name: act, Subject: u.ID, Process: p.ID, Reason: reason, Details: map[string]any{"role": in.Role},
		})
	})
}

// processToTrust locks a process in which the viewer may grant roles. It comes before any other look-up: strangers do
// not learn who exists.
// Errors: UNAUTHENTICATED; NOT_FOUND; FORBIDDEN.
func (tx *tx) processToTrust(ctx context.Context, id string) (*ent.Process, error) {
	return LockFor(ctx, tx.Tx, id, MayGrantRole)
}

// RolesIn returns the roles in those of the processes whose roles the viewer may know; people who left have none. They
// come by name, then by age.
func (s *Processes) RolesIn(ctx context.Context, v auth.Viewer, processes []string) ([]*ent.Role, error) {
	var mine []string
	for _, id := range processes {
		if MayReadRoles(v, id) {
			mine = append(mine, id)
		}
	}

	if len(mine) == 0 {
		return nil, nil
	}
	return s.Read.Role.Query().Where(role.ProcessIDIn(mine...), role.HasUserWith(user.ErasedAtIsNil())).
		Order(role.ByName(), role.ByCreatedAt(), role.ByID()).All(ctx)
}

// SteeringBodies returns the roles of those who steer the processes, which everybody may know, oldest first.
func (s *Processes) SteeringBodies(ctx context.Context, processes []string) ([]*ent.Role, error) {
	return s.Read.Role.Query().
		Where(role.ProcessIDIn(processes...), role.NameEQ(role.NameSTEERING), role.HasUserWith(user.ErasedAtIsNil())).
		Order(role.ByCreatedAt(), role.ByID()).All(ctx)
}
