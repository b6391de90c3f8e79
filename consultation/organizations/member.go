package organizations

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/notify"
	"ensemble/consultation/people"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/ent/notification"
)

// ChangeMemberRole gives a member of an organization another role in it. Giving the role that they have changes
// nothing.
// Errors: UNAUTHENTICATED; NOT_FOUND unless the viewer is a member; FORBIDDEN unless an owner; CONFLICT when no owner
// would be left.
func (s *Organizations) ChangeMemberRole(ctx context.Context, in ChangeMemberRoleInput) (*ent.Membership, error) {
	return change.Once(ctx, s, in, s.Read.Membership.Get,
		func(ctx context.Context, tx *tx) (*ent.Membership, error) {
			m, err := tx.memberToChange(ctx, in.Membership, in.Role)
			if err != nil || m.Role == in.Role {
				return m, err
			}

			if err := tx.auditMember(ctx, "changeMemberRole", m, in.Role); err != nil {
				return nil, err
			}
			people.ViewerChanged(tx.Tx, m.UserID)
			return m.Update().SetRole(in.Role).Save(ctx)
		})
}

// RemoveMember takes a member out of an organization, and returns the organization. What they signed stays the
// organization's.
// Errors: those of ChangeMemberRole.
func (s *Organizations) RemoveMember(ctx context.Context, in RemoveMemberInput) (*ent.Organization, error) {
	return change.Once(ctx, s, in, s.Read.Organization.Get,
		func(ctx context.Context, tx *tx) (*ent.Organization, error) {
			m, err := tx.memberToChange(ctx, in.Membership, "")
			if err != nil {
				return nil, err
			}

			if err := tx.auditMember(ctx, "removeMember", m, ""); err != nil {
				return nil, err
			}
			return tx.leave(ctx, m)
		})
}

// LeaveOrganization takes the viewer out of an organization, and returns the organization.
// Errors: UNAUTHENTICATED; NOT_FOUND; FORBIDDEN unless a member; CONFLICT when no owner would be left.
func (s *Organizations) LeaveOrganization(ctx context.Context, in LeaveOrganizationInput) (*ent.Organization, error) {
	return change.Once(ctx, s, in, s.Read.Organization.Get,
		func(ctx context.Context, tx *tx) (*ent.Organization, error) {
			viewer := auth.ViewerFrom(ctx)
			if err := permission.AskSignedIn(viewer); err != nil {
				return nil, err
			}

			// Lock the organization before its owners are counted: two who leave at once would each count the other.
			g, err := tx.lockOrganization(ctx, in.Organization)
			if err != nil {
				return nil, err
			}

			m, err := tx.placeIn(ctx, g.ID, viewer.UserID)
			if err != nil {
				return nil, err
			}
			if m == nil {
				return nil, MayLeave(viewer, "", 0)
			}

			owners, err := tx.otherOwners(ctx, g.ID, viewer.UserID)
			if err != nil {
				return nil, err
			}
			if err := MayLeave(viewer, m.Role, owners); err != nil {
				return nil, err
			}

			if err := tx.auditMember(ctx, "leaveOrganization", m, ""); err != nil {
				return nil, err
			}
			return tx.leave(ctx, m)
		})
}

// TransferOrganization makes another member the owner in the viewer's place. The viewer stays as a member.
// Errors: UNAUTHENTICATED; NOT_FOUND, on to when that is no other member; FORBIDDEN unless an owner.
func (s *Organizations) TransferOrganization(
	ctx context.Context, in TransferOrganizationInput,
) (*ent.Organization, error) {
	return change.Once(ctx, s, in, s.Read.Organization.Get,
		func(ctx context.Context, tx *tx) (*ent.Organization, error) {
			g, place, err := tx.organizationFor(ctx, in.Organization)
			if err != nil {
				return nil, err
			}

			viewer := auth.ViewerFrom(ctx)
			if err := MayManage(viewer, place); err != nil {
				return nil, err
			}

			next, err := tx.Membership.Query().
				Where(membership.ID(in.To), membership.OrganizationID(g.ID), membership.UserIDNEQ(viewer.UserID)).
				Only(ctx)
			if err != nil {
				return nil, refusal.IfMissing("to", err)
			}

			// The next owner comes first, so that the organization is never without one.
			if err := tx.Membership.UpdateOne(next).SetRole(membership.RoleOWNER).Exec(ctx); err != nil {
				return nil, err
			}

			own := tx.Membership.Update().Where(membership.OrganizationID(g.ID), membership.UserID(viewer.UserID))
			if err := own.SetRole(membership.RoleMEMBER).Exec(ctx); err != nil {
				return nil, err
			}

			people.ViewerChanged(tx.Tx, next.UserID)
			people.ViewerChanged(tx.Tx, viewer.UserID)
			return g, tx.auditMember(ctx, "transferOrganization", next, membership.RoleOWNER)
		})
}

// memberToChange locks the organization of a membership, and returns the membership, if the viewer may change it to
// another role ("" when the member is removed).
func (tx *tx) memberToChange(ctx context.Context, id string, to membership.Role) (*ent.Membership, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, err
	}

	// The membership is read twice: it names the organization to lock, and may change until that is locked.
	m, err := tx.Membership.Get(ctx, id)
	if err != nil {
		return nil, refusal.IfMissing("membership", err)
	}

	_, place, err := tx.organizationFor(ctx, m.OrganizationID)
	if err != nil {
		return nil, err
	}
	if place == "" { // strangers do not know who is a member
		return nil, refusal.Missing("membership")
	}

	if m, err = tx.Membership.Get(ctx, id); err != nil {
		return nil, refusal.IfMissing("membership", err)
	}

	owners, err := tx.otherOwners(ctx, m.OrganizationID, m.UserID)
	if err != nil {
		return nil, err
	}
	return m, MayChangeMemberRole(viewer, place, m.Role, to, owners)
}

// otherOwners counts the owners of an organization besides one person. The organization is locked.
func (tx *tx) otherOwners(ctx context.Context, organizationID, userID string) (int, error) {
	return tx.Membership.Query().
		Where(membership.OrganizationID(organizationID), membership.RoleEQ(membership.RoleOWNER),
			membership.UserIDNEQ(userID)).Count(ctx)
}

// leave ends a membership, and returns the organization.
func (tx *tx) leave(ctx context.Context, m *ent.Membership) (*ent.Organization, error) {
	people.ViewerChanged(tx.Tx, m.UserID)
	if err := tx.Membership.DeleteOne(m).Exec(ctx); err != nil {
		return nil, err
	}
	return tx.Organization.Get(ctx, m.OrganizationID)
}

// auditMember writes down that a member's role in an organization changed, to "" for out, and tells them.
func (tx *tx) auditMember(ctx context.Context, act string, m *ent.Membership, to membership.Role) error {
	notify.Tell(ctx, tx.Tx, m.UserID, notification.KindROLE, m.OrganizationID)
	details := map[string]any{"user": m.UserID, "from": m.Role}
	if to != "" {
		details["to"] = to
	}
	return tx.Audit(ctx, change.Act{Name: act, Subject: m.OrganizationID, Details: details})
}

// Memberships returns the memberships of the organizations that the viewer belongs to. To site administrators it
// returns those of organizations without an owner too.
func (s *Organizations) Memberships(v auth.Viewer) *ent.MembershipQuery {
	return s.Read.Membership.Query().Where(func(sel *sql.Selector) {
		with := func(p *sql.Predicate) *sql.Selector {
			return sql.Dialect(sel.Dialect()).Select("organization_id").From(sql.Table("memberships")).Where(p)
		}

		column := sel.C("organization_id")
		seen := sql.In(column, with(sql.EQ("user_id", v.UserID)))
		if v.SiteAdmin {
			seen = sql.Or(seen, sql.NotIn(column, with(sql.EQ("role", string(membership.RoleOWNER)))))
		}

		sel.Where(seen)
	})
}
