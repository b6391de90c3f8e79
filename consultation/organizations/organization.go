package organizations

import (
	"context"
	"strings"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/message"
	"ensemble/consultation/outbox"
	"ensemble/consultation/people"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
	"ensemble/ent/predicate"
	"ensemble/ent/territory"
)

const (
	maxUnverified = 5 // organizations that one person owns and nobody has verified
	maxAlike      = 5 // organizations that Alike returns
)

// CreateOrganization makes an organization that nobody has verified, and the viewer its OWNER.
// Errors: UNAUTHENTICATED; TERMS_NOT_ACCEPTED; FORBIDDEN until the viewer's address is confirmed; BAD_USER_INPUT;
// NOT_FOUND on territory; CONFLICT on name when another has the same, and when the viewer owns too many unverified
// ones.
func (s *Organizations) CreateOrganization(ctx context.Context, in CreateOrganizationInput) (*ent.Organization, error) {
	viewer := auth.ViewerFrom(ctx)

	// Ask before the name is looked up: a CONFLICT on it shows what others there are.
	if err := MayCreateOrganization(viewer, 0); err != nil {
		return nil, err
	}

	var folded string
	g, err := change.Once(ctx, s, in, s.Read.Organization.Get,
		func(ctx context.Context, tx *tx) (*ent.Organization, error) {
			owns, err := tx.Membership.Query().
				Where(membership.UserID(viewer.UserID), membership.RoleEQ(membership.RoleOWNER),
					membership.HasOrganizationWith(organization.VerifiedAtIsNil())).Count(ctx)
			if err != nil {
				return nil, err
			}
			if err := MayCreateOrganization(viewer, owns); err != nil {
				return nil, err
			}

			name, err := tx.checkName(ctx, "", in.Name)
			if err != nil {
				return nil, err
			}

			// nameTaken needs the name after the transaction, when the database has refused it.
			folded = clean.Fold(name)
			if err := tx.organizationFits(ctx, "", folded, in.Territory); err != nil {
				return nil, err
			}

			g, err := tx.Organization.Create().SetID(s.NewID("organization")).SetName(name).
				SetSearchName(folded).SetLooks(clean.Skeleton(name)).SetKind(in.Kind).
				SetNillableTerritoryID(in.Territory).SetCreatedAt(s.Moment()).Save(ctx)
			if err != nil {
				return nil, err
			}
			if _, err := tx.join(ctx, g.ID, viewer.UserID, membership.RoleOWNER); err != nil {
				return nil, err
			}

			return g, tx.search.Refresh(ctx, tx.Tx, g)
		})

	return g, s.nameTaken(ctx, folded, err)
}

// checkName returns the clean form of a name that the organization with this id is to bear; "" is a new one.
// Errors: those of people.NewName.Check.
func (tx *tx) checkName(ctx context.Context, id, name string) (string, error) {
	wish := people.NewName{Field: "name", Name: name, Form: people.OrganizationName, Bearer: id}
	return wish.Check(ctx, tx.Client())
}

// organizationFits reports that another organization than id has the name, or that the territory does not exist;
// otherwise nil. A nil place is no territory. Errors: CONFLICT on name; NOT_FOUND on territory.
func (tx *tx) organizationFits(ctx context.Context, id, folded string, place *string) error {
	other, err := tx.Organization.Query().Where(organization.SearchName(folded), organization.IDNEQ(id)).Only(ctx)
	if err == nil {
		return people.OrganizationExists("name", other)
	}

	if refusal.IgnoreMissing(err) != nil || place == nil {
		return refusal.IgnoreMissing(err)
	}
	known, err := tx.Territory.Query().Where(territory.ID(*place)).Exist(ctx)
	if err == nil && !known {
		err = refusal.Missing("territory")
	}
	return err
}

// nameTaken turns the error of the database, when two took a name at the same time, into the refusal of
// organizationFits. It returns other errors as they are.
func (s *Organizations) nameTaken(ctx context.Context, folded string, err error) error {
	if !ent.IsConstraintError(err) {
		return err
	}
	other, found := s.Read.Organization.Query().Where(organization.SearchName(folded)).Only(ctx)
	if found != nil {
		return err
	}
	return people.OrganizationExists("name", other)
}

// Alike returns other organizations that may be the same as g, by name, at most maxAlike: their names contain all
// words of its name, or its name contains the whole of theirs.
func (s *Organizations) Alike(ctx context.Context, g *ent.Organization) ([]*ent.Organization, error) {
	return s.Read.Organization.Query().Where(organization.IDNEQ(g.ID), func(sel *sql.Selector) {
		column := sel.C(organization.FieldSearchName)
		var words []*sql.Predicate
		for _, word := range strings.Fields(g.SearchName) {
			words = append(words, sql.Contains(column, word))
		}

		// Postgres and SQLite have different names for the function that searches in a string.
		position := "strpos"
		if !s.OnPostgres() {
			position = "instr"
		}

		// The spaces make it find whole words, in a row.
		sel.Where(sql.Or(sql.And(words...), sql.P(func(b *sql.Builder) {
			b.WriteString(position).Wrap(func(b *sql.Builder) {
				b.Arg(" " + g.SearchName + " ").Comma().WriteString("' ' || " + column + " || ' '")
			}).WriteString(" > 0")
		})))
	}).Order(organization.BySearchName(), organization.ByID()).Limit(maxAlike).All(ctx)
}

// UpdateOrganization changes what an organization says of itself. A verification is for all of it: every change,
// except to the spelling of the name, takes the verification away.
// Errors: UNAUTHENTICATED; NOT_FOUND; FORBIDDEN unless an owner; BAD_USER_INPUT; CONFLICT on name.
func (s *Organizations) UpdateOrganization(ctx context.Context, in UpdateOrganizationInput) (*ent.Organization, error) {
	var folded string
	g, err := change.Once(ctx, s, in, s.Read.Organization.Get,
		func(ctx context.Context, tx *tx) (*ent.Organization, error) {
			g, place, err := tx.organizationFor(ctx, in.Organization)
			if err != nil {
				return nil, err
			}
			if err := MayManage(auth.ViewerFrom(ctx), place); err != nil {
				return nil, err
			}

			// Change a copy: the row as it was is needed to see what changed.
			u := *g
			if err := in.apply(ctx, tx, &u); err != nil {
				return nil, err
			}

			if u.Name == g.Name && sameBody(&u, g) {
				return g, nil
			}

			// nameTaken needs the name after the transaction, when the database has refused it.
			folded = u.SearchName
			if err := tx.organizationFits(ctx, g.ID, folded, u.TerritoryID); err != nil {
				return nil, err
			}
			return tx.saveOrganization(ctx, g, &u)
		})
	return g, s.nameTaken(ctx, folded, err)
}

// apply changes g, in memory, as the input says. A name that is as it was is not checked again: the rules may have
// become stricter since. Errors: those of people.NewName.Check.
func (in UpdateOrganizationInput) apply(ctx context.Context, tx *tx, g *ent.Organization) (err error) {
	if in.Name != nil && *in.Name != g.Name {
		if g.Name, err = tx.checkName(ctx, g.ID, *in.Name); err != nil {
			return err
		}
		g.SearchName, g.Looks = clean.Fold(g.Name), clean.Skeleton(g.Name)
	}

	if in.Kind != nil {
		g.Kind = *in.Kind
	}

	switch {
	case in.Territory != nil:
		g.TerritoryID = in.Territory
	case in.Nowhere:
		g.TerritoryID = nil
	}
	return nil
}

// sameBody reports whether two rows claim to be the same body: by folded name, kind and territory.
func sameBody(a, b *ent.Organization) bool {
	same := (a.TerritoryID == nil) == (b.TerritoryID == nil) &&
		(a.TerritoryID == nil || *a.TerritoryID == *b.TerritoryID)
	return same && a.SearchName == b.SearchName && a.Kind == b.Kind
}

// saveOrganization writes the changes from g to to, takes the verification away if they need a new one, and updates
// the search.
func (tx *tx) saveOrganization(ctx context.Context, g, to *ent.Organization) (*ent.Organization, error) {
	update := g.Update().SetName(to.Name).SetSearchName(to.SearchName).SetLooks(to.Looks).SetKind(to.Kind)
	if to.TerritoryID == nil {
		update.ClearTerritoryID()
	} else {
		update.SetTerritoryID(*to.TerritoryID)
	}

	// Nobody signs for an organization that is not verified any more.
	loses := g.VerifiedAt != nil && !sameBody(g, to)
	if loses {
		update.ClearVerifiedAt()
		if err := tx.signersChanged(ctx, g.ID); err != nil {
			return nil, err
		}
	}

	saved, err := update.Save(ctx)
	if err != nil {
		return nil, err
	}

	details := map[string]any{"losesVerification": loses}
	if err := tx.Audit(ctx, change.Act{Name: "updateOrganization", Subject: g.ID, Details: details}); err != nil {
		return nil, err
	}
	return saved, tx.search.Refresh(ctx, tx.Tx, saved)
}

// VerifyOrganization verifies an organization, so that those who sign for it may act in its name. Its owners are told
// by mail. Doing it twice changes nothing, and tells nobody.
// Errors: UNAUTHENTICATED; FORBIDDEN unless site administrator; BAD_USER_INPUT without a reason; NOT_FOUND.
func (s *Organizations) VerifyOrganization(ctx context.Context, in VerifyOrganizationInput) (*ent.Organization, error) {
	return s.setVerified(ctx, in, in.Organization, in.Reason, true)
}

// UnverifyOrganization takes back what VerifyOrganization gave. Its owners are told by mail. Doing it twice changes
// nothing, and tells nobody.
// Errors: those of VerifyOrganization.
func (s *Organizations) UnverifyOrganization(
	ctx context.Context, in UnverifyOrganizationInput,
) (*ent.Organization, error) {
	return s.setVerified(ctx, in, in.Organization, in.Reason, false)
}

// setVerified verifies an organization, or takes that back, as verified says, once for the idempotency key of r.
func (s *Organizations) setVerified(
	ctx context.Context, r change.Input, id, why string, verified bool,
) (*ent.Organization, error) {
	return change.Once(ctx, s, r, s.Read.Organization.Get,
		func(ctx context.Context, tx *tx) (*ent.Organization, error) {
			if err := MayVerify(auth.ViewerFrom(ctx)); err != nil {
				return nil, err
			}

			reason, err := input.Prose("reason", why, 1, input.MaxReason)
			if err != nil {
				return nil, err
			}

			g, err := tx.lockOrganization(ctx, id)
			if err != nil || (g.VerifiedAt != nil) == verified {
				return g, err
			}

			update := g.Update()
			if verified {
				update.SetVerifiedAt(s.Moment()).SetLooks(clean.Skeleton(g.Name))
			} else {
				update.ClearVerifiedAt()
			}
			if g, err = update.Save(ctx); err != nil {
				return nil, err
			}

			if err := tx.signersChanged(ctx, g.ID); err != nil {
				return nil, err
			}

			act, _ := r.Retry()
			if err := tx.Audit(ctx, change.Act{Name: act, Subject: g.ID, Reason: reason}); err != nil {
				return nil, err
			}
			return g, tx.tellOwners(ctx, g, verified, reason)
		})
}

// tellOwners mails the owners of an organization that it was verified, or is not verified any more.
func (tx *tx) tellOwners(ctx context.Context, g *ent.Organization, verified bool, reason string) error {
	owners, err := tx.Membership.Query().
		Where(membership.OrganizationID(g.ID), membership.RoleEQ(membership.RoleOWNER)).WithUser().All(ctx)
	if err != nil {
		return err
	}

	l := outbox.Letter{
		Subject: message.Said{Message: "“%s” is verified", Args: []any{g.Name}},
		Body:    []message.Said{{Message: "Its owners and signatories can comment, support and amend in its name now."}},
	}
	if !verified {
		l = outbox.Letter{
			Subject: message.Said{Message: "“%s” is no longer verified", Args: []any{g.Name}},
			Body:    []message.Said{{Message: "Nobody can act in its name for now."}},
		}
	}

	l.Body = append(l.Body, message.Said{Message: "The reason given: %s", Args: []any{reason}})

	// Owners without an address to write to are left out.
	for _, owner := range owners {
		if to, ok := outbox.WriteTo(owner.Edges.User); ok {
			if err := tx.outbox.Mail(ctx, tx.Tx, to, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// signersChanged makes the open sockets of all who sign for an organization read again what their viewers may do.
func (tx *tx) signersChanged(ctx context.Context, id string) error {
	signers, err := tx.Membership.Query().
		Where(membership.OrganizationID(id), membership.RoleNEQ(membership.RoleMEMBER)).
		Select(membership.FieldUserID).All(ctx)
	for _, m := range signers {
		people.ViewerChanged(tx.Tx, m.UserID)
	}
	return err
}

// lockOrganization reads an organization, and stops others from changing it, its members and invitations until the
// transaction ends. Whoever signs in its name does not wait. Errors: NOT_FOUND.
func (tx *tx) lockOrganization(ctx context.Context, id string) (*ent.Organization, error) {
	g, err := tx.Organization.Query().Where(organization.ID(id), tx.LockedButKey()).Only(ctx)
	return g, refusal.IfMissing("organization", err)
}

// organizationFor locks an organization, and returns it with the viewer's role in it, "" for none. While it has no
// owner, because the last one erased their account, site administrators have the role of an owner. Errors:
// UNAUTHENTICATED; NOT_FOUND.
func (tx *tx) organizationFor(ctx context.Context, id string) (*ent.Organization, membership.Role, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(viewer); err != nil {
		return nil, "", err
	}

	// Lock the organization before its members are read: then they stay as they are.
	g, err := tx.lockOrganization(ctx, id)
	if err != nil {
		return nil, "", err
	}

	if viewer.SiteAdmin {
		ownerless, err := tx.Organization.Query().Where(organization.ID(g.ID), isOwnerless()).Exist(ctx)
		if err != nil || ownerless {
			return g, membership.RoleOWNER, err
		}
	}

	mine, err := tx.placeIn(ctx, g.ID, viewer.UserID)
	if err != nil || mine == nil {
		return g, "", err
	}
	return g, mine.Role, nil
}

// isOwnerless matches the organizations whose last owner erased their account.
func isOwnerless() predicate.Organization {
	return organization.Not(organization.HasMembershipsWith(membership.RoleEQ(membership.RoleOWNER)))
}

// placeIn returns somebody's membership of an organization; nil for none.
func (tx *tx) placeIn(ctx context.Context, organizationID, userID string) (*ent.Membership, error) {
	m, err := tx.Membership.Query().
		Where(membership.OrganizationID(organizationID), membership.UserID(userID)).Only(ctx)
	return m, refusal.IgnoreMissing(err)
}

// join makes somebody a member of an organization. The organization is locked, or new.
func (tx *tx) join(ctx context.Context, organizationID, userID string, as membership.Role) (*ent.Membership, error) {
	people.ViewerChanged(tx.Tx, userID)
	return tx.Membership.Create().SetID(tx.NewID("membership")).SetOrganizationID(organizationID).SetUserID(userID).
		SetRole(as).SetCreatedAt(tx.Moment()).Save(ctx)
}
