package consultation

import (
	"slices"
	"strings"

	"ensemble/auth"
	"ensemble/ent/membership"
)

// Who is a kind of caller; several add up to all of them.
type Who uint16

// The kinds of caller. Roles are those in the process that the act is about, a site administrator has ADMIN in each.
// A signatory or owner counts as such while their organization is verified or not; MaySign asks for the rest.
const (
	Anybody   Who = 1 << iota // signed in or not
	SignedIn                  // with an account
	Confirmed                 // with a confirmed e-mail address, where the site sends mail
	Author                    // of what it is about
	Member                    // of the organization it is about, whatever their place
	Signatory
	Owner
	Facilitator
	Moderator
	Steering
	Admin
	SiteAdmin
)

// named are the kinds of caller in the words of the table, in their order.
var named = []struct {
	who  Who
	name string
}{
	{Anybody, "anybody"},
	{SignedIn, "signed in"},
	{Confirmed, "signed in, address confirmed"},
	{Author, "author"},
	{Member, "member"},
	{Signatory, "signatory"},
	{Owner, "owner"},
	{Facilitator, "FACILITATOR"},
	{Moderator, "MODERATOR"},
	{Steering, "STEERING"},
	{Admin, "ADMIN"},
	{SiteAdmin, "site ADMIN"},
}

// String is who they are, in the words of the table.
func (w Who) String() string {
	var names []string
	for _, kind := range named {
		if w&kind.who != 0 {
			names = append(names, kind.name)
		}
	}
	return strings.Join(names, ", ")
}

// What a personal access token may be for. Sessions may do everything that the person may.
const (
	ScopeRead        = "read"        // what only the person may see
	ScopeParticipate = "participate" // comment, support, amend, vote, report
	ScopeModerate    = "moderate"    // what moderators do
	ScopeAdmin       = "admin"       // what the steering body, administrators and owners of organizations do
	ScopeNone        = ""            // no token is for this: only sessions may, and visitors where anybody may
)

// Permission says who may do some acts, and in which state of things. An act is a mutation, by its name in the schema,
// or something to read that not everybody may.
type Permission struct {
	Acts  []string
	Scope string // what a token must be for
	Who   Who    // any of these
	When  string // in words; the function named after the act in may.go decides it
}

// Permissions is the whole table. ARCHITECTURE.md renders it. What is not in it, nobody may.
var Permissions = []Permission{
	{acts("signUp signIn signOut"), ScopeNone, Anybody, ""},
	{acts("requestEmailConfirmation confirmEmail requestPasswordReset resetPassword"), ScopeNone, Anybody, ""},
	{acts("updateAccount changePassword requestEmailChange acceptTerms exportAccount"), ScopeNone, SignedIn, ""},
	{acts("readSessions endSession readIdentities readAccessTokens revokeAccessToken"), ScopeNone, SignedIn, "their own"},
	{acts("createAccessToken eraseAccount"), ScopeNone, SignedIn, "with their password; without one, for 15 minutes after signing in"},
	{acts("linkIdentity"), ScopeNone, SignedIn, "for 15 minutes after signing in"},
	{acts("unlinkIdentity"), ScopeNone, Author, "while another way to sign in remains"},

	{acts("createProcess"), ScopeAdmin, SiteAdmin, ""},
	{acts("updateProcess publishProcess createPhase updatePhase deletePhase createAxis updateAxis deleteAxis"), ScopeAdmin, Admin, ""},

	{acts("createCommitment"), ScopeAdmin, Steering | Admin, ""},
	{acts("reviseCommitment"), ScopeAdmin, Steering | Admin, "until it is adopted or withdrawn"},
	{acts("publishCommitment"), ScopeAdmin, Steering | Admin, "while it is a draft"},
	{acts("changeCommitmentStatus"), ScopeAdmin, Steering | Admin, "between OPEN, UNDER_REVIEW and ADOPTED"},
	{acts("withdrawCommitment"), ScopeAdmin, Steering | Admin, "while it is OPEN or UNDER_REVIEW"},

	{acts("draftAmendment"), ScopeParticipate, Confirmed, "amendments are open, and they have no draft here"},
	{acts("editAmendmentDraft deleteAmendmentDraft"), ScopeParticipate, Author, "while it is a draft, which is not held"},
	{acts("submitAmendment"), ScopeParticipate, Author, "amendments are open, and fewer than the limit are under evaluation"},
	{acts("withdrawAmendment"), ScopeParticipate, Author, "while it is evaluated"},
	{acts("promoteAmendment"), ScopeParticipate, Author, "once it was rejected, in a phase that allows it"},
	{acts("acceptAmendment rejectAmendment"), ScopeAdmin, Steering | Admin, "while it is evaluated, in a phase of decision"},

	{acts("postComment"), ScopeParticipate, Confirmed, "comments are open"},
	{acts("editComment"), ScopeParticipate, Author, "comments are open, and it was not removed"},
	{acts("deleteComment"), ScopeParticipate, Author, ""},
	{acts("voteComment"), ScopeParticipate, Confirmed, "comments are open, it was not removed, and somebody else wrote it"},
	{acts("readHidden"), ScopeRead, Author | Moderator | Admin, "while it is hidden, and not deleted"},

	{acts("report"), ScopeParticipate, Confirmed, "it can be read, and somebody else wrote it"},
	{acts("hide restore dismissReports decideReports publishHeld refuseHeld"), ScopeModerate, Moderator | Admin, "it stands so that the decision changes something, and somebody else wrote it; not again what an appeal has given back"},
	{acts("appeal"), ScopeParticipate, Author, "once, for six months, while the decision keeps it away"},
	{acts("decideAppeal"), ScopeModerate, Moderator | Admin, "it is open; not who took the decision, but an ADMIN when nobody else could"},
	{acts("readModerationQueue"), ScopeModerate, Moderator | Admin, ""},
	{acts("readModerationCase"), ScopeRead, Author | Moderator | Admin, ""},

	{acts("addSupport removeSupport confirmSupport"), ScopeParticipate, Confirmed, "supports are open"},

	{acts("createOrganization"), ScopeParticipate, Confirmed, "they own fewer unverified ones than the limit"},
	{acts("updateOrganization inviteMember cancelInvitation transferOrganization"), ScopeAdmin, Owner, "a site ADMIN counts as one while there is none"},
	{acts("changeMemberRole removeMember"), ScopeAdmin, Owner, "an owner is left; a site ADMIN counts as one while there is none"},
	{acts("leaveOrganization"), ScopeParticipate, Member, "an owner is left"},
	{acts("acceptInvitation"), ScopeParticipate, Confirmed, "it is open, and theirs or they have its token"},
	{acts("declineInvitation"), ScopeParticipate, Anybody, "it is open, and theirs or they have its token"},
	{acts("readSignatory"), ScopeRead, Owner, "of what was signed in the name of their organization"},
	{acts("verifyOrganization unverifyOrganization"), ScopeAdmin, SiteAdmin, ""},

	{acts("grantRole"), ScopeAdmin, Admin, ""},
	{acts("revokeRole"), ScopeAdmin, Admin, "an ADMIN is left, or a site ADMIN does it"},
	{acts("readRoles"), ScopeAdmin, Admin, ""},
	{acts("grantSiteAdmin"), ScopeNone, SiteAdmin, ""},
	{acts("revokeSiteAdmin"), ScopeNone, SiteAdmin, "a site ADMIN is left"},
	{acts("readAudit"), ScopeAdmin, Admin | SiteAdmin, ""},

	{acts("follow unfollow markNotificationsRead updateNotificationSettings"), ScopeParticipate, SignedIn, ""},
	{acts("readNotifications"), ScopeRead, SignedIn, ""},
}

func acts(names string) []string { return strings.Fields(names) }

// permissionOf finds the row of an act. A program that asks for one that is not in the table is wrong.
func permissionOf(act string) Permission {
	i := slices.IndexFunc(Permissions, func(p Permission) bool { return slices.Contains(p.Acts, act) })
	if i < 0 {
		panic("consultation: no permission is written down for " + act)
	}
	return Permissions[i]
}

// about is what an act is about, as far as it matters to who may do it.
type about struct {
	process      string
	author       string          // the id of a user
	organization membership.Role // of the viewer in it
}

// permit asks that the viewer is somebody who may do the act, with a token that is for it.
func permit(v auth.Viewer, act string, on about) error {
	p := permissionOf(act)
	is := whoIs(v, on)
	if p.Who&Anybody == 0 && !v.SignedIn() {
		return errSignIn
	}
	if err := forScope(v, p); err != nil {
		return err
	}
	if err := owedTerms(v, act); err != nil {
		return err
	}
	switch {
	case p.Who&is != 0:
		return nil
	case p.Who&Confirmed != 0:
		return refuse(Forbidden, "Confirm your e-mail address first.")
	}
	return errForbidden
}

// MayTry asks what can be known of a mutation before it looks at anything: that the table names it, and that a token is for
// it. The mutation asks for the rest.
func MayTry(v auth.Viewer, mutation string) error {
	i := slices.IndexFunc(Permissions, func(p Permission) bool { return slices.Contains(p.Acts, mutation) })
	if i < 0 {
		return errForbidden
	}
	return forScope(v, Permissions[i])
}

// forScope asks that the viewer came with something that is for what is permitted.
func forScope(v auth.Viewer, p Permission) error {
	switch {
	case v.Allows(p.Scope), p.Who&Anybody != 0 && !v.SignedIn():
		return nil
	case p.Scope == ScopeNone:
		return refuse(Forbidden, "A token may not do this: sign in.")
	}
	return refuse(Forbidden, "This token is not for that: it lacks the scope “%s”.", p.Scope)
}

// whoIs are the kinds of caller that the viewer is.
func whoIs(v auth.Viewer, on about) Who {
	if !v.SignedIn() {
		return Anybody
	}
	is := Anybody | SignedIn
	for kind, so := range map[Who]bool{
		Confirmed:   v.Confirmed,
		Author:      v.UserID == on.author,
		Member:      on.organization != "",
		Signatory:   on.organization == membership.RoleSIGNATORY,
		Owner:       on.organization == membership.RoleOWNER,
		Facilitator: v.Has(on.process, "FACILITATOR"),
		Moderator:   v.Has(on.process, "MODERATOR"),
		Steering:    v.Has(on.process, "STEERING"),
		Admin:       v.Has(on.process, "ADMIN"),
		SiteAdmin:   v.SiteAdmin,
	} {
		if so {
			is |= kind
		}
	}
	return is
}
