package consultation

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/ent/notification"
)

// ChangeMemberRole gives a member of an organization another place in it; the one they have changes nothing.
// Errors: NOT_FOUND unless the viewer is a member, FORBIDDEN unless an owner, CONFLICT when no owner would be left.
func (s *Service) ChangeMemberRole(ctx context.Context, membershipID string, to membership.Role, key *string) (*ent.Membership, error) {
	return once(ctx, s, Retry{"changeMemberRole", key, []any{membershipID, to}}, s.Read.Membership.Get,
		func(ctx context.Context, tx *Tx) (*ent.Membership, error) {
			m, err := tx.memberToMove(ctx, membershipID, to)
			if err != nil || m.Role == to {
				return m, err
			}
			if err := tx.auditMember(ctx, "changeMemberRole", m, to); err != nil {
				return nil, err
			}
			viewerChanged(tx, m.UserID)
			return m.Update().SetRole(to).Save(ctx)
		})
}

// RemoveMember takes somebody out of an organization, and returns it. What they signed stays the organization's.
// Errors: those of ChangeMemberRole.
func (s *Service) RemoveMember(ctx context.Context, membershipID string, key *string) (*ent.Organization, error) {
	return once(ctx, s, Retry{"removeMember", key, membershipID}, s.Read.Organization.Get,
		func(ctx context.Context, tx *Tx) (*ent.Organization, error) {
			m, err := tx.memberToMove(ctx, membershipID, "")
			if err != nil {
				return nil, err
			}
			if err := tx.auditMember(ctx, "removeMember", m, ""); err != nil {
				return nil, err
			}
			return tx.leave(ctx, m)
		})
}

// LeaveOrganization takes the viewer out of an organization, and returns it.
// Errors: NOT_FOUND, FORBIDDEN unless a member, CONFLICT when no owner would be left.
func (s *Service) LeaveOrganization(ctx context.Context, id string, key *string) (*ent.Organization, error) {
	return once(ctx, s, Retry{"leaveOrganization", key, id}, s.Read.Organization.Get,
		func(ctx context.Context, tx *Tx) (*ent.Organization, error) {
			viewer := auth.ViewerFrom(ctx)
			if err := signedIn(viewer); err != nil {
				return nil, err
			}
			g, err := tx.lockOrganization(ctx, id)
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

// TransferOrganization makes another member the owner in the viewer's stead, who stays as a member.
// Errors: NOT_FOUND, on to when that is no other member; FORBIDDEN unless an owner.
func (s *Service) TransferOrganization(ctx context.Context, id, to string, key *string) (*ent.Organization, error) {
	return once(ctx, s, Retry{"transferOrganization", key, []any{id, to}}, s.Read.Organization.Get,
		func(ctx context.Context, tx *Tx) (*ent.Organization, error) {
			g, place, err := tx.organizationFor(ctx, id)
			if err != nil {
				return nil, err
			}
			viewer := auth.ViewerFrom(ctx)
			if err := MayManage(viewer, place); err != nil {
				return nil, err
			}
			next, err := tx.Membership.Query().Where(membership.ID(to), membership.OrganizationID(g.ID), membership.UserIDNEQ(viewer.UserID)).Only(ctx)
			if err != nil {
				return nil, absent("to", err)
			}
			if err := tx.Membership.UpdateOne(next).SetRole(membership.RoleOWNER).Exec(ctx); err != nil {
				return nil, err
			}
			if err := tx.Membership.Update().Where(membership.OrganizationID(g.ID), membership.UserID(viewer.UserID)).
				SetRole(membership.RoleMEMBER).Exec(ctx); err != nil {
				return nil, err
			}
			viewerChanged(tx, next.UserID)
			viewerChanged(tx, viewer.UserID)
			return g, tx.auditMember(ctx, "transferOrganization", next, membership.RoleOWNER)
		})
}

// memberToMove reads a member whose place the viewer may change; the organization is locked.
func (tx *Tx) memberToMove(ctx context.Context, id string, to membership.Role) (*ent.Membership, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := signedIn(viewer); err != nil {
		return nil, err
	}
	m, err := tx.Membership.Get(ctx, id)
	if err != nil {
		return nil, absent("membership", err)
	}
	_, place, err := tx.organizationFor(ctx, m.OrganizationID)
	if err != nil {
		return nil, err
	}
	if place == "" { // strangers do not know who is a member
		return nil, notFound("membership")
	}
	if m, err = tx.Membership.Get(ctx, id); err != nil { // again: it may have changed while we waited for the lock
		return nil, absent("membership", err)
	}
	owners, err := tx.otherOwners(ctx, m.OrganizationID, m.UserID)
	if err != nil {
		return nil, err
	}
	return m, MayMoveMember(viewer, place, m.Role, to, owners)
}

// otherOwners counts the owners of an organization, which is locked, besides somebody.
func (tx *Tx) otherOwners(ctx context.Context, organizationID, userID string) (int, error) {
	return tx.Membership.Query().Where(membership.OrganizationID(organizationID), membership.RoleEQ(membership.RoleOWNER),
		membership.UserIDNEQ(userID)).Count(ctx)
}

// leave ends a membership and returns the organization.
func (tx *Tx) leave(ctx context.Context, m *ent.Membership) (*ent.Organization, error) {
	viewerChanged(tx, m.UserID)
	if err := tx.Membership.DeleteOne(m).Exec(ctx); err != nil {
		return nil, err
	}
	return tx.Organization.Get(ctx, m.OrganizationID)
}

// auditMember writes down that somebody's place in an organization changed, to "" for out, and tells them.
func (tx *Tx) auditMember(ctx context.Context, act string, m *ent.Membership, to membership.Role) error {
	notify(ctx, tx, m.UserID, notification.KindROLE, m.OrganizationID)
	details := map[string]any{"user": m.UserID, "from": m.Role}
	if to != "" {
		details["to"] = to
	}
	return tx.audit(ctx, privileged{act: act, subject: m.OrganizationID, details: details})
}

// Memberships are those of an organization that the viewer belongs to; of one without an owner, also for site administrators.
func (s *Service) Memberships(v auth.Viewer) *ent.MembershipQuery {
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
