package consultation

// Who may do what with organizations.
func init() {
	allow("createOrganization", ScopeParticipate, Confirmed, "they own fewer unverified ones than the limit")
	allow("updateOrganization inviteMember cancelInvitation transferOrganization", ScopeAdmin, Owner, "a site ADMIN counts as one while there is none")
	allow("changeMemberRole removeMember", ScopeAdmin, Owner, "an owner is left; a site ADMIN counts as one while there is none")
	allow("leaveOrganization", ScopeParticipate, Member, "an owner is left")
	allow("acceptInvitation", ScopeParticipate, Confirmed, "it is open, and theirs or they have its token")
	allow("declineInvitation", ScopeParticipate, Anybody, "it is open, and theirs or they have its token")
	allow("readSignatory", ScopeRead, Owner, "of what was signed in the name of their organization")
	allow("verifyOrganization unverifyOrganization", ScopeAdmin, SiteAdmin, "")

	needTerms("createOrganization acceptInvitation")
}
