package organizations

import (
	"ensemble/auth"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent/membership"
)

// MaySign asks that the viewer is a signatory of the organization, when one is named.
func MaySign(v auth.Viewer, organization *string) error {
	if organization != nil && !v.Signs(*organization) {
		return &refusal.Error{Code: refusal.Forbidden, Field: "organization", Message: "You may not sign for this organization, or it is not verified."}
	}
	return nil
}

// MayCreateOrganization, which begins unverified; owns is how many such the viewer owns already.
func MayCreateOrganization(v auth.Viewer, owns int) error {
	if err := permission.Ask(v, "createOrganization", permission.About{}); err != nil {
		return err
	}
	if owns >= maxUnverified {
		return refusal.Moved(owns, "You own %d organizations that are not verified, as many as allowed.", owns)
	}
	return nil
}

// MayManage an organization, where the viewer's place is the one given, "" for none: its name, members and invitations.
func MayManage(v auth.Viewer, place membership.Role) error {
	return permission.Ask(v, "updateOrganization", permission.About{Organization: place})
}

// MayMoveMember from one place to another, "" for out, where so many others are owners.
func MayMoveMember(v auth.Viewer, place, from, to membership.Role, otherOwners int) error {
	if err := permission.Ask(v, "changeMemberRole", permission.About{Organization: place}); err != nil {
		return err
	}
	return keepsOwner(from, to, otherOwners)
}

// MayLeave an organization, where so many others are owners.
func MayLeave(v auth.Viewer, place membership.Role, otherOwners int) error {
	if err := permission.Ask(v, "leaveOrganization", permission.About{Organization: place}); err != nil {
		return err
	}
	return keepsOwner(place, "", otherOwners)
}

// keepsOwner asks that an organization has an owner still.
func keepsOwner(from, to membership.Role, otherOwners int) error {
	if from == membership.RoleOWNER && to != membership.RoleOWNER && otherOwners == 0 {
		return refusal.Moved(from, "An organization keeps an owner: make somebody else one first.")
	}
	return nil
}

// MayReadSignatory says whether the viewer, by their place in an organization, may know who signs in its name.
func MayReadSignatory(v auth.Viewer, place membership.Role) bool {
	return permission.Ask(v, "readSignatory", permission.About{Organization: place}) == nil
}

// MayAcceptInvitation at all.
func MayAcceptInvitation(v auth.Viewer) error {
	return permission.Ask(v, "acceptInvitation", permission.About{})
}

// MayVerify organizations, or take that back.
func MayVerify(v auth.Viewer) error {
	return permission.Ask(v, "verifyOrganization", permission.About{})
}
