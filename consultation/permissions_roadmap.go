package consultation

// Who may do what with consultations, and what is said in them.
func init() {
	allow("createProcess", ScopeAdmin, SiteAdmin, "")
	allow("updateProcess publishProcess createPhase updatePhase deletePhase createAxis updateAxis deleteAxis", ScopeAdmin, Admin, "")
	allow("createCommitment", ScopeAdmin, Steering|Admin, "")
	allow("reviseCommitment", ScopeAdmin, Steering|Admin, "until it is adopted or withdrawn")
	allow("publishCommitment", ScopeAdmin, Steering|Admin, "while it is a draft")
	allow("changeCommitmentStatus", ScopeAdmin, Steering|Admin, "between OPEN, UNDER_REVIEW and ADOPTED")
	allow("withdrawCommitment", ScopeAdmin, Steering|Admin, "while it is OPEN or UNDER_REVIEW")
	allow("draftAmendment", ScopeParticipate, Confirmed, "amendments are open, and they have no draft here")
	allow("editAmendmentDraft deleteAmendmentDraft", ScopeParticipate, Author, "while it is a draft, which is not held")
	allow("submitAmendment", ScopeParticipate, Author, "amendments are open, and fewer than the limit are under evaluation")
	allow("withdrawAmendment", ScopeParticipate, Author, "while it is evaluated")
	allow("promoteAmendment", ScopeParticipate, Author, "once it was rejected, in a phase that allows it")
	allow("acceptAmendment rejectAmendment", ScopeAdmin, Steering|Admin, "while it is evaluated, in a phase of decision")
	allow("postComment", ScopeParticipate, Confirmed, "comments are open")
	allow("editComment", ScopeParticipate, Author, "comments are open, and it was not removed")
	allow("deleteComment", ScopeParticipate, Author, "")
	allow("voteComment", ScopeParticipate, Confirmed, "comments are open, it was not removed, and somebody else wrote it")
	allow("readHidden", ScopeRead, Author|Moderator|Admin, "while it is hidden, and not deleted")
	allow("addSupport removeSupport confirmSupport", ScopeParticipate, Confirmed, "supports are open")
	allow("grantRole", ScopeAdmin, Admin, "")
	allow("revokeRole", ScopeAdmin, Admin, "an ADMIN is left, or a site ADMIN does it")
	allow("readRoles", ScopeAdmin, Admin, "")

	needTerms("draftAmendment editAmendmentDraft submitAmendment promoteAmendment postComment editComment voteComment addSupport confirmSupport")
}
