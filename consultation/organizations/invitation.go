package organizations

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/consultation/notify"
	"ensemble/consultation/outbox"
	"ensemble/consultation/people"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/invitation"
	"ensemble/ent/membership"
	"ensemble/ent/notification"
	"ensemble/ent/organization"
	"ensemble/ent/predicate"
	"ensemble/ent/user"
)

// InvitationLifetime is how long an invitation can be answered.
const InvitationLifetime = 14 * 24 * time.Hour

// The limits to the invitations of an organization that have not expired and were not accepted. Those that were
// declined or cancelled count too: whoever could send more would send mail to strangers under a name of their choice.
const (
	maxInvitations           = 50
	maxUnverifiedInvitations = 10 // of an organization that nobody has verified
)

// InviteMember asks somebody to join an organization, by mail too. Who is invited already, for another role, is
// invited for the new one, without another mail.
// Errors: UNAUTHENTICATED; NOT_FOUND; FORBIDDEN unless an owner; BAD_USER_INPUT; CONFLICT when they are a member,
// when they declined lately, or when too many are invited; RATE_LIMITED.
func (s *Organizations) InviteMember(ctx context.Context, in InviteMemberInput) (*ent.Invitation, error) {
	// This counts against the sender, not against whoever is invited: they may need their own budget.
	if err := s.TakeAttempt(ctx, people.MailRequests, ""); err != nil {
		return nil, err
	}

	return change.Once(ctx, s, in, s.Read.Invitation.Get,
		func(ctx context.Context, tx *tx) (*ent.Invitation, error) {
			g, place, err := tx.organizationFor(ctx, in.Organization)
			if err != nil {
				return nil, err
			}
			if err := MayManage(auth.ViewerFrom(ctx), place); err != nil {
				return nil, err
			}

			whom, err := tx.invitee(ctx, g, in)
			if err != nil {
				return nil, err
			}

			// Nobody has two invitations at once to an organization: an earlier one is answered, or changed.
			earlier, err := tx.Invitation.Query().
				Where(invitation.OrganizationID(g.ID), whom.matches(), invitation.ExpiresAtGT(s.Moment()),
					invitation.StateIn(invitation.StateOPEN, invitation.StateDECLINED)).
				Only(ctx)
			switch {
			case refusal.IgnoreMissing(err) != nil:
				return nil, err
			case earlier == nil:
				return tx.invite(ctx, g, whom, in.Role)
			case earlier.State == invitation.StateDECLINED:
				return nil, refusal.Conflicting(refusal.At(earlier.ID, earlier.State),
					"They declined an invitation lately.")
			case earlier.Role == invitation.Role(in.Role):
				return earlier, nil
			}

			// They are invited for another role.
			if err := tx.auditInvitation(ctx, "inviteMember", earlier, in.Role); err != nil {
				return nil, err
			}
			return earlier.Update().SetRole(invitation.Role(in.Role)).Save(ctx)
		})
}

// invitee is the person whom an invitation is for: an account, or whoever reads the mail of an address.
type invitee struct {
	account   *string
	address   *string
	mail      outbox.Recipient
	reachable bool
}

// matches returns the predicate of the invitations for this invitee.
func (to invitee) matches() predicate.Invitation {
	if to.account != nil {
		return invitation.UserID(*to.account)
	}
	return invitation.Email(*to.address)
}

// invitee finds the person whom the input names. It does not reveal whether an address belongs to an account, or to a
// member: only the language of the mail depends on that. Errors: BAD_USER_INPUT; NOT_FOUND for an unknown nickname;
// CONFLICT when the account is a member already.
func (tx *tx) invitee(ctx context.Context, g *ent.Organization, in InviteMemberInput) (to invitee, err error) {
	if (in.Email == nil) == (in.Nickname == nil) {
		return to, refusal.BadInput("email", "Give either the address or the nickname.")
	}

	if in.Nickname != nil {
		u, err := people.Find(ctx, tx.Tx, people.Whom{Nickname: in.Nickname})
		if err != nil {
			return to, err
		}
		if m, err := tx.placeIn(ctx, g.ID, u.ID); err != nil || m != nil {
			if err == nil {
				err = refusal.Conflicting(refusal.At(m.ID, m.Role), "They are a member already.")
			}
			return to, err
		}

		to.account = &u.ID
		to.mail, to.reachable = outbox.WriteTo(u)
		return to, nil
	}

	address, err := people.EmailAddress(*in.Email)
	if err != nil {
		return to, err
	}

	to.address, to.reachable = &address, true
	to.mail = outbox.Recipient{Address: address, Language: auth.ViewerFrom(ctx).Language}

	// Whoever has an account with this address is written to in their language.
	u, err := tx.User.Query().Where(user.Email(address), user.ErasedAtIsNil()).Only(ctx)
	if err == nil {
		to.mail, _ = outbox.WriteTo(u)
	}
	return to, refusal.IgnoreMissing(err)
}

// invite makes an invitation, tells the person if they have an account, and mails them the token. The organization is
// locked. Errors: CONFLICT when too many are invited.
func (tx *tx) invite(
	ctx context.Context, g *ent.Organization, to invitee, as membership.Role,
) (*ent.Invitation, error) {
	s := tx.Organizations
	n, err := tx.Invitation.Query().Where(invitation.OrganizationID(g.ID), invitation.ExpiresAtGT(s.Moment()),
		invitation.StateNEQ(invitation.StateACCEPTED)).Count(ctx)
	if err != nil {
		return nil, err
	}

	limit := maxInvitations
	if g.VerifiedAt == nil {
		limit = maxUnverifiedInvitations
	}
	if n >= limit {
		return nil, refusal.Full(n, "%d invitations were sent lately, as many as allowed.")
	}

	// Only the hash is stored: who reads the database cannot answer an invitation.
	token := auth.NewToken()
	hash, _ := auth.HashToken(token)
	i, err := tx.Invitation.Create().SetID(s.NewID("invitation")).SetOrganizationID(g.ID).SetNillableUserID(to.account).
		SetNillableEmail(to.address).SetRole(invitation.Role(as)).SetTokenHash(hash).
		SetInviterID(auth.ViewerFrom(ctx).UserID).
		SetCreatedAt(s.Moment()).SetExpiresAt(s.Moment().Add(InvitationLifetime)).Save(ctx)
	if err != nil {
		return nil, err
	}

	if err := tx.auditInvitation(ctx, "inviteMember", i, as); err != nil {
		return nil, err
	}

	if to.account != nil {
		notify.Tell(ctx, tx.Tx, *to.account, notification.KindINVITATION, g.ID)
	}
	if !to.reachable {
		return i, nil
	}

	page := s.outbox.Page(to.mail.Language, "account/invitation")
	return i, tx.outbox.Mail(ctx, tx.Tx, to.mail, invitationLetter(g, s.outbox.BaseURL, page, token))
}

// invitationLetter returns the letter with the token. The token comes after the # of an address: browsers do not send
// that part, so no log has it.
func invitationLetter(g *ent.Organization, site, page, token string) outbox.Letter {
	days := int(InvitationLifetime / (24 * time.Hour))
	return outbox.NewLetter(message.Text("An invitation to join “%s”", g.Name),
		message.Text("You are invited to join “%s” on %s.", g.Name, site),
		message.Text("To accept or decline, within %d days: %s", days, page+"#"+token),
		message.Text("If you do not know them, do nothing."),
	)
}

// Answer names an invitation to answer: by its id, for the person whom it is for, or by the token in the mail, for
// whoever has that.
type Answer struct {
	Invitation *string
	Token      *string
}

// field returns the name of the input that names the invitation.
func (a Answer) field() string {
	if a.Token != nil {
		return "token"
	}
	return "invitation"
}

// AcceptInvitation makes the viewer a member, and returns the membership. Who is a member already stays in their
// role. Accepting twice changes nothing.
// Errors: UNAUTHENTICATED; TERMS_NOT_ACCEPTED; FORBIDDEN until the viewer's address is confirmed; BAD_USER_INPUT unless
// one of id and token is given; NOT_FOUND when the invitation is not theirs, or was declined, cancelled or has expired.
func (s *Organizations) AcceptInvitation(ctx context.Context, in AcceptInvitationInput) (*ent.Membership, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := MayAcceptInvitation(viewer); err != nil {
		return nil, err
	}

	return change.Once(ctx, s, in, s.Read.Membership.Get,
		func(ctx context.Context, tx *tx) (*ent.Membership, error) {
			i, err := tx.invitationToAnswer(ctx, in.Answer, invitation.StateACCEPTED)
			if err != nil {
				return nil, err
			}

			// An invitation is good for one membership: once it is accepted, only a member has the same answer again.
			m, err := tx.placeIn(ctx, i.OrganizationID, viewer.UserID)
			switch {
			case err != nil:
				return nil, err
			case i.State == invitation.StateACCEPTED && m == nil: // they left since, or somebody else accepted
				return nil, refusal.Missing(in.Answer.field())
			case i.State == invitation.StateACCEPTED:
				return m, nil
			case m == nil:
				if m, err = tx.join(ctx, i.OrganizationID, viewer.UserID, membership.Role(i.Role)); err != nil {
					return nil, err
				}
				if err := tx.auditInvitation(ctx, "acceptInvitation", i, m.Role); err != nil {
					return nil, err
				}
			}
			return m, i.Update().SetState(invitation.StateACCEPTED).Exec(ctx)
		})
}

// DeclineInvitation declines an invitation, and returns the organization. Who has the token needs no account.
// Declining twice changes nothing.
// Errors: BAD_USER_INPUT and NOT_FOUND as for AcceptInvitation.
func (s *Organizations) DeclineInvitation(ctx context.Context, in DeclineInvitationInput) (*ent.Organization, error) {
	return change.Once(ctx, s, in, s.Read.Organization.Get,
		func(ctx context.Context, tx *tx) (*ent.Organization, error) {
			i, err := tx.invitationToAnswer(ctx, in.Answer, invitation.StateDECLINED)
			if err != nil {
				return nil, err
			}

			if i.State == invitation.StateOPEN {
				if err := i.Update().SetState(invitation.StateDECLINED).Exec(ctx); err != nil {
					return nil, err
				}
			}
			return tx.Organization.Get(ctx, i.OrganizationID)
		})
}

// CancelInvitation takes an open invitation back, and returns the organization. Cancelling twice changes nothing.
// Errors: UNAUTHENTICATED; NOT_FOUND unless an owner, or when it was answered or expired.
func (s *Organizations) CancelInvitation(ctx context.Context, in CancelInvitationInput) (*ent.Organization, error) {
	return change.Once(ctx, s, in, s.Read.Organization.Get,
		func(ctx context.Context, tx *tx) (*ent.Organization, error) {
			viewer := auth.ViewerFrom(ctx)
			if err := permission.AskSignedIn(viewer); err != nil {
				return nil, err
			}

			// The invitation is read twice: it names the organization to lock, and may be answered before.
			i, err := tx.Invitation.Get(ctx, in.Invitation)
			if err != nil {
				return nil, refusal.IfMissing("invitation", err)
			}

			g, place, err := tx.organizationFor(ctx, i.OrganizationID)
			if err != nil {
				return nil, err
			}
			if err := MayManage(viewer, place); err != nil {
				return nil, refusal.HideDraft(err, "invitation", true) // strangers do not know who is invited
			}

			i, err = tx.Invitation.Query().
				Where(invitation.ID(in.Invitation), answerable(s.Moment(), invitation.StateCANCELLED)).Only(ctx)
			if err != nil {
				return nil, refusal.IfMissing("invitation", err)
			}
			if i.State == invitation.StateCANCELLED {
				return g, nil
			}

			if err := tx.auditInvitation(ctx, "cancelInvitation", i, membership.Role(i.Role)); err != nil {
				return nil, err
			}
			return g, i.Update().SetState(invitation.StateCANCELLED).Exec(ctx)
		})
}

// answerable matches the invitations that have not expired, and that are open or already in the state that an answer
// gives them: so the same answer can be given twice.
func answerable(now time.Time, to invitation.State) predicate.Invitation {
	return invitation.And(invitation.StateIn(invitation.StateOPEN, to), invitation.ExpiresAtGT(now))
}

// invitationToAnswer finds an invitation that the viewer may answer, and locks its organization. Errors:
// BAD_USER_INPUT unless one of id and token is given; NOT_FOUND on the one that is given.
func (tx *tx) invitationToAnswer(ctx context.Context, a Answer, to invitation.State) (*ent.Invitation, error) {
	if (a.Invitation == nil) == (a.Token == nil) {
		return nil, refusal.BadInput("invitation", "Give either the id or the token.")
	}

	var named predicate.Invitation
	if a.Token != nil {
		hash, ok := auth.HashToken(*a.Token)
		if !ok {
			return nil, refusal.Missing("token")
		}
		named = invitation.TokenHash(hash)
	} else {
		named = invitation.And(invitationsFor(auth.ViewerFrom(ctx)), invitation.ID(*a.Invitation))
	}

	// The invitation is read twice: it names the organization to lock, and may be answered until that is locked.
	i, err := tx.Invitation.Query().Where(named).Only(ctx)
	if err != nil {
		return nil, refusal.IfMissing(a.field(), err)
	}
	if _, err := tx.lockOrganization(ctx, i.OrganizationID); err != nil {
		return nil, err
	}

	i, err = tx.Invitation.Query().Where(invitation.ID(i.ID), answerable(tx.Moment(), to)).Only(ctx)
	return i, refusal.IfMissing(a.field(), err)
}

// invitationsFor matches the invitations for the viewer: by account, or by their confirmed address. It matches none
// for a visitor.
func invitationsFor(v auth.Viewer) predicate.Invitation {
	if !v.SignedIn() {
		return invitation.IDIn()
	}
	if !v.Confirmed {
		return invitation.UserID(v.UserID)
	}
	return invitation.Or(invitation.UserID(v.UserID), byAddressOf(v.UserID))
}

// auditInvitation writes down that an owner invites somebody, or takes that back, or that they joined. It leaves the
// address out.
func (tx *tx) auditInvitation(ctx context.Context, act string, i *ent.Invitation, as membership.Role) error {
	return tx.Audit(ctx, change.Act{
		Name: act, Subject: i.OrganizationID, Details: map[string]any{"invitation": i.ID, "role": as},
	})
}

// InvitationsOf returns the open invitations that the viewer may answer.
func (s *Organizations) InvitationsOf(v auth.Viewer) *ent.InvitationQuery {
	return s.openInvitations().Where(invitationsFor(v))
}

// InvitationsBy returns the open invitations of the organizations that the viewer owns. To site administrators it
// returns those of organizations without an owner too.
func (s *Organizations) InvitationsBy(v auth.Viewer) *ent.InvitationQuery {
	own := organization.HasMembershipsWith(membership.UserID(v.UserID), membership.RoleEQ(membership.RoleOWNER))
	if v.SiteAdmin {
		own = organization.Or(own, isOwnerless())
	}
	return s.openInvitations().Where(invitation.HasOrganizationWith(own))
}

// InvitationIn returns the open invitation whose mail has the token, for whoever has that; none for what is not a
// token.
func (s *Organizations) InvitationIn(token string) *ent.InvitationQuery {
	hash, _ := auth.HashToken(token) // that of what is no token is nobody's
	return s.openInvitations().Where(invitation.TokenHash(hash))
}

// openInvitations returns the invitations that can be answered.
func (s *Organizations) openInvitations() *ent.InvitationQuery {
	return s.Read.Invitation.Query().Where(invitation.StateEQ(invitation.StateOPEN), invitation.ExpiresAtGT(s.Moment()))
}

// byAddressOf matches the invitations for the address of an account.
func byAddressOf(userID string) predicate.Invitation {
	return func(sel *sql.Selector) {
		address := sql.Dialect(sel.Dialect()).Select(user.FieldEmail).From(sql.Table(user.Table)).
			Where(sql.EQ(user.FieldID, userID))
		sel.Where(sql.In(sel.C(invitation.FieldEmail), address))
	}
}

// forgetInvitations deletes the invitations that expired longer ago than the site keeps them.
func (s *Organizations) forgetInvitations(ctx context.Context) error {
	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		_, err := tx.Invitation.Delete().
			Where(invitation.ExpiresAtLTE(s.Moment().Add(-s.Keeping.Invitations))).Exec(ctx)
		return err
	})
}
