package consultation

import (
	"slices"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/ent/role"
)

// Whether somebody may do something now: who may is in permissions.go, the states of things are looked at here. Each
// function says nil, or why not: mutations refuse with it, and the viewerCan… fields show whether there is one. They look
// at nothing but their arguments.

var errForbidden = refuse(Forbidden, "You may not do this.")

// maxDepth bounds threads: four levels, as Decidim has it.
const maxDepth = 3

func signedIn(v auth.Viewer) error {
	if !v.SignedIn() {
		return errSignIn
	}
	return nil
}

// MaySign asks that the viewer is a signatory of the organization, when one is named.
func MaySign(v auth.Viewer, organization *string) error {
	if organization != nil && !v.Signs(*organization) {
		return &Error{Code: Forbidden, Field: "organization", Message: "You may not sign for this organization, or it is not verified."}
	}
	return nil
}

// MayUnlink an identity of their own, when others, ways to sign in without it, remain.
func MayUnlink(v auth.Viewer, i *ent.Identity, others int) error {
	if err := permit(v, "unlinkIdentity", about{author: i.UserID}); err != nil {
		return err
	}
	if others == 0 {
		return refuse(Conflict, "This is the last way to sign in to your account.")
	}
	return nil
}

// MayCreateProcess at all.
func MayCreateProcess(v auth.Viewer) error { return permit(v, "createProcess", about{}) }

// MayConfigure a process, its phases and axes.
func MayConfigure(v auth.Viewer, process string) error {
	return permit(v, "updateProcess", about{process: process})
}

// MaySteer a process, which is to write its commitments.
func MaySteer(v auth.Viewer, process string) error {
	return permit(v, "createCommitment", about{process: process})
}

// takesComments: while OPEN or UNDER_REVIEW, in a phase that takes comments.
func takesComments(c *ent.Commitment, o Openings) error {
	return takes(o.Comments && underConsultation(c), "Comments are closed here.")
}

// takesSupports: while OPEN or UNDER_REVIEW, in a phase that takes supports.
func takesSupports(c *ent.Commitment, o Openings) error {
	return takes(o.Supports && underConsultation(c), "Supports are closed here.")
}

// takesAmendments: while OPEN, in a phase that takes amendments.
func takesAmendments(c *ent.Commitment, o Openings) error {
	return takes(o.AmendmentSubmission && c.Status == commitment.StatusOPEN, "Amendments are closed here.")
}

// discussed are the statuses in which a commitment takes comments and supports, and evaluated the states in which an
// amendment takes comments.
var (
	discussed = []commitment.Status{commitment.StatusOPEN, commitment.StatusUNDER_REVIEW}
	evaluated = []amendment.State{amendment.StateEVALUATING}
)

func underConsultation(c *ent.Commitment) bool { return slices.Contains(discussed, c.Status) }

func takes(open bool, message string) error {
	if !open {
		return refuse(Closed, message)
	}
	return nil
}

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
	if err := permit(v, "postComment", about{process: c.ProcessID}); err != nil {
		return err
	}
	return takes(IsOpenForComments(c, a, o), "Comments are closed here.")
}

// AcceptsReplies says whether the comment can be answered at all.
func AcceptsReplies(m *ent.Comment) bool { return m.Depth < maxDepth && !IsRemoved(m) }

// IsRemoved says whether nobody can read the comment.
func IsRemoved(m *ent.Comment) bool { return m.DeletedAt != nil || m.HiddenAt != nil }

// removalOf is how a comment was removed, as the schema spells it.
func removalOf(m *ent.Comment) string {
	switch {
	case m.DeletedAt != nil:
		return "DELETED"
	case m.HeldAt != nil:
		return "HELD"
	}
	return "HIDDEN"
}

// MayReadHidden says whether the viewer may read what a comment says when others may not, as long as it was not deleted.
func MayReadHidden(v auth.Viewer, m *ent.Comment, c *ent.Commitment) bool {
	return m.DeletedAt == nil && permit(v, "readHidden", about{process: c.ProcessID, author: m.AuthorID}) == nil
}

// MayEditComment where comments are open, unless it was removed.
func MayEditComment(v auth.Viewer, m *ent.Comment, c *ent.Commitment, a *ent.Amendment, o Openings) error {
	if err := permit(v, "editComment", about{process: c.ProcessID, author: m.AuthorID}); err != nil {
		return err
	}
	if IsRemoved(m) {
		return moved(removalOf(m), "This comment was removed.")
	}
	return takes(IsOpenForComments(c, a, o), "Comments are closed here.")
}

// MayDeleteComment at any time.
func MayDeleteComment(v auth.Viewer, m *ent.Comment) error {
	return permit(v, "deleteComment", about{author: m.AuthorID})
}

// MayVote on somebody else's comment, where comments are open.
func MayVote(v auth.Viewer, m *ent.Comment, c *ent.Commitment, a *ent.Amendment, o Openings) error {
	if err := permit(v, "voteComment", about{process: c.ProcessID}); err != nil {
		return err
	}
	if v.UserID == m.AuthorID {
		return refuse(Forbidden, "You may not vote on your own comment.")
	}
	if IsRemoved(m) {
		return moved(removalOf(m), "This comment was removed.")
	}
	return takes(IsOpenForComments(c, a, o), "Comments are closed here.")
}

// MaySupport where supports are open.
func MaySupport(v auth.Viewer, c *ent.Commitment, o Openings) error {
	if err := permit(v, "addSupport", about{process: c.ProcessID}); err != nil {
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
	if err := permit(v, "draftAmendment", about{process: c.ProcessID}); err != nil {
		return err
	}
	if err := takesAmendments(c, o); err != nil {
		return err
	}
	if has.Draft != "" {
		return moved(has.Draft, "You have a draft on this commitment already.")
	}
	return nil
}

// MayEditDraft, or delete it, also when moderators refused it; on is its case, nil when it was never held.
func MayEditDraft(v auth.Viewer, a *ent.Amendment, on *ent.ModerationCase) error {
	if err := permit(v, "editAmendmentDraft", about{author: a.AuthorID}); err != nil {
		return err
	}
	if isRefused(a, on) {
		return nil
	}
	return inState(a, amendment.StateDRAFT)
}

// isRefused says whether an amendment was held, and moderators do not publish it as it is.
func isRefused(a *ent.Amendment, on *ent.ModerationCase) bool {
	return a.HeldAt != nil && on != nil && StandingOf(on, RemovalOfAmendment(a)) == StandingRefused
}

// MaySubmit a draft where amendments are open and fewer than the limit are under evaluation, unless it is held, or was
// refused as it is; in an organization's name, who is still its signatory.
func MaySubmit(v auth.Viewer, a *ent.Amendment, on *ent.ModerationCase, c *ent.Commitment, o Openings, has Amending) error {
	if err := permit(v, "submitAmendment", about{author: a.AuthorID}); err != nil {
		return err
	}
	if isRefused(a, on) {
		return moved(StandingRefused, "A moderator refused this amendment: change it first.")
	}
	if err := inState(a, amendment.StateDRAFT); err != nil {
		return err
	}
	if err := takesAmendments(c, o); err != nil {
		return err
	}
	if err := MaySign(v, a.OrganizationID); err != nil {
		return err
	}
	if n := has.Evaluating; n >= has.Limit {
		return moved(n, "You have %d amendments under evaluation on this commitment, as many as allowed.", n)
	}
	return nil
}

// MayWithdrawAmendment under evaluation, at any time.
func MayWithdrawAmendment(v auth.Viewer, a *ent.Amendment) error {
	if err := permit(v, "withdrawAmendment", about{author: a.AuthorID}); err != nil {
		return err
	}
	return inState(a, amendment.StateEVALUATING)
}

// MayDecide on an amendment in a phase of decision, while the text can still change.
func MayDecide(v auth.Viewer, a *ent.Amendment, c *ent.Commitment, o Openings) error {
	if err := permit(v, "acceptAmendment", about{process: c.ProcessID}); err != nil {
		return err
	}
	if err := inState(a, amendment.StateEVALUATING); err != nil {
		return err
	}
	return takes(o.AmendmentDecision && underConsultation(c), "Decisions on amendments are closed here.")
}

// MayPromote a rejected amendment in a phase that allows it; in an organization's name, who is still its signatory. That it
// happens once is asked by promotable.
func MayPromote(v auth.Viewer, a *ent.Amendment, o Openings) error {
	if err := permit(v, "promoteAmendment", about{author: a.AuthorID}); err != nil {
		return err
	}
	if err := inState(a, amendment.StateREJECTED); err != nil {
		return err
	}
	if err := takes(o.AmendmentPromotion, "Amendments cannot be promoted now."); err != nil {
		return err
	}
	return MaySign(v, a.OrganizationID)
}

// inState asks that the amendment is in a state, and that nothing is with a moderator.
func inState(a *ent.Amendment, wanted amendment.State) error {
	switch {
	case a.HeldAt != nil && wanted == amendment.StateDRAFT:
		return moved("HELD", "A moderator reads this before it is published.")
	case a.HiddenAt != nil:
		return moved("HIDDEN", "A moderator hid this amendment.")
	case a.State != wanted:
		return moved(a.State, "The amendment is no longer in the state this needs.")
	}
	return nil
}

// MayRevise the text until it is adopted or withdrawn.
func MayRevise(v auth.Viewer, c *ent.Commitment) error {
	if err := permit(v, "reviseCommitment", about{process: c.ProcessID}); err != nil {
		return err
	}
	return takes(c.Status == commitment.StatusDRAFT || underConsultation(c), "The text is adopted or withdrawn.")
}

// MayPublish a draft.
func MayPublish(v auth.Viewer, c *ent.Commitment) error {
	if err := permit(v, "publishCommitment", about{process: c.ProcessID}); err != nil {
		return err
	}
	if c.Status != commitment.StatusDRAFT {
		return moved(c.Status, "The commitment is already public.")
	}
	return nil
}

// MayWithdrawCommitment while it is under consultation.
func MayWithdrawCommitment(v auth.Viewer, c *ent.Commitment) error {
	if err := permit(v, "withdrawCommitment", about{process: c.ProcessID}); err != nil {
		return err
	}
	if !underConsultation(c) {
		return moved(c.Status, "Only a commitment under consultation can be withdrawn.")
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
	if permit(v, "changeCommitmentStatus", about{process: c.ProcessID}) != nil {
		return nil
	}
	return statusMoves[c.Status]
}

func mayChangeStatus(v auth.Viewer, c *ent.Commitment, to commitment.Status) error {
	if err := permit(v, "changeCommitmentStatus", about{process: c.ProcessID}); err != nil {
		return err
	}
	if !slices.Contains(statusMoves[c.Status], to) {
		return moved(c.Status, "The commitment cannot be moved there from where it is.")
	}
	return nil
}

// MayCreateOrganization, which begins unverified; owns is how many such the viewer owns already.
func MayCreateOrganization(v auth.Viewer, owns int) error {
	if err := permit(v, "createOrganization", about{}); err != nil {
		return err
	}
	if owns >= maxUnverified {
		return moved(owns, "You own %d organizations that are not verified, as many as allowed.", owns)
	}
	return nil
}

// MayManage an organization, where the viewer's place is the one given, "" for none: its name, members and invitations.
func MayManage(v auth.Viewer, place membership.Role) error {
	return permit(v, "updateOrganization", about{organization: place})
}

// MayMoveMember from one place to another, "" for out, where so many others are owners.
func MayMoveMember(v auth.Viewer, place, from, to membership.Role, otherOwners int) error {
	if err := permit(v, "changeMemberRole", about{organization: place}); err != nil {
		return err
	}
	return keepsOwner(from, to, otherOwners)
}

// MayLeave an organization, where so many others are owners.
func MayLeave(v auth.Viewer, place membership.Role, otherOwners int) error {
	if err := permit(v, "leaveOrganization", about{organization: place}); err != nil {
		return err
	}
	return keepsOwner(place, "", otherOwners)
}

// keepsOwner asks that an organization has an owner still.
func keepsOwner(from, to membership.Role, otherOwners int) error {
	if from == membership.RoleOWNER && to != membership.RoleOWNER && otherOwners == 0 {
		return moved(from, "An organization keeps an owner: make somebody else one first.")
	}
	return nil
}

// MayReadSignatory says whether the viewer, by their place in an organization, may know who signs in its name.
func MayReadSignatory(v auth.Viewer, place membership.Role) bool {
	return permit(v, "readSignatory", about{organization: place}) == nil
}

// MayAcceptInvitation at all.
func MayAcceptInvitation(v auth.Viewer) error { return permit(v, "acceptInvitation", about{}) }

// MayVerify organizations, or take that back.
func MayVerify(v auth.Viewer) error { return permit(v, "verifyOrganization", about{}) }

// MayGrantRole in a process, also that of its administrator.
func MayGrantRole(v auth.Viewer, process string) error {
	return permit(v, "grantRole", about{process: process})
}

// MayRevokeRole in a process, where so many others are its administrators: only a site administrator takes the last away.
func MayRevokeRole(v auth.Viewer, process string, name role.Name, otherAdmins int) error {
	if err := permit(v, "revokeRole", about{process: process}); err != nil {
		return err
	}
	if name == role.NameADMIN && otherAdmins == 0 && !v.SiteAdmin {
		return moved(name, "Only a site administrator may take the last administrator’s role away.")
	}
	return nil
}

// MayReadRoles says whether the viewer may know who holds which role in a process.
func MayReadRoles(v auth.Viewer, process string) bool {
	return permit(v, "readRoles", about{process: process}) == nil
}

// MayGrantSiteAdmin to anybody.
func MayGrantSiteAdmin(v auth.Viewer) error { return permit(v, "grantSiteAdmin", about{}) }

// MayRevokeSiteAdmin from anybody, where so many others are site administrators.
func MayRevokeSiteAdmin(v auth.Viewer, others int) error {
	if err := permit(v, "revokeSiteAdmin", about{}); err != nil {
		return err
	}
	return keepsSiteAdmin(others)
}

// keepsSiteAdmin asks that the site has an administrator still.
func keepsSiteAdmin(others int) error {
	if others == 0 {
		return moved("ADMIN", "A site keeps an administrator: make somebody else one first.")
	}
	return nil
}

// MayReadAudit of a process, or of the whole site where it is "".
func MayReadAudit(v auth.Viewer, process string) bool {
	return permit(v, "readAudit", about{process: process}) == nil
}
