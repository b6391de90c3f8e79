package roadmap

import "ensemble/consultation/permission"

// init writes down who may do what with consultations, and with what is said in them.
func init() {
	permission.Allow("createCommitment", permission.ScopeAdmin, permission.Steering|permission.Admin, "")
	permission.Allow("reviseCommitment", permission.ScopeAdmin, permission.Steering|permission.Admin,
		"until it is adopted or withdrawn")
	permission.Allow("publishCommitment", permission.ScopeAdmin,
		permission.Steering|permission.Admin, "while it is a draft")
	permission.Allow("changeCommitmentStatus", permission.ScopeAdmin, permission.Steering|permission.Admin,
		"between OPEN, UNDER_REVIEW and ADOPTED")
	permission.Allow("withdrawCommitment", permission.ScopeAdmin, permission.Steering|permission.Admin,
		"while it is OPEN or UNDER_REVIEW")
	permission.Allow("draftAmendment", permission.ScopeParticipate, permission.Confirmed,
		"amendments are open, and they have no draft here")
	permission.Allow("editAmendmentDraft deleteAmendmentDraft", permission.ScopeParticipate, permission.Author,
		"while it is a draft, which is not held")
	permission.Allow("submitAmendment", permission.ScopeParticipate, permission.Author,
		"amendments are open, and fewer than the limit are under evaluation")
	permission.Allow("withdrawAmendment", permission.ScopeParticipate, permission.Author, "while it is evaluated")
	permission.Allow("promoteAmendment", permission.ScopeParticipate, permission.Author,
		"once it was rejected, in a phase that allows it")
	permission.Allow("acceptAmendment rejectAmendment", permission.ScopeAdmin, permission.Steering|permission.Admin,
		"while it is evaluated, in a phase of decision")
	permission.Allow("postComment", permission.ScopeParticipate, permission.Confirmed, "comments are open")
	permission.Allow("editComment", permission.ScopeParticipate, permission.Author,
		"comments are open, and it was not removed")
	permission.Allow("deleteComment", permission.ScopeParticipate, permission.Author, "")
	permission.Allow("voteComment", permission.ScopeParticipate, permission.Confirmed,
		"comments are open, it was not removed, and somebody else wrote it")
	permission.Allow("readHidden", permission.ScopeRead, permission.Author|permission.Moderator|permission.Admin,
		"while it is hidden, and not deleted")
	permission.Allow("addSupport removeSupport confirmSupport", permission.ScopeParticipate,
		permission.Confirmed, "supports are open")

	permission.NeedTerms("draftAmendment editAmendmentDraft submitAmendment promoteAmendment " +
		"postComment editComment voteComment addSupport confirmSupport")
}
