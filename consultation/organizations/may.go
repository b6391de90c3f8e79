package organizations

import (
	"ensemble/auth"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent/membership"
)

// MaySign reports why v may not sign for an organization, or nil. It returns nil when no organization is named:
// everybody signs for themselves.
// Errors: FORBIDDEN on organization.
func MaySign(v auth.Viewer, organization *string) error {
	if organization != nil && !v.Signs(*organization) {
		return &refusal.Error{
			Code: refusal.Forbidden, Field: "organization",
			Message: "You may not sign for this organization, or it is not verified.",
		}
	}
	return nil
}

// MayCreateOrganization reports why v may not create an organization, or nil; owns is how many organizations the
// viewer owns already that nobody has verified.
// Errors: UNAUTHENTICATED; TERMS_NOT_ACCEPTED; FORBIDDEN until the address of v is confirmed; CONFLICT when these are
// too many.
func MayCreateOrganization(v auth.Viewer, owns int) error {
	if err := permission.Ask(v, "createOrganization", permission.About{}); err != nil {
		return err
	}
	if owns >= maxUnverified {
		return refusal.Full(owns, "You own %d organizations that are not verified, as many as allowed.")
	}
	return nil
}

// MayManage reports why v may not change the name, members and invitations of an organization, or nil; place is the
// viewer's role in it, "" for none.
// Errors: UNAUTHENTICATED; FORBIDDEN unless an owner.
func MayManage(v auth.Viewer, place membership.Role) error {
	return permission.Ask(v, "updateOrganization", permission.About{Organization: place})
}

// MayChangeMemberRole reports why v may not take a member from one role to another, or nil. place is the viewer's role
// in the organization, to is "" when the member is removed, and otherOwners counts the owners besides the member.
// Errors: UNAUTHENTICATED; FORBIDDEN unless an owner; CONFLICT when no owner would be left.
func MayChangeMemberRole(v auth.Viewer, place, from, to membership.Role, otherOwners int) error {
	if err := permission.Ask(v, "changeMemberRole", permission.About{Organization: place}); err != nil {
		return err
	}
	return ownerStays(from, to, otherOwners)
}

// MayLeave reports why v may not leave an organization, or nil. place is the viewer's role in it, "" for none, and
// otherOwners counts the owners besides the viewer.
// Errors: UNAUTHENTICATED; FORBIDDEN unless a member; CONFLICT when no owner would be left.
func MayLeave(v auth.Viewer, place membership.Role, otherOwners int) error {
	if err := permission.Ask(v, "leaveOrganization", permission.About{Organization: place}); err != nil {
		return err
	}
	return ownerStays(place, "", otherOwners)
}

// ownerStays refuses a change from one role to another that would leave an organization without an owner. Errors:
// CONFLICT.
func ownerStays(from, to membership.Role, otherOwners int) error {
	if from == membership.RoleOWNER && to != membership.RoleOWNER && otherOwners == 0 {
		return refusal.New(refusal.Conflict, "An organization keeps an owner: make somebody else one first.")
	}
	return nil
}

// MayReadSignatory reports whether the viewer, by their role in an organization, may know who signs in its name.
func MayReadSignatory(v auth.Viewer, place membership.Role) bool {
	return permission.Ask(v, "readSignatory", permission.About{Organization: place}) == nil
}

// MayAcceptInvitation reports why v may accept no invitation at all, or nil.
// Errors: UNAUTHENTICATED; TERMS_NOT_ACCEPTED; FORBIDDEN until the address of v is confirmed.
func MayAcceptInvitation(v auth.Viewer) error {
	return permission.Ask(v, "acceptInvitation", permission.About{})
}

// MayVerify reports why v may not verify organizations, or take a verification back, or nil.
// Errors: UNAUTHENTICATED; FORBIDDEN unless a site administrator.
func MayVerify(v auth.Viewer) error {
	return permission.Ask(v, "verifyOrganization", permission.About{})
}
