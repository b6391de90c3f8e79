package organizations

import "ensemble/consultation/permission"

// init registers who may do what with organizations.
func init() {
	permission.Allow("createOrganization", permission.ScopeParticipate, permission.Confirmed,
		"they own fewer unverified ones than the limit")
	permission.Allow("updateOrganization inviteMember cancelInvitation transferOrganization", permission.ScopeAdmin,
		permission.Owner, "a site ADMIN counts as one while there is none")
	permission.Allow("changeMemberRole removeMember", permission.ScopeAdmin, permission.Owner,
		"an owner is left; a site ADMIN counts as one while there is none")
	permission.Allow("leaveOrganization", permission.ScopeParticipate, permission.Member, "an owner is left")
	permission.Allow("acceptInvitation", permission.ScopeParticipate, permission.Confirmed,
		"it is open, and theirs or they have its token")
	permission.Allow("declineInvitation", permission.ScopeParticipate, permission.Anybody,
		"it is open, and theirs or they have its token")
	permission.Allow("readSignatory", permission.ScopeRead, permission.Owner,
		"of what was signed in the name of their organization")
	permission.Allow("verifyOrganization unverifyOrganization", permission.ScopeAdmin, permission.SiteAdmin, "")

	permission.NeedTerms("createOrganization acceptInvitation")
}
