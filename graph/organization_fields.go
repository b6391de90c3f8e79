package graph

import (
	"context"

	"ensemble/consultation"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
	"ensemble/ent/predicate"
	"ensemble/ent/territory"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// organizations is the list of all that a filter lets through.
func (r *Resolver) organizations(filter *model.OrganizationFilter, order *model.OrganizationOrder, a relay.Args) (*relay.OrganizationConnection, error) {
	f := model.OrganizationFilter{}
	if filter != nil {
		f = *filter
	}
	if err := searchable("filter.text", f.Text); err != nil {
		return nil, err
	}
	q := r.Consultation.Read.Organization.Query().Where(organizationsMatching(f)...)
	return relay.Page(relay.Of(q, organizationOrder(order)).By(f), a)
}

func organizationsMatching(f model.OrganizationFilter) []predicate.Organization {
	conditions := []predicate.Organization{consultation.Holding(organization.FieldSearchName, f.Text)}
	if f.Kind != nil {
		conditions = append(conditions, organization.KindEQ(*f.Kind))
	}
	if f.Territory != nil {
		conditions = append(conditions, organization.HasTerritoryWith(consultation.Within(*f.Territory)))
	}
	switch {
	case f.IsVerified == nil:
	case *f.IsVerified:
		conditions = append(conditions, organization.VerifiedAtNotNil())
	default:
		conditions = append(conditions, organization.VerifiedAtIsNil())
	}
	return conditions
}

// territoriesIn is the list of all that a filter lets through.
func (r *Resolver) territoriesIn(filter *model.TerritoryFilter, a relay.Args) (*relay.TerritoryConnection, error) {
	f := model.TerritoryFilter{}
	if filter != nil {
		f = *filter
	}
	if err := searchable("filter.text", f.Text); err != nil {
		return nil, err
	}
	q := r.Consultation.Read.Territory.Query().Where(territoriesMatching(f)...)
	return relay.Page(relay.Of(q, territoryOrder).By(f), a)
}

func territoriesMatching(f model.TerritoryFilter) []predicate.Territory {
	conditions := []predicate.Territory{consultation.Holding(territory.FieldSearchName, f.Text)}
	if f.Kind != nil {
		conditions = append(conditions, territory.KindEQ(*f.Kind))
	}
	if f.Within != nil {
		conditions = append(conditions, consultation.Within(*f.Within), territory.IDNEQ(*f.Within))
	}
	return conditions
}

// membershipIn is the viewer's membership of an organization; nil when there is none.
func (r *Resolver) membershipIn(ctx context.Context, g *ent.Organization) (*ent.Membership, error) {
	mine, err := batch.Load(ctx, g, "viewerRole", func(ctx context.Context, rows []*ent.Organization) (map[string]*ent.Membership, error) {
		found, err := r.Consultation.Read.Membership.Query().
			Where(membership.UserID(viewer(ctx).UserID), membership.OrganizationIDIn(ids(rows)...)).All(ctx)
		byOrganization := make(map[string]*ent.Membership, len(found))
		for _, m := range found {
			byOrganization[m.OrganizationID] = m
		}
		return byOrganization, err
	})
	return mine[g.ID], err
}
