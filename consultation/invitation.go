package consultation

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
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

// How many invitations of an organization may wait for an answer, or have been declined or cancelled before their time
// was up: whoever could send more would send mail to strangers under a name of their choice.
const (
	maxInvitations           = 50
	maxUnverifiedInvitations = 10 // of an organization that nobody has verified
)

// InviteMemberInput is the input of InviteMember.
type InviteMemberInput struct {
	Organization   string
	Email          *string
	Nickname       *string
	Role           membership.Role
	IdempotencyKey *string
}

// InviteMember asks somebody to join, by mail too. Who is asked already, under another role, is asked for the new one.
// Errors: NOT_FOUND; FORBIDDEN unless an owner; BAD_USER_INPUT; CONFLICT when they are a member, when they declined
// lately, or when too many are invited; RATE_LIMITED.
func (s *Service) InviteMember(ctx context.Context, in InviteMemberInput) (*ent.Invitation, error) {
	if err := s.mayTry(ctx, mails, ""); err != nil { // not from the budget of whoever is invited: they may need it
		return nil, err
	}
	return once(ctx, s, Retry{"inviteMember", in.IdempotencyKey, in}, s.Read.Invitation.Get,
		func(ctx context.Context, tx *Tx) (*ent.Invitation, error) {
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
			earlier, err := tx.Invitation.Query().Where(invitation.OrganizationID(g.ID), whom.matches(), invitation.ExpiresAtGT(s.now()),
				invitation.StateIn(invitation.StateOPEN, invitation.StateDECLINED)).Only(ctx)
			switch {
			case ignoreNotFound(err) != nil:
				return nil, err
			case earlier == nil:
				return tx.invite(ctx, g, whom, in.Role)
			case earlier.State == invitation.StateDECLINED:
				return nil, moved(earlier.ID, "They declined an invitation lately.")
			case earlier.Role == invitation.Role(in.Role):
				return earlier, nil
			}
			if err := tx.auditInvitation(ctx, "inviteMember", earlier, in.Role); err != nil {
				return nil, err
			}
			return earlier.Update().SetRole(invitation.Role(in.Role)).Save(ctx)
		})
}

// invitee is whom an invitation is for: an account, or whoever reads the mail of an address.
type invitee struct {
	account   *string
	address   *string
	mail      recipient
	reachable bool
}

func (to invitee) matches() predicate.Invitation {
	if to.account != nil {
		return invitation.UserID(*to.account)
	}
	return invitation.Email(*to.address)
}

// invitee finds out whom the input names. Whether an address belongs to an account is not told, nor to a member: only
// the language of the mail depends on it.
func (tx *Tx) invitee(ctx context.Context, g *ent.Organization, in InviteMemberInput) (to invitee, err error) {
	if (in.Email == nil) == (in.Nickname == nil) {
		return to, BadInput("email", "Give either the address or the nickname.")
	}
	if in.Nickname != nil {
		u, err := findAccount(ctx, tx, Whom{Nickname: in.Nickname})
		if err != nil {
			return to, err
		}
		if m, err := tx.placeIn(ctx, g.ID, u.ID); err != nil || m != nil {
			if err == nil {
				err = moved(m.ID, "They are a member already.")
			}
			return to, err
		}
		to.account = &u.ID
		to.mail, to.reachable = writeTo(u)
		return to, nil
	}
	address, err := emailAddress(*in.Email)
	if err != nil {
		return to, err
	}
	to.address, to.reachable = &address, true
	to.mail = recipient{address: address, language: auth.ViewerFrom(ctx).Language}
	u, err := tx.User.Query().Where(user.Email(address), user.ErasedAtIsNil()).Only(ctx)
	if err == nil {
		to.mail, _ = writeTo(u)
	}
	return to, ignoreNotFound(err)
}

// invite makes the invitation and writes the mail; the organization is locked.
func (tx *Tx) invite(ctx context.Context, g *ent.Organization, to invitee, as membership.Role) (*ent.Invitation, error) {
	s := tx.service
	n, err := tx.Invitation.Query().Where(invitation.OrganizationID(g.ID), invitation.ExpiresAtGT(s.now()),
		invitation.StateNEQ(invitation.StateACCEPTED)).Count(ctx)
	if err != nil {
		return nil, err
	}
	limit := maxInvitations
	if g.VerifiedAt == nil {
		limit = maxUnverifiedInvitations
	}
	if n >= limit {
		return nil, moved(n, "%d invitations were sent lately, as many as allowed.", n)
	}
	token := auth.NewToken()
	hash, _ := auth.HashToken(token)
	i, err := tx.Invitation.Create().SetID(s.NewID("invitation")).SetOrganizationID(g.ID).SetNillableUserID(to.account).
		SetNillableEmail(to.address).SetRole(invitation.Role(as)).SetTokenHash(hash).SetInviterID(auth.ViewerFrom(ctx).UserID).
		SetCreatedAt(s.now()).SetExpiresAt(s.now().Add(InvitationLifetime)).Save(ctx)
	if err != nil {
		return nil, err
	}
	if err := tx.auditInvitation(ctx, "inviteMember", i, as); err != nil {
		return nil, err
	}
	if to.account != nil {
		notify(ctx, tx, *to.account, notification.KindINVITATION, g.ID)
	}
	if !to.reachable {
		return i, nil
	}
	return i, tx.service.mail(ctx, tx, to.mail, invitationLetter(g, s.BaseURL, s.page(to.mail.language, "account/invitation"), token))
}

// invitationLetter has the token after the #: browsers do not send that part of an address, so no log holds it.
func invitationLetter(g *ent.Organization, site, page, token string) letter {
	days := int(InvitationLifetime / (24 * time.Hour))
	return letter{
		Subject: said{Message: "An invitation to join “%s”", Args: []any{g.Name}},
		Body: []said{
			{Message: "You are invited to join “%s” on %s.", Args: []any{g.Name, site}},
			{Message: "To accept or decline, within %d days: %s", Args: []any{days, page + "#" + token}},
			{Message: "If you do not know them, do nothing."},
		},
	}
}

// Answer names an invitation to answer: by its id, for whom it is for, or by the token in the mail, for whoever has it.
type Answer struct {
	Invitation *string
	Token      *string
}

// field is the input that names it.
func (a Answer) field() string {
	if a.Token != nil {
		return "token"
	}
	return "invitation"
}

// AcceptInvitation makes the viewer a member, and returns that; a member stays what they are. Accepting twice changes
// nothing. Errors: BAD_USER_INPUT unless one of id and token is given; FORBIDDEN until the viewer's address is confirmed;
// NOT_FOUND when it is not theirs, answered otherwise, taken back or expired.
func (s *Service) AcceptInvitation(ctx context.Context, a Answer, key *string) (*ent.Membership, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := MayAcceptInvitation(viewer); err != nil {
		return nil, err
	}
	return once(ctx, s, Retry{"acceptInvitation", key, a}, s.Read.Membership.Get,
		func(ctx context.Context, tx *Tx) (*ent.Membership, error) {
			i, err := tx.invitationToAnswer(ctx, a, invitation.StateACCEPTED)
			if err != nil {
				return nil, err
			}
			m, err := tx.placeIn(ctx, i.OrganizationID, viewer.UserID)
			switch {
			case err != nil:
				return nil, err
			case i.State == invitation.StateACCEPTED && m == nil: // they were a member and left, or somebody else accepted
				return nil, notFound(a.field())
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

// DeclineInvitation says no, and returns the organization; without an account, who has the token may. Declining twice
// changes nothing. Errors: NOT_FOUND as for AcceptInvitation.
func (s *Service) DeclineInvitation(ctx context.Context, a Answer, key *string) (*ent.Organization, error) {
	return once(ctx, s, Retry{"declineInvitation", key, a}, s.Read.Organization.Get,
		func(ctx context.Context, tx *Tx) (*ent.Organization, error) {
			i, err := tx.invitationToAnswer(ctx, a, invitation.StateDECLINED)
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
// Errors: NOT_FOUND unless an owner, or when it was answered or expired.
func (s *Service) CancelInvitation(ctx context.Context, id string, key *string) (*ent.Organization, error) {
	return once(ctx, s, Retry{"cancelInvitation", key, id}, s.Read.Organization.Get,
		func(ctx context.Context, tx *Tx) (*ent.Organization, error) {
			viewer := auth.ViewerFrom(ctx)
			if err := signedIn(viewer); err != nil {
				return nil, err
			}
			i, err := tx.Invitation.Get(ctx, id)
			if err != nil {
				return nil, absent("invitation", err)
			}
			g, place, err := tx.organizationFor(ctx, i.OrganizationID)
			if err != nil {
				return nil, err
			}
			if err := MayManage(viewer, place); err != nil {
				return nil, hideDraft(err, "invitation", true) // strangers do not know who is invited
			}
			i, err = tx.Invitation.Query().Where(invitation.ID(id), answerable(s.now(), invitation.StateCANCELLED)).Only(ctx)
			if err != nil {
				return nil, absent("invitation", err)
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

// answerable matches what is open, or in the state already that an answer gives it.
func answerable(now time.Time, to invitation.State) predicate.Invitation {
	return invitation.And(invitation.StateIn(invitation.StateOPEN, to), invitation.ExpiresAtGT(now))
}

// invitationToAnswer finds an invitation that the viewer may answer, and locks its organization.
func (tx *Tx) invitationToAnswer(ctx context.Context, a Answer, to invitation.State) (*ent.Invitation, error) {
	if (a.Invitation == nil) == (a.Token == nil) {
		return nil, BadInput("invitation", "Give either the id or the token.")
	}
	var named predicate.Invitation
	if a.Token != nil {
		hash, ok := auth.HashToken(*a.Token)
		if !ok {
			return nil, notFound("token")
		}
		named = invitation.TokenHash(hash)
	} else {
		named = invitation.And(invitationsFor(auth.ViewerFrom(ctx)), invitation.ID(*a.Invitation))
	}
	i, err := tx.Invitation.Query().Where(named).Only(ctx)
	if err != nil {
		return nil, absent(a.field(), err)
	}
	if _, err := tx.lockOrganization(ctx, i.OrganizationID); err != nil {
		return nil, err
	}
	i, err = tx.Invitation.Query().Where(invitation.ID(i.ID), answerable(tx.service.now(), to)).Only(ctx)
	return i, absent(a.field(), err)
}

// invitationsFor matches those that are for the viewer: by account, or by their confirmed address.
func invitationsFor(v auth.Viewer) predicate.Invitation {
	if !v.SignedIn() {
		return invitation.IDIn()
	}
	if !v.Confirmed {
		return invitation.UserID(v.UserID)
	}
	return invitation.Or(invitation.UserID(v.UserID), byAddressOf(v.UserID))
}

// auditInvitation writes down that an owner asks somebody to join, or no more, or that they did. Whose address it is stays out.
func (tx *Tx) auditInvitation(ctx context.Context, act string, i *ent.Invitation, as membership.Role) error {
	return tx.audit(ctx, privileged{
		act: act, subject: i.OrganizationID, details: map[string]any{"invitation": i.ID, "role": as},
	})
}

// InvitationsOf are the open ones that the viewer may answer.
func (s *Service) InvitationsOf(v auth.Viewer) *ent.InvitationQuery {
	return s.openInvitations().Where(invitationsFor(v))
}

// InvitationsBy are the open ones of organizations that the viewer owns; of those without an owner, for site administrators.
func (s *Service) InvitationsBy(v auth.Viewer) *ent.InvitationQuery {
	own := organization.HasMembershipsWith(membership.UserID(v.UserID), membership.RoleEQ(membership.RoleOWNER))
	if v.SiteAdmin {
		own = organization.Or(own, isOwnerless())
	}
	return s.openInvitations().Where(invitation.HasOrganizationWith(own))
}

// InvitationIn is the open one whose mail holds the token, for whoever has it.
func (s *Service) InvitationIn(token string) *ent.InvitationQuery {
	hash, _ := auth.HashToken(token) // that of what is no token is nobody's
	return s.openInvitations().Where(invitation.TokenHash(hash))
}

func (s *Service) openInvitations() *ent.InvitationQuery {
	return s.Read.Invitation.Query().Where(invitation.StateEQ(invitation.StateOPEN), invitation.ExpiresAtGT(s.now()))
}

// byAddressOf matches those for the address of an account.
func byAddressOf(userID string) predicate.Invitation {
	return func(sel *sql.Selector) {
		address := sql.Dialect(sel.Dialect()).Select(user.FieldEmail).From(sql.Table(user.Table)).Where(sql.EQ(user.FieldID, userID))
		sel.Where(sql.In(sel.C(invitation.FieldEmail), address))
	}
}

// forgetInvitations deletes those that nobody can answer any more, after the time that the site keeps them.
func (s *Service) forgetInvitations(ctx context.Context) error {
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.Invitation.Delete().Where(invitation.ExpiresAtLTE(s.now().Add(-s.Keeping.Invitations))).Exec(ctx)
		return err
	})
}
