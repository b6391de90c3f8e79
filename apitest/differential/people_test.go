package differential_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ensemble/auth"
	"ensemble/consultation/notify"
	"ensemble/consultation/organizations"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/ent"
	"ensemble/ent/fanout"
	"ensemble/ent/follow"
	"ensemble/ent/invitation"
	"ensemble/ent/membership"
	"ensemble/ent/notification"
	"ensemble/ent/notificationsettings"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
)

// What follows says what the crowd follows and is notified of, whom it invites, and who is trusted with what.

// someProviders are those of the crowd's site.
var someProviders = []*people.SignInProvider{
	{
		Name: "agents", Label: "ProConnect", Issuer: "https://agents.example.org",
		StartURL: "/auth/agents/start", LogoutURL: "/auth/agents/logout",
	},
	{
		Name: "city", Label: "Ma ville", Issuer: "https://city.example.org",
		StartURL: "/auth/city/start", LogoutURL: "/auth/city/logout",
	},
}

// wishes sets which notifications people want, before anything happens.
func (c *crowd) wishes() {
	yes, no, weekly := true, false, notificationsettings.DigestWEEKLY
	wish := mustHave[*notify.NotificationSettings](c)
	wish(c.UpdateNotificationSettings(c.as(c.Bob), notify.UpdateNotificationSettingsInput{
		FollowsAutomatically: &no,
	}))
	wish(c.UpdateNotificationSettings(c.as(c.people[5]), notify.UpdateNotificationSettingsInput{
		MailsMentions: &yes,
	}))
	wish(c.UpdateNotificationSettings(c.as(c.Signatory), notify.UpdateNotificationSettingsInput{
		MutedKinds: []notification.Kind{notification.KindFOLLOWED_SUPPORTED, notification.KindANSWER},
		Digest:     &weekly,
	}))

	c.do(c.Write.User.UpdateOneID(c.Alice.ID).SetLanguage("fr").Exec(c.t.Context()))
	c.do(c.Write.User.UpdateOneID(c.Moderator.ID).SetLanguage("de").Exec(c.t.Context()))

	for i, p := range []*testsite.Person{c.Alice, c.Steering, c.Moderator, c.Bob} {
		for _, subject := range []string{c.Process.ID, c.parties[i].ID, c.people[i+3].ID, c.Organization.ID} {
			c.do(c.Follow(c.as(p), notify.FollowSubjectInput{Subject: subject}))
			c.pass()
		}
	}
}

// follows has somebody follow something, or give up something that they follow.
func (c *crowd) follows(on *ent.Commitment, who *testsite.Person) {
	if c.chance(30) {
		rows := mustHave[[]*ent.Follow](c)(c.Read.Follow.Query().
			Where(follow.UserID(who.ID)).
			Order(follow.ByCreatedAt(), follow.ByID()).
			All(c.t.Context()))
		if len(rows) > 0 {
			c.do(c.Unfollow(c.as(who), notify.UnfollowSubjectInput{Subject: pick(c, rows).SubjectID}))
		}
		return
	}

	subject := pick(c, []string{c.Process.ID, on.ID, pick(c, c.people).ID, pick(c, c.parties).ID})
	c.do(c.Follow(c.as(who), notify.FollowSubjectInput{Subject: subject}))
}

// partyOf is an organization that somebody belongs to, and may not be allowed to sign for; nil if they belong to none.
func (c *crowd) partyOf(who *testsite.Person) *string {
	rows := mustHave[[]*ent.Membership](c)(c.Read.Membership.Query().
		Where(membership.UserID(who.ID)).
		Order(membership.ByCreatedAt(), membership.ByID()).
		All(c.t.Context()))
	if len(rows) == 0 {
		return nil
	}
	return &pick(c, rows).OrganizationID
}

// tell does what jobs do: it opens and closes phases, and notifies everybody of what has happened.
func (c *crowd) tell() {
	c.do(c.Jobs.Do(c.t.Context(), "announce phases", "compare amendments"))
	for mustHave[bool](c)(c.Read.Fanout.Query().Where(fanout.TopicNEQ("")).Exist(c.t.Context())) {
		c.do(c.TellPeople(c.t.Context()))
	}
}

// allTold asks that somebody was notified of something of each kind that events stand for.
func (c *crowd) allTold() {
	for _, concern := range c.Concerns() {
		told := mustHave[bool](c)(c.Read.Notification.Query().
			Where(notification.KindEQ(concern.Kind)).
			Exist(c.t.Context()))
		if !told && len(concern.On) > 0 {
			c.t.Fatalf("nobody was told of %s", concern.Kind)
		}
	}
}

// reads marks as read one notification of somebody's, or all up to one.
func (c *crowd) reads(who *testsite.Person) {
	rows := mustHave[[]*ent.Notification](c)(c.Read.Notification.Query().
		Where(notification.UserID(who.ID)).
		Order(notification.ByUpdatedAt(), notification.ByID()).
		All(c.t.Context()))
	if len(rows) == 0 {
		return
	}

	in := notify.MarkNotificationsReadInput{IDs: []string{pick(c, rows).ID}}
	if c.chance(50) {
		in = notify.MarkNotificationsReadInput{UpTo: &pick(c, rows).UpdatedAt}
	}
	c.do(second(c.MarkNotificationsRead(c.as(who), in)))
}

// trusts gives and takes roles, verifications and places, which the audit lists.
func (c *crowd) trusts() {
	admin := c.as(c.Admin)
	for i, p := range slices.Backward(c.people) { // who came last is trusted first
		name := []role.Name{role.NameADMIN, role.NameSTEERING, role.NameMODERATOR, role.NameSTEERING}[i%4]
		in := processes.RoleInput{
			Process: c.Process.ID, User: &p.ID, Role: name, Reason: "Parce que « " + string(name) + " ».",
		}
		if p == c.Alice || p == c.Bob || p == c.Signatory { // they stay strangers
			in.Role = role.NameFACILITATOR
		}
		mustHave[*ent.Process](c)(c.GrantRole(admin, processes.GrantRoleInput(in)))
		if i%3 == 0 {
			mustHave[*ent.Process](c)(c.RevokeRole(admin, processes.RevokeRoleInput(in)))
		}
		c.pass()
	}

	seventh := &c.people[6].ID
	mustHave[*ent.User](c)(c.GrantSiteAdmin(admin, people.GrantSiteAdminInput{User: seventh, Reason: "Remplace."}))
	mustHave[*ent.User](c)(c.RevokeSiteAdmin(admin, people.RevokeSiteAdminInput{User: seventh, Reason: "Plus."}))

	mustHave[*ent.Organization](c)(c.VerifyOrganization(admin, organizations.VerifyOrganizationInput{
		Organization: c.parties[2].ID, Reason: "Statuts reçus.",
	}))
	mustHave[*ent.Organization](c)(c.UnverifyOrganization(admin, organizations.UnverifyOrganizationInput{
		Organization: c.parties[4].ID, Reason: "Dissoute.",
	}))

	c.Member(c.t, c.Organization, c.Bob, membership.RoleOWNER) // who may know who signs
	m := mustHave[*ent.Membership](c)(c.Read.Membership.Query().
		Where(membership.OrganizationID(c.Organization.ID), membership.UserID(c.Signatory.ID)).
		Only(c.t.Context()))
	for _, changed := range []membership.Role{membership.RoleMEMBER, membership.RoleSIGNATORY} {
		mustHave[*ent.Membership](c)(c.ChangeMemberRole(c.as(c.Bob), organizations.ChangeMemberRoleInput{
			Membership: m.ID, Role: changed,
		}))
	}
}

// invitations leaves invitations in every state; some are to addresses that have an account, and one has expired.
func (c *crowd) invitations() {
	invitees := []string{
		"alice", "bob@example.org", "zoe_2", "alice@example.org",
		"somebody@example.net", "bob", "signatory", "moderator",
	}
	roles := []membership.Role{membership.RoleMEMBER, membership.RoleSIGNATORY, membership.RoleOWNER}
	owners := map[int]*testsite.Person{0: c.Signatory, 3: c.Alice, 6: c.Bob, 7: c.Bob}

	for i, n := range []int{0, 3, 6, 7} {
		by, g := c.as(owners[n]), c.parties[n]
		for j, whom := range invitees {
			in := organizations.InviteMemberInput{Organization: g.ID, Role: roles[(i+j)%3]}
			if strings.Contains(whom, "@") {
				in.Email = &whom
			} else {
				in.Nickname = &whom
			}

			invited, err := c.InviteMember(by, in)
			if c.do(err); err != nil {
				continue // a member already
			}
			c.answers(invited, i+j)
			c.pass()
		}
	}

	hash, _ := auth.HashToken(auth.NewToken())
	c.do(c.Write.Invitation.Create().
		SetID(c.NewID("invitation")).
		SetOrganizationID(c.parties[1].ID).
		SetUserID(c.Alice.ID).
		SetRole(invitation.RoleMEMBER).
		SetTokenHash(hash).
		SetInviterID(c.people[7].ID).
		SetCreatedAt(c.Now().Add(-organizations.InvitationLifetime - time.Second)).
		SetExpiresAt(c.Now()).
		Exec(c.t.Context()))
}

// answers accepts, declines or cancels an invitation, as n says; most stay unanswered.
func (c *crowd) answers(i *ent.Invitation, n int) {
	answer := organizations.Answer{Invitation: &i.ID}
	for _, p := range c.people {
		switch invited := i.UserID != nil && p.ID == *i.UserID; {
		case invited && n%5 == 1:
			c.do(second(c.AcceptInvitation(c.as(p), organizations.AcceptInvitationInput{Answer: answer})))
		case invited && n%5 == 2:
			c.do(second(c.DeclineInvitation(c.as(p), organizations.DeclineInvitationInput{Answer: answer})))
		case p.ID == i.InviterID && n%5 == 3:
			c.do(second(c.CancelInvitation(c.as(p), organizations.CancelInvitationInput{Invitation: i.ID})))
		}
	}
}

// identities gives accounts identities to sign in with; one is of a provider that the site no longer has.
func (c *crowd) identities() {
	issuers := []string{
		someProviders[0].Issuer, "https://gone.example.org", someProviders[1].Issuer, someProviders[0].Issuer,
	}

	for i, p := range []*testsite.Person{c.Alice, c.Bob, c.Bob, c.Bob, c.Steering} {
		c.do(c.Write.Identity.Create().
			SetID(c.NewID("identity")).
			SetUserID(p.ID).
			SetIssuer(issuers[i%4]).
			SetSubject(p.ID).
			SetCreatedAt(c.Now()).
			Exec(c.t.Context()))
		c.pass()
	}
}

// programs creates access tokens, with which programs act for some people.
func (c *crowd) programs() {
	for i, p := range c.people {
		p = testsite.SignInAgain(c.t, c.World, p)
		for n := range i % 4 {
			_, _, err := c.CreateAccessToken(c.as(p), people.CreateAccessTokenInput{
				Name:      fmt.Sprintf("Programme %d", n),
				Scopes:    []string{"participate", "admin"}[:n%3],
				ExpiresAt: c.Now().Add(48 * time.Hour),
			})
			c.do(err)
			c.pass()
		}

		_, err := c.SignOut(c.as(p), people.SignOutInput{})
		c.do(err) // the one they have stays the current one
	}
}
