package roadmap

import (
	"slices"

	"ensemble/auth"
	"ensemble/consultation/moderation"
	"ensemble/consultation/organizations"
	"ensemble/consultation/permission"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/role"
)

// maxDepth bounds threads: four levels, as Decidim has it.
const maxDepth = 3

// MayCreateProcess at all.
func MayCreateProcess(v auth.Viewer) error {
	return permission.Ask(v, "createProcess", permission.About{})
}

// MayConfigure a process, its phases and axes.
func MayConfigure(v auth.Viewer, process string) error {
	return permission.Ask(v, "updateProcess", permission.About{Process: process})
}

// MaySteer a process, which is to write its commitments.
func MaySteer(v auth.Viewer, process string) error {
	return permission.Ask(v, "createCommitment", permission.About{Process: process})
}

// takesComments: while OPEN or UNDER_REVIEW, in a phase that takes comments.
func takesComments(c *ent.Commitment, o Openings) error {
	return refusal.UnlessOpen(o.Comments && underConsultation(c), "Comments are closed here.")
}

// takesSupports: while OPEN or UNDER_REVIEW, in a phase that takes supports.
func takesSupports(c *ent.Commitment, o Openings) error {
	return refusal.UnlessOpen(o.Supports && underConsultation(c), "Supports are closed here.")
}

// takesAmendments: while OPEN, in a phase that takes amendments.
func takesAmendments(c *ent.Commitment, o Openings) error {
	return refusal.UnlessOpen(o.AmendmentSubmission && c.Status == commitment.StatusOPEN, "Amendments are closed here.")
}

// discussed are the statuses in which a commitment takes comments and supports, and evaluated the states in which an
// amendment takes comments.
var (
	discussed = []commitment.Status{commitment.StatusOPEN, commitment.StatusUNDER_REVIEW}
	evaluated = []amendment.State{amendment.StateEVALUATING}
)

func underConsultation(c *ent.Commitment) bool { return slices.Contains(discussed, c.Status) }

// IsOpenForComments says whether anybody may comment on the commitment or, when a is not nil, on its
// amendment, which takes comments while it is evaluated.
func IsOpenForComments(c *ent.Commitment, a *ent.Amendment, o Openings) bool {
	return takesComments(c, o) == nil && (a == nil || a.HiddenAt == nil && slices.Contains(evaluated, a.State))
}

// IsOpenForSupports says whether anybody may support the commitment.
func IsOpenForSupports(c *ent.Commitment, o Openings) bool { return takesSupports(c, o) == nil }

// IsOpenForAmendments says whether anybody may amend the commitment.
func IsOpenForAmendments(c *ent.Commitment, o Openings) bool { return takesAmendments(c, o) == nil }

// MayComment where comments are open.
func MayComment(v auth.Viewer, c *ent.Commitment, a *ent.Amendment, o Openings) error {
	if err := permission.Ask(v, "postComment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	return refusal.UnlessOpen(IsOpenForComments(c, a, o), "Comments are closed here.")
}

// AcceptsReplies says whether the comment can be answered at all.
func AcceptsReplies(m *ent.Comment) bool { return m.Depth < maxDepth && !public.IsRemoved(m) }

// MayReadHidden says whether the viewer may read what a comment says when others may not, as long as it was not deleted.
func MayReadHidden(v auth.Viewer, m *ent.Comment, c *ent.Commitment) bool {
	return m.DeletedAt == nil && permission.Ask(v, "readHidden", permission.About{Process: c.ProcessID, Author: m.AuthorID}) == nil
}

// MayEditComment where comments are open, unless it was removed.
func MayEditComment(v auth.Viewer, m *ent.Comment, c *ent.Commitment, a *ent.Amendment, o Openings) error {
	if err := permission.Ask(v, "editComment", permission.About{Process: c.ProcessID, Author: m.AuthorID}); err != nil {
		return err
	}
	if public.IsRemoved(m) {
		return refusal.Moved(public.RemovalOf(m), "This comment was removed.")
	}
	return refusal.UnlessOpen(IsOpenForComments(c, a, o), "Comments are closed here.")
}

// MayDeleteComment at any time.
func MayDeleteComment(v auth.Viewer, m *ent.Comment) error {
	return permission.Ask(v, "deleteComment", permission.About{Author: m.AuthorID})
}

// MayVote on somebody else's comment, where comments are open.
func MayVote(v auth.Viewer, m *ent.Comment, c *ent.Commitment, a *ent.Amendment, o Openings) error {
	if err := permission.Ask(v, "voteComment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	if v.UserID == m.AuthorID {
		return refusal.New(refusal.Forbidden, "You may not vote on your own comment.")
	}
	if public.IsRemoved(m) {
		return refusal.Moved(public.RemovalOf(m), "This comment was removed.")
	}
	return refusal.UnlessOpen(IsOpenForComments(c, a, o), "Comments are closed here.")
}

// MaySupport where supports are open.
func MaySupport(v auth.Viewer, c *ent.Commitment, o Openings) error {
	if err := permission.Ask(v, "addSupport", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	return takesSupports(c, o)
}

// Amending is what a person has on a commitment already.
type Amending struct {
	Draft      string // the id of their draft, "" for none
	Evaluating int    // their amendments under evaluation
	Limit      int    // how many of those there may be
}

// MayAmend, which is to begin a draft, where amendments are open and the viewer has none here.
func MayAmend(v auth.Viewer, c *ent.Commitment, o Openings, has Amending) error {
	if err := permission.Ask(v, "draftAmendment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	if err := takesAmendments(c, o); err != nil {
		return err
	}
	if has.Draft != "" {
		return refusal.Moved(has.Draft, "You have a draft on this commitment already.")
	}
	return nil
}

// MayEditDraft, or delete it, also when moderators refused it; on is its case, nil when it was never held.
func MayEditDraft(v auth.Viewer, a *ent.Amendment, on *ent.ModerationCase) error {
	if err := permission.Ask(v, "editAmendmentDraft", permission.About{Author: a.AuthorID}); err != nil {
		return err
	}
	if isRefused(a, on) {
		return nil
	}
	return inState(a, amendment.StateDRAFT)
}

// isRefused says whether an amendment was held, and moderators do not publish it as it is.
func isRefused(a *ent.Amendment, on *ent.ModerationCase) bool {
	return a.HeldAt != nil && on != nil && moderation.StandingOf(on, RemovalOfAmendment(a)) == moderation.StandingRefused
}

// MaySubmit a draft where amendments are open and fewer than the limit are under evaluation, unless it is held, or was
// refused as it is; in an organization's name, who is still its signatory.
func MaySubmit(v auth.Viewer, a *ent.Amendment, on *ent.ModerationCase, c *ent.Commitment, o Openings, has Amending) error {
	if err := permission.Ask(v, "submitAmendment", permission.About{Author: a.AuthorID}); err != nil {
		return err
	}
	if isRefused(a, on) {
		return refusal.Moved(moderation.StandingRefused, "A moderator refused this amendment: change it first.")
	}
	if err := inState(a, amendment.StateDRAFT); err != nil {
		return err
	}
	if err := takesAmendments(c, o); err != nil {
		return err
	}
	if err := organizations.MaySign(v, a.OrganizationID); err != nil {
		return err
	}
	if n := has.Evaluating; n >= has.Limit {
		return refusal.Moved(n, "You have %d amendments under evaluation on this commitment, as many as allowed.", n)
	}
	return nil
}

// MayWithdrawAmendment under evaluation, at any time.
func MayWithdrawAmendment(v auth.Viewer, a *ent.Amendment) error {
	if err := permission.Ask(v, "withdrawAmendment", permission.About{Author: a.AuthorID}); err != nil {
		return err
	}
	return inState(a, amendment.StateEVALUATING)
}

// MayDecide on an amendment in a phase of decision, while the text can still change.
func MayDecide(v auth.Viewer, a *ent.Amendment, c *ent.Commitment, o Openings) error {
	if err := permission.Ask(v, "acceptAmendment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	if err := inState(a, amendment.StateEVALUATING); err != nil {
		return err
	}
	return refusal.UnlessOpen(o.AmendmentDecision && underConsultation(c), "Decisions on amendments are closed here.")
}

// MayPromote a rejected amendment in a phase that allows it; in an organization's name, who is still its signatory. That it
// happens once is asked by promotable.
func MayPromote(v auth.Viewer, a *ent.Amendment, o Openings) error {
	if err := permission.Ask(v, "promoteAmendment", permission.About{Author: a.AuthorID}); err != nil {
		return err
	}
	if err := inState(a, amendment.StateREJECTED); err != nil {
		return err
	}
	if err := refusal.UnlessOpen(o.AmendmentPromotion, "Amendments cannot be promoted now."); err != nil {
		return err
	}
	return organizations.MaySign(v, a.OrganizationID)
}

// inState asks that the amendment is in a state, and that nothing is with a moderator.
func inState(a *ent.Amendment, wanted amendment.State) error {
	switch {
	case a.HeldAt != nil && wanted == amendment.StateDRAFT:
		return refusal.Moved("HELD", "A moderator reads this before it is published.")
	case a.HiddenAt != nil:
		return refusal.Moved("HIDDEN", "A moderator hid this amendment.")
	case a.State != wanted:
		return refusal.Moved(a.State, "The amendment is no longer in the state this needs.")
	}
	return nil
}

// MayRevise the text until it is adopted or withdrawn.
func MayRevise(v auth.Viewer, c *ent.Commitment) error {
	if err := permission.Ask(v, "reviseCommitment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	return refusal.UnlessOpen(c.Status == commitment.StatusDRAFT || underConsultation(c), "The text is adopted or withdrawn.")
}

// MayPublish a draft.
func MayPublish(v auth.Viewer, c *ent.Commitment) error {
	if err := permission.Ask(v, "publishCommitment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	if c.Status != commitment.StatusDRAFT {
		return refusal.Moved(c.Status, "The commitment is already public.")
	}
	return nil
}

// MayWithdrawCommitment while it is under consultation.
func MayWithdrawCommitment(v auth.Viewer, c *ent.Commitment) error {
	if err := permission.Ask(v, "withdrawCommitment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	if !underConsultation(c) {
		return refusal.Moved(c.Status, "Only a commitment under consultation can be withdrawn.")
	}
	return nil
}

// statusMoves are the moves of changeCommitmentStatus; publishing and withdrawing have mutations of their own.
var statusMoves = map[commitment.Status][]commitment.Status{
	commitment.StatusOPEN:         {commitment.StatusUNDER_REVIEW, commitment.StatusADOPTED},
	commitment.StatusUNDER_REVIEW: {commitment.StatusOPEN, commitment.StatusADOPTED},
	commitment.StatusADOPTED:      {commitment.StatusUNDER_REVIEW},
}

// NextStatuses are where the viewer may move the commitment.
func NextStatuses(v auth.Viewer, c *ent.Commitment) []commitment.Status {
	if permission.Ask(v, "changeCommitmentStatus", permission.About{Process: c.ProcessID}) != nil {
		return nil
	}
	return statusMoves[c.Status]
}

func MayChangeStatus(v auth.Viewer, c *ent.Commitment, to commitment.Status) error {
	if err := permission.Ask(v, "changeCommitmentStatus", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	if !slices.Contains(statusMoves[c.Status], to) {
		return refusal.Moved(c.Status, "The commitment cannot be moved there from where it is.")
	}
	return nil
}

// MayGrantRole in a process, also that of its administrator.
func MayGrantRole(v auth.Viewer, process string) error {
	return permission.Ask(v, "grantRole", permission.About{Process: process})
}

// MayRevokeRole in a process, where so many others are its administrators: only a site administrator takes the last away.
func MayRevokeRole(v auth.Viewer, process string, name role.Name, otherAdmins int) error {
	if err := permission.Ask(v, "revokeRole", permission.About{Process: process}); err != nil {
		return err
	}
	if name == role.NameADMIN && otherAdmins == 0 && !v.SiteAdmin {
		return refusal.Moved(name, "Only a site administrator may take the last administrator’s role away.")
	}
	return nil
}

// MayReadRoles says whether the viewer may know who holds which role in a process.
func MayReadRoles(v auth.Viewer, process string) bool {
	return permission.Ask(v, "readRoles", permission.About{Process: process}) == nil
}
