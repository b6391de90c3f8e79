package graph

import (
	"context"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/ent"
	"ensemble/ent/membership"
	"ensemble/ent/organization"
	"ensemble/ent/predicate"
	"ensemble/graph/batch"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

// organizations returns the list of the organizations that a filter lets through. Errors: BAD_USER_INPUT for bad
// arguments.
func (r *Resolver) organizations(
	filter *model.OrganizationFilter, order model.OrganizationOrder, a relay.Args,
) (*relay.OrganizationConnection, error) {
	f := model.OrganizationFilter{}
	if filter != nil {
		f = *filter
	}
	if err := searchable("filter.text", f.Text); err != nil {
		return nil, err
	}

	q := r.Consultation.Read.Organization.Query().Where(organizationsMatching(f)...)
	return relay.Page(inTimeWith(r, f.Text, relay.Of(q, organizationOrder(order)).By(f)), a)
}

// organizationsMatching returns the conditions of a filter.
func organizationsMatching(f model.OrganizationFilter) []predicate.Organization {
	conditions := []predicate.Organization{public.Containing(organization.FieldSearchName, f.Text)}

	if f.Kind != nil {
		conditions = append(conditions, organization.KindEQ(*f.Kind))
	}

	if f.Territory != nil {
		conditions = append(conditions, organization.HasTerritoryWith(public.Within(*f.Territory)))
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

// membershipIn returns the viewer's membership of an organization; nil when there is none.
func (r *Resolver) membershipIn(ctx context.Context, g *ent.Organization) (*ent.Membership, error) {
	mine, err := batch.Load(ctx, g, "viewerRole",
		func(ctx context.Context, rows []*ent.Organization) (map[string]*ent.Membership, error) {
			found, err := r.Consultation.Read.Membership.Query().
				Where(membership.UserID(viewer(ctx).UserID), membership.OrganizationIDIn(ids(rows)...)).All(ctx)
			return keyBy(found, func(m *ent.Membership) string { return m.OrganizationID }), err
		})
	return mine[g.ID], err
}

// writtenBy returns own, the condition on what people wrote in their own names, or signed, the condition on what they
// wrote in the name of an organization.
func writtenBy[P any](kind model.AuthorKind, own, signed P) P {
	if kind == model.AuthorKindPerson {
		return own
	}
	return signed
}

// parentColumn returns the column of rows that has the id of their list's parent, a commitment or an organization.
func parentColumn(parent, ofCommitment, ofOrganization string) string {
	if kind, _ := change.KindOf(parent); kind == "organization" {
		return ofOrganization
	}
	return ofCommitment
}

// authorCounts counts the readable comments on a subject that people wrote in their own names, and those that they
// wrote in the name of an organization. all is how many there are together. Only the latter are counted, since they are
// few; topic returns the id of the commitment that the subject belongs to.
func authorCounts[T batch.Row](
	ctx context.Context, r *Resolver, subject T, all int, topic func(T) string,
) (*model.AuthorCounts, error) {
	signed, err := batch.Load(ctx, subject, "commentAuthorCounts",
		func(ctx context.Context, rows []T) (map[string]int, error) {
			return r.Consultation.CountSigned(ctx, batch.IDs(rows, topic), ids(rows))
		})

	n := signed[subject.NodeID()]
	return &model.AuthorCounts{People: max(0, all-n), Organizations: n}, err
}

// signatoryOf returns the person who signed a row in an organization's name; nil when nobody did, or when the viewer
// may not know. by returns the organization, nil for none, and the person.
func signatoryOf[T batch.Row](
	ctx context.Context, r *Resolver, row T, by func(T) (organization *string, person string),
) (*ent.User, error) {
	may, err := batch.Load(ctx, row, "viewerMayReadSignatory",
		func(ctx context.Context, rows []T) (map[string]bool, error) {
			organizations := batch.IDs(rows, func(row T) string {
				g, _ := by(row)
				return value(g)
			})
			return r.Consultation.MayReadSignatories(ctx, viewer(ctx), organizations)
		})
	if err != nil {
		return nil, err
	}

	return batch.One(ctx, row, "viewerSignatory", func(row T) string {
		if g, person := by(row); g != nil && may[*g] {
			return person
		}
		return ""
	}, public.Finder[*ent.User](r.Consultation, "user"))
}
