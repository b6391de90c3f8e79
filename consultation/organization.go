package consultation

import (
	"context"
	"strings"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
	"ensemble/ent/predicate"
	"ensemble/ent/territory"
)

const (
	maxOrganizationName = 150 // code points: those of State services are long
	maxUnverified       = 5   // organizations that one person owns and nobody has verified
	maxAlike            = 5
)

// CreateOrganizationInput is the input of CreateOrganization.
type CreateOrganizationInput struct {
	Name           string
	Kind           organization.Kind
	Territory      *string
	IdempotencyKey *string
}

// CreateOrganization makes an organization that nobody has verified, whose OWNER is the viewer.
// Errors: BAD_USER_INPUT; CONFLICT on name when one is called the same, and when the viewer owns too many unverified ones.
func (s *Service) CreateOrganization(ctx context.Context, in CreateOrganizationInput) (*ent.Organization, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := MayCreateOrganization(viewer, 0); err != nil { // before the name is looked up: it tells others'
		return nil, err
	}
	name, folded, err := organizationName(in.Name)
	if err != nil {
		return nil, err
	}
	g, err := once(ctx, s, Retry{"createOrganization", in.IdempotencyKey, in}, s.Read.Organization.Get,
		func(ctx context.Context, tx *Tx) (*ent.Organization, error) {
			owns, err := tx.Membership.Query().Where(membership.UserID(viewer.UserID), membership.RoleEQ(membership.RoleOWNER),
				membership.HasOrganizationWith(organization.VerifiedAtIsNil())).Count(ctx)
			if err != nil {
				return nil, err
			}
			if err := MayCreateOrganization(viewer, owns); err != nil {
				return nil, err
			}
			if err := tx.organizationFits(ctx, "", folded, in.Territory); err != nil {
				return nil, err
			}
			g, err := tx.Organization.Create().SetID(s.NewID("organization")).SetName(name).SetSearchName(folded).SetKind(in.Kind).
				SetNillableTerritoryID(in.Territory).SetCreatedAt(s.now()).Save(ctx)
			if err != nil {
				return nil, err
			}
			if _, err := tx.join(ctx, g.ID, viewer.UserID, membership.RoleOWNER); err != nil {
				return nil, err
			}
			return g, tx.service.Index(ctx, tx, g)
		})
	return g, s.nameTaken(ctx, folded, err)
}

// organizationName is the cleaned form of a name, and the one by which it is told from others.
func organizationName(in string) (name, folded string, err error) {
	if name, err = line("name", in, maxOrganizationName); err != nil {
		return "", "", err
	}
	if folded = text.Fold(name); folded == "" { // dots and dashes
		return "", "", BadInput("name", "This must not be empty.")
	}
	return name, folded, nil
}

// organizationFits asks that no other organization has the name, and that the territory exists.
func (tx *Tx) organizationFits(ctx context.Context, id, folded string, place *string) error {
	other, err := tx.Organization.Query().Where(organization.SearchName(folded), organization.IDNEQ(id)).Only(ctx)
	if err == nil {
		return organizationExists(other)
	}
	if ignoreNotFound(err) != nil || place == nil {
		return ignoreNotFound(err)
	}
	known, err := tx.Territory.Query().Where(territory.ID(*place)).Exist(ctx)
	if err == nil && !known {
		err = notFound("territory")
	}
	return err
}

func organizationExists(g *ent.Organization) error {
	return &Error{
		Code: Conflict, Field: "name", Message: "There is an organization of this name.", Details: map[string]any{"current": g.ID},
	}
}

// nameTaken turns the refusal of the database, when two took a name at once, into ours.
func (s *Service) nameTaken(ctx context.Context, folded string, err error) error {
	if !ent.IsConstraintError(err) {
		return err
	}
	other, found := s.Read.Organization.Query().Where(organization.SearchName(folded)).Only(ctx)
	if found != nil {
		return err
	}
	return organizationExists(other)
}

// Alike are other organizations that may be the same as g: their names hold all its words, or its name holds all of theirs in
// a row.
func (s *Service) Alike(ctx context.Context, g *ent.Organization) ([]*ent.Organization, error) {
	return s.Read.Organization.Query().Where(organization.IDNEQ(g.ID), func(sel *sql.Selector) {
		column := sel.C(organization.FieldSearchName)
		var words []*sql.Predicate
		for _, word := range strings.Fields(g.SearchName) {
			words = append(words, sql.Contains(column, word))
		}
		position := "strpos"
		if !s.onPostgres() {
			position = "instr"
		}
		sel.Where(sql.Or(sql.And(words...), sql.P(func(b *sql.Builder) {
			b.WriteString(position).Wrap(func(b *sql.Builder) {
				b.Arg(" " + g.SearchName + " ").Comma().WriteString("' ' || " + column + " || ' '")
			}).WriteString(" > 0")
		})))
	}).Order(organization.BySearchName(), organization.ByID()).Limit(maxAlike).All(ctx)
}

// UpdateOrganizationInput is the input of UpdateOrganization; what is nil stays.
type UpdateOrganizationInput struct {
	Organization   string
	Name           *string
	Kind           *organization.Kind
	Territory      *string
	Nowhere        bool // takes the territory away
	IdempotencyKey *string
}

// UpdateOrganization changes what an organization says of itself. What was verified is all of it: whatever changes but the
// spelling of the name takes the verification away. Errors: NOT_FOUND, FORBIDDEN, BAD_USER_INPUT; CONFLICT on name.
func (s *Service) UpdateOrganization(ctx context.Context, in UpdateOrganizationInput) (*ent.Organization, error) {
	var folded string
	g, err := once(ctx, s, Retry{"updateOrganization", in.IdempotencyKey, in}, s.Read.Organization.Get,
		func(ctx context.Context, tx *Tx) (*ent.Organization, error) {
			g, place, err := tx.organizationFor(ctx, in.Organization)
			if err != nil {
				return nil, err
			}
			if err := MayManage(auth.ViewerFrom(ctx), place); err != nil {
				return nil, err
			}
			u := *g
			if err := in.apply(&u); err != nil {
				return nil, err
			}
			if u.Name == g.Name && sameBody(&u, g) {
				return g, nil
			}
			folded = u.SearchName
			if err := tx.organizationFits(ctx, g.ID, folded, u.TerritoryID); err != nil {
				return nil, err
			}
			return tx.saveOrganization(ctx, g, &u)
		})
	return g, s.nameTaken(ctx, folded, err)
}

func (in UpdateOrganizationInput) apply(g *ent.Organization) (err error) {
	if in.Name != nil {
		if g.Name, g.SearchName, err = organizationName(*in.Name); err != nil {
			return err
		}
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

// sameBody says whether two rows claim to be the same body.
func sameBody(a, b *ent.Organization) bool {
	same := (a.TerritoryID == nil) == (b.TerritoryID == nil) && (a.TerritoryID == nil || *a.TerritoryID == *b.TerritoryID)
	return same && a.SearchName == b.SearchName && a.Kind == b.Kind
}

// saveOrganization writes what became of g.
func (tx *Tx) saveOrganization(ctx context.Context, g, to *ent.Organization) (*ent.Organization, error) {
	update := g.Update().SetName(to.Name).SetSearchName(to.SearchName).SetKind(to.Kind)
	if to.TerritoryID == nil {
		update.ClearTerritoryID()
	} else {
		update.SetTerritoryID(*to.TerritoryID)
	}
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
	if err := tx.audit(ctx, privileged{act: "updateOrganization", subject: g.ID, details: map[string]any{"losesVerification": loses}}); err != nil {
		return nil, err
	}
	return saved, tx.service.Index(ctx, tx, saved)
}

// VerifyOrganization lets those who sign for it act in its name, or no more. Doing it twice changes nothing. Its owners
// are told by mail. Errors: NOT_FOUND, FORBIDDEN unless site administrator, BAD_USER_INPUT without a reason.
func (s *Service) VerifyOrganization(ctx context.Context, id string, verified bool, why string, key *string) (*ent.Organization, error) {
	act := "verifyOrganization"
	if !verified {
		act = "unverifyOrganization"
	}
	return once(ctx, s, Retry{act, key, []any{id, why}}, s.Read.Organization.Get,
		func(ctx context.Context, tx *Tx) (*ent.Organization, error) {
			if err := MayVerify(auth.ViewerFrom(ctx)); err != nil {
				return nil, err
			}
			reason, err := prose("reason", why, 1, maxReason)
			if err != nil {
				return nil, err
			}
			g, err := tx.lockOrganization(ctx, id)
			if err != nil || (g.VerifiedAt != nil) == verified {
				return g, err
			}
			update := g.Update()
			if verified {
				update.SetVerifiedAt(s.now())
			} else {
				update.ClearVerifiedAt()
			}
			if g, err = update.Save(ctx); err != nil {
				return nil, err
			}
			if err := tx.signersChanged(ctx, g.ID); err != nil {
				return nil, err
			}
			if err := tx.audit(ctx, privileged{act: act, subject: g.ID, reason: reason}); err != nil {
				return nil, err
			}
			return g, tx.tellOwners(ctx, g, verified, reason)
		})
}

// tellOwners writes to the owners of an organization that it was verified, or is no more.
func (tx *Tx) tellOwners(ctx context.Context, g *ent.Organization, verified bool, reason string) error {
	owners, err := tx.Membership.Query().Where(membership.OrganizationID(g.ID), membership.RoleEQ(membership.RoleOWNER)).WithUser().All(ctx)
	if err != nil {
		return err
	}
	l := letter{
		Subject: said{Message: "“%s” is verified", Args: []any{g.Name}},
		Body:    []said{{Message: "Its owners and signatories can comment, support and amend in its name now."}},
	}
	if !verified {
		l = letter{
			Subject: said{Message: "“%s” is no longer verified", Args: []any{g.Name}},
			Body:    []said{{Message: "Nobody can act in its name for now."}},
		}
	}
	l.Body = append(l.Body, said{Message: "The reason given: %s", Args: []any{reason}})
	for _, owner := range owners {
		if to, ok := writeTo(owner.Edges.User); ok {
			if err := tx.service.mail(ctx, tx, to, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// signersChanged has the open sockets of all who sign for an organization look again at what they may.
func (tx *Tx) signersChanged(ctx context.Context, id string) error {
	signers, err := tx.Membership.Query().Where(membership.OrganizationID(id), membership.RoleNEQ(membership.RoleMEMBER)).
		Select(membership.FieldUserID).All(ctx)
	for _, m := range signers {
		viewerChanged(tx, m.UserID)
	}
	return err
}

// lockOrganization reads an organization and keeps others from changing it, its members and invitations until the
// transaction ends. What is signed in its name does not wait. Errors: NOT_FOUND.
func (tx *Tx) lockOrganization(ctx context.Context, id string) (*ent.Organization, error) {
	q := tx.Organization.Query().Where(organization.ID(id))
	if tx.service.onPostgres() {
		q.Where(func(s *sql.Selector) { s.For(sql.LockNoKeyUpdate) })
	}
	g, err := q.Only(ctx)
	return g, absent("organization", err)
}

// organizationFor locks an organization and reads the viewer's place in it, "" for none. While it has no owner, because the
// last one erased their account, whoever administers the site has an owner's place.
func (tx *Tx) organizationFor(ctx context.Context, id string) (*ent.Organization, membership.Role, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := signedIn(viewer); err != nil {
		return nil, "", err
	}
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

// isOwnerless matches organizations whose last owner erased their account.
func isOwnerless() predicate.Organization {
	return organization.Not(organization.HasMembershipsWith(membership.RoleEQ(membership.RoleOWNER)))
}

// placeIn is somebody's membership of an organization; nil for none.
func (tx *Tx) placeIn(ctx context.Context, organizationID, userID string) (*ent.Membership, error) {
	m, err := tx.Membership.Query().Where(membership.OrganizationID(organizationID), membership.UserID(userID)).Only(ctx)
	return m, ignoreNotFound(err)
}

// join makes somebody a member.
func (tx *Tx) join(ctx context.Context, organizationID, userID string, as membership.Role) (*ent.Membership, error) {
	viewerChanged(tx, userID)
	return tx.Membership.Create().SetID(tx.service.NewID("membership")).SetOrganizationID(organizationID).SetUserID(userID).
		SetRole(as).SetCreatedAt(tx.service.now()).Save(ctx)
}
