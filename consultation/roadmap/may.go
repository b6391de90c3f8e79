package roadmap

import (
	"slices"

	"ensemble/auth"
	"ensemble/consultation/moderation"
	"ensemble/consultation/organizations"
	"ensemble/consultation/permission"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
)

// maxDepth is the depth of the deepest comments, with roots at 0: a thread has four levels, as in Decidim.
const maxDepth = 3

// takesComments refuses unless the commitment is OPEN or UNDER_REVIEW, in a phase that takes comments. Errors: CLOSED.
func takesComments(c *ent.Commitment, o processes.Openings) error {
	return refusal.UnlessOpen(o.Comments && underConsultation(c), "Comments are closed here.")
}

// takesSupports refuses unless the commitment is OPEN or UNDER_REVIEW, in a phase that takes supports. Errors: CLOSED.
func takesSupports(c *ent.Commitment, o processes.Openings) error {
	return refusal.UnlessOpen(o.Supports && underConsultation(c), "Supports are closed here.")
}

// takesAmendments refuses unless the commitment is OPEN, in a phase that takes amendments. Errors: CLOSED.
func takesAmendments(c *ent.Commitment, o processes.Openings) error {
	return refusal.UnlessOpen(o.AmendmentSubmission && c.Status == commitment.StatusOPEN, "Amendments are closed here.")
}

// discussed are the statuses in which a commitment takes comments and supports, and evaluated the states in which an
// amendment takes comments.
var (
	discussed = []commitment.Status{commitment.StatusOPEN, commitment.StatusUNDER_REVIEW}
	evaluated = []amendment.State{amendment.StateEVALUATING}
)

// underConsultation says whether the commitment is OPEN or UNDER_REVIEW.
func underConsultation(c *ent.Commitment) bool { return slices.Contains(discussed, c.Status) }

// IsOpenForComments says whether anybody may comment on the commitment or, when a is not nil, on its
// amendment, which takes comments while it is evaluated.
func IsOpenForComments(c *ent.Commitment, a *ent.Amendment, o processes.Openings) bool {
	return takesComments(c, o) == nil && (a == nil || a.HiddenAt == nil && slices.Contains(evaluated, a.State))
}

// IsOpenForSupports says whether anybody may support the commitment.
func IsOpenForSupports(c *ent.Commitment, o processes.Openings) bool {
	return takesSupports(c, o) == nil
}

// IsOpenForAmendments says whether anybody may amend the commitment.
func IsOpenForAmendments(c *ent.Commitment, o processes.Openings) bool {
	return takesAmendments(c, o) == nil
}

// MayComment reports why the viewer may not comment on the commitment or, when a is not nil, on its amendment; or nil.
// Errors: those of permission.Ask; CLOSED.
func MayComment(v auth.Viewer, c *ent.Commitment, a *ent.Amendment, o processes.Openings) error {
	if err := permission.Ask(v, "postComment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	return refusal.UnlessOpen(IsOpenForComments(c, a, o), "Comments are closed here.")
}

// AcceptsReplies says whether anybody can answer the comment: it is not removed, and not too deep in its thread.
func AcceptsReplies(m *ent.Comment) bool { return m.Depth < maxDepth && !public.IsRemoved(m) }

// MayReadHidden says whether the viewer may read a comment that moderators hid, or that waits for one of them. Nobody
// may read what was deleted.
func MayReadHidden(v auth.Viewer, m *ent.Comment, c *ent.Commitment) bool {
	return m.DeletedAt == nil && permission.Ask(v, "readHidden",
		permission.About{Process: c.ProcessID, Author: m.AuthorID}) == nil
}

// MayEditComment reports why the viewer may not edit the comment, or nil. They may where comments are open, unless it
// was removed.
// Errors: those of permission.Ask; CONFLICT when it was removed; CLOSED.
func MayEditComment(v auth.Viewer, m *ent.Comment, c *ent.Commitment, a *ent.Amendment, o processes.Openings) error {
	if err := permission.Ask(v, "editComment", permission.About{Process: c.ProcessID, Author: m.AuthorID}); err != nil {
		return err
	}
	if public.IsRemoved(m) {
		return refusal.Conflicting(refusal.At(m.ID, public.RemovalOf(m)), "This comment was removed.")
	}
	return refusal.UnlessOpen(IsOpenForComments(c, a, o), "Comments are closed here.")
}

// MayDeleteComment reports why the viewer may not delete the comment, or nil. Its author may at any time.
// Errors: those of permission.Ask.
func MayDeleteComment(v auth.Viewer, m *ent.Comment) error {
	return permission.Ask(v, "deleteComment", permission.About{Author: m.AuthorID})
}

// CanDeleteComment reports whether the viewer may delete the comment, and has not done so yet.
func CanDeleteComment(v auth.Viewer, m *ent.Comment) bool {
	return m.DeletedAt == nil && MayDeleteComment(v, m) == nil
}

// MayVote reports why the viewer may not vote on the comment, or nil. They may where comments are open, on somebody
// else's comment.
// Errors: those of permission.Ask; FORBIDDEN on their own; CONFLICT when it was removed; CLOSED.
func MayVote(v auth.Viewer, m *ent.Comment, c *ent.Commitment, a *ent.Amendment, o processes.Openings) error {
	if err := permission.Ask(v, "voteComment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}

	if v.UserID == m.AuthorID {
		return refusal.New(refusal.Forbidden, "You may not vote on your own comment.")
	}
	if public.IsRemoved(m) {
		return refusal.Conflicting(refusal.At(m.ID, public.RemovalOf(m)), "This comment was removed.")
	}
	return refusal.UnlessOpen(IsOpenForComments(c, a, o), "Comments are closed here.")
}

// MaySupport reports why the viewer may not support the commitment, or take a support back; or nil.
// Errors: those of permission.Ask; CLOSED.
func MaySupport(v auth.Viewer, c *ent.Commitment, o processes.Openings) error {
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

// MayAmend reports why the viewer may not begin a draft, or nil. They may where amendments are open, unless they have a
// draft here.
// Errors: those of permission.Ask; CLOSED; CONFLICT with the id of the draft that is there.
func MayAmend(v auth.Viewer, c *ent.Commitment, o processes.Openings, has Amending) error {
	if err := permission.Ask(v, "draftAmendment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	if err := takesAmendments(c, o); err != nil {
		return err
	}
	if has.Draft != "" {
		return refusal.Conflicting(refusal.Current{ID: has.Draft}, "You have a draft on this commitment already.")
	}
	return nil
}

// MayEditDraft reports why the viewer may not change or delete a draft, or nil. on is its case, nil when it was never
// held: its author may change a draft that moderators refused, but not one that is held.
// Errors: those of permission.Ask; CONFLICT.
func MayEditDraft(v auth.Viewer, a *ent.Amendment, on *ent.ModerationCase) error {
	if err := permission.Ask(v, "editAmendmentDraft", permission.About{Author: a.AuthorID}); err != nil {
		return err
	}
	if isRefused(a, on) {
		return nil
	}
	return inState(a, amendment.StateDRAFT)
}

// isRefused says whether an amendment was held, and moderators decided not to publish it as it is.
func isRefused(a *ent.Amendment, on *ent.ModerationCase) bool {
	return a.HeldAt != nil && on != nil &&
		moderation.StandingOf(on, RemovalOfAmendment(a)) == moderation.StandingRefused
}

// MaySubmit reports why the viewer may not submit a draft, or nil. on is its case, nil when it was never held. They may
// where amendments are open and fewer than has.Limit are under evaluation, unless the draft is held, or was refused and
// not changed since; to sign for an organization, they must be its signatory still.
// Errors: those of permission.Ask; CLOSED; FORBIDDEN on organization; CONFLICT.
func MaySubmit(
	v auth.Viewer, a *ent.Amendment, on *ent.ModerationCase, c *ent.Commitment, o processes.Openings, has Amending,
) error {
	if err := permission.Ask(v, "submitAmendment", permission.About{Author: a.AuthorID}); err != nil {
		return err
	}

	// First the draft, then what is around it.
	if isRefused(a, on) {
		return refusal.Conflicting(refusal.At(a.ID, moderation.StandingRefused),
			"A moderator refused this amendment: change it first.")
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
		return refusal.Full(n, "You have %d amendments under evaluation on this commitment, as many as allowed.")
	}
	return nil
}

// MayWithdrawAmendment reports why the viewer may not withdraw the amendment, or nil. Its author may at any time while
// it is under evaluation. Errors: those of permission.Ask; CONFLICT.
func MayWithdrawAmendment(v auth.Viewer, a *ent.Amendment) error {
	if err := permission.Ask(v, "withdrawAmendment", permission.About{Author: a.AuthorID}); err != nil {
		return err
	}
	return inState(a, amendment.StateEVALUATING)
}

// MayDecide reports why the viewer may not accept or reject the amendment, or nil. They may in a phase of decision,
// while the text can still change. Errors: those of permission.Ask; CONFLICT unless it is under evaluation; CLOSED.
func MayDecide(v auth.Viewer, a *ent.Amendment, c *ent.Commitment, o processes.Openings) error {
	if err := permission.Ask(v, "acceptAmendment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	if err := inState(a, amendment.StateEVALUATING); err != nil {
		return err
	}
	return refusal.UnlessOpen(o.AmendmentDecision && underConsultation(c), "Decisions on amendments are closed here.")
}

// MayPromote reports why the viewer may not promote a rejected amendment, or nil. They may in a phase that allows it;
// to sign for an organization, they must be its signatory still. It does not see whether the amendment was promoted
// already: promotable does.
// Errors: those of permission.Ask; CONFLICT; CLOSED; FORBIDDEN on organization.
func MayPromote(v auth.Viewer, a *ent.Amendment, o processes.Openings) error {
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

// inState refuses unless the amendment is in the state wanted, and neither held nor hidden. Errors: CONFLICT with what
// it is.
func inState(a *ent.Amendment, wanted amendment.State) error {
	switch {
	case a.HeldAt != nil && wanted == amendment.StateDRAFT:
		return refusal.Conflicting(refusal.At(a.ID, "HELD"), "A moderator reads this before it is published.")
	case a.HiddenAt != nil:
		return refusal.Conflicting(refusal.At(a.ID, "HIDDEN"), "A moderator hid this amendment.")
	case a.State != wanted:
		return refusal.Conflicting(refusal.At(a.ID, a.State), "The amendment is no longer in the state this needs.")
	}
	return nil
}

// MayRevise reports why the viewer may not write the text of the commitment, or nil. They may until it is adopted or
// withdrawn.
// Errors: those of permission.Ask; CLOSED.
func MayRevise(v auth.Viewer, c *ent.Commitment) error {
	if err := permission.Ask(v, "reviseCommitment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	return refusal.UnlessOpen(c.Status == commitment.StatusDRAFT || underConsultation(c),
		"The text is adopted or withdrawn.")
}

// MayPublish reports why the viewer may not publish the commitment, or nil. Errors: those of permission.Ask; CONFLICT
// unless it is a draft.
func MayPublish(v auth.Viewer, c *ent.Commitment) error {
	if err := permission.Ask(v, "publishCommitment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	if c.Status != commitment.StatusDRAFT {
		return refusal.Conflicting(refusal.At(c.ID, c.Status), "The commitment is already public.")
	}
	return nil
}

// MayWithdrawCommitment reports why the viewer may not withdraw the commitment, or nil. They may while it is under
// consultation.
// Errors: those of permission.Ask; CONFLICT.
func MayWithdrawCommitment(v auth.Viewer, c *ent.Commitment) error {
	if err := permission.Ask(v, "withdrawCommitment", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	if !underConsultation(c) {
		return refusal.Conflicting(refusal.At(c.ID, c.Status), "Only a commitment under consultation can be withdrawn.")
	}
	return nil
}

// statusMoves are the statuses that changeCommitmentStatus may move a commitment to, by its status now. Publishing and
// withdrawing are mutations of their own.
var statusMoves = map[commitment.Status][]commitment.Status{
	commitment.StatusOPEN:         {commitment.StatusUNDER_REVIEW, commitment.StatusADOPTED},
	commitment.StatusUNDER_REVIEW: {commitment.StatusOPEN, commitment.StatusADOPTED},
	commitment.StatusADOPTED:      {commitment.StatusUNDER_REVIEW},
}

// NextStatuses returns the statuses that the viewer may move the commitment to with changeCommitmentStatus; nil for
// none.
func NextStatuses(v auth.Viewer, c *ent.Commitment) []commitment.Status {
	if permission.Ask(v, "changeCommitmentStatus", permission.About{Process: c.ProcessID}) != nil {
		return nil
	}
	return statusMoves[c.Status]
}

// MayChangeStatus reports why the viewer may not move the commitment to a status, or nil.
// Errors: those of permission.Ask; CONFLICT when statusMoves does not allow it.
func MayChangeStatus(v auth.Viewer, c *ent.Commitment, to commitment.Status) error {
	if err := permission.Ask(v, "changeCommitmentStatus", permission.About{Process: c.ProcessID}); err != nil {
		return err
	}
	if !slices.Contains(statusMoves[c.Status], to) {
		return refusal.Conflicting(refusal.At(c.ID, c.Status), "The commitment cannot be moved there from where it is.")
	}
	return nil
}
