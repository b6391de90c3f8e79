package consultation

import (
	"context"
	"strings"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/notification"
	"ensemble/ent/role"
	"ensemble/ent/user"
)

// maxRoles bounds how many roles are given in one process: the list of them has no pages.
const maxRoles = 200

// Whom names an account: one of the two is given.
type Whom struct {
	User     *string
	Nickname *string
}

// RoleInput is the input of GrantRole and RevokeRole.
type RoleInput struct {
	Process        string
	User           *string
	Nickname       *string
	Role           role.Name
	Reason         string
	IdempotencyKey *string
}

// GrantRole trusts somebody with a role in a process. Granting twice changes nothing.
// Errors: NOT_FOUND, FORBIDDEN unless administrator, BAD_USER_INPUT without a reason, CONFLICT when there are too many roles.
func (s *Service) GrantRole(ctx context.Context, in RoleInput) (*ent.Process, error) {
	return s.changeRole(ctx, "grantRole", in, func(ctx context.Context, tx *Tx, p *ent.Process, u *ent.User) (bool, error) {
		held, err := tx.Role.Query().Where(role.ProcessID(p.ID), role.UserID(u.ID), role.NameEQ(in.Role)).Exist(ctx)
		if err != nil || held {
			return false, err
		}
		n, err := tx.Role.Query().Where(role.ProcessID(p.ID)).Count(ctx)
		if err != nil {
			return false, err
		}
		if n >= maxRoles {
			return false, moved(n, "%d roles are given in this process, as many as allowed.", n)
		}
		return true, tx.Role.Create().SetID(s.NewID("role")).SetUserID(u.ID).SetProcessID(p.ID).SetName(in.Role).
			SetCreatedAt(s.now()).Exec(ctx)
	})
}

// RevokeRole takes a role away. Revoking what is not held changes nothing.
// Errors: those of GrantRole; CONFLICT when the process would be left without administrator.
func (s *Service) RevokeRole(ctx context.Context, in RoleInput) (*ent.Process, error) {
	return s.changeRole(ctx, "revokeRole", in, func(ctx context.Context, tx *Tx, p *ent.Process, u *ent.User) (bool, error) {
		viewer := auth.ViewerFrom(ctx)
		others, err := tx.Role.Query().Where(role.ProcessID(p.ID), role.NameEQ(role.NameADMIN), role.UserIDNEQ(u.ID)).Count(ctx)
		if err != nil {
			return false, err
		}
		held, err := tx.Role.Query().Where(role.ProcessID(p.ID), role.UserID(u.ID), role.NameEQ(in.Role)).Only(ctx)
		if ignoreNotFound(err) != nil {
			return false, err
		}
		if held == nil { // only the right to try is asked for
			return false, MayRevokeRole(viewer, p.ID, in.Role, max(others, 1))
		}
		if err := MayRevokeRole(viewer, p.ID, in.Role, others); err != nil {
			return false, err
		}
		return true, tx.Role.DeleteOne(held).Exec(ctx)
	})
}

// changeRole locks the process and finds the person; do says whether it changed anything.
func (s *Service) changeRole(ctx context.Context, act string, in RoleInput,
	do func(context.Context, *Tx, *ent.Process, *ent.User) (bool, error),
) (*ent.Process, error) {
	return once(ctx, s, Retry{act, in.IdempotencyKey, in}, s.Read.Process.Get,
		func(ctx context.Context, tx *Tx) (*ent.Process, error) {
			p, err := tx.processToTrust(ctx, in.Process)
			if err != nil {
				return nil, err
			}
			reason, err := prose("reason", in.Reason, 1, maxReason)
			if err != nil {
				return nil, err
			}
			u, err := findAccount(ctx, tx, Whom{in.User, in.Nickname})
			if err != nil {
				return nil, err
			}
			changed, err := do(ctx, tx, p, u)
			if err != nil || !changed {
				return p, err
			}
			viewerChanged(tx, u.ID)
			notify(ctx, tx, u.ID, notification.KindROLE, p.ID)
			return p, tx.audit(ctx, privileged{
				act: act, subject: u.ID, process: p.ID, reason: reason, details: map[string]any{"role": in.Role},
			})
		})
}

// processToTrust locks a process in which the viewer grants roles: before anything else is looked up.
func (tx *Tx) processToTrust(ctx context.Context, id string) (*ent.Process, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := signedIn(viewer); err != nil {
		return nil, err
	}
	p, err := tx.lockProcess(ctx, id)
	if err != nil {
		return nil, absent("process", err)
	}
	return p, hideProcess(viewer, MayGrantRole(viewer, p.ID), p)
}

// findAccount finds somebody who has not left. Errors: BAD_USER_INPUT unless one of the two is given, NOT_FOUND.
func findAccount(ctx context.Context, tx *Tx, whom Whom) (*ent.User, error) {
	if (whom.User == nil) == (whom.Nickname == nil) {
		return nil, BadInput("user", "Give either the id or the nickname.")
	}
	q, field := tx.User.Query().Where(user.ErasedAtIsNil()), "user"
	if whom.User != nil {
		q.Where(user.ID(*whom.User))
	} else {
		q.Where(user.Nickname(strings.ToLower(*whom.Nickname)))
		field = "nickname"
	}
	u, err := q.Only(ctx)
	return u, absent(field, err)
}

// RolesIn are the roles that people hold in processes which the viewer may know of; none of those who left.
func (s *Service) RolesIn(ctx context.Context, v auth.Viewer, processes []string) ([]*ent.Role, error) {
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

// SteeringBodies are the roles of those who steer processes, which everybody may know.
func (s *Service) SteeringBodies(ctx context.Context, processes []string) ([]*ent.Role, error) {
	return s.Read.Role.Query().Where(role.ProcessIDIn(processes...), role.NameEQ(role.NameSTEERING), role.HasUserWith(user.ErasedAtIsNil())).
		Order(role.ByCreatedAt(), role.ByID()).All(ctx)
}
