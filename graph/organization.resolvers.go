package graph

import (
	"context"

	"ensemble/consultation/organizations"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/membership"
	"ensemble/ent/support"
	"ensemble/graph/batch"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *amendmentResolver) CommentAuthorCounts(ctx context.Context, obj *ent.Amendment) (*model.AuthorCounts, error) {
	return authorCounts(ctx, r.Resolver, obj, obj.CommentCount, func(a *ent.Amendment) string { return a.CommitmentID })
}

func (r *amendmentResolver) ViewerSignatory(ctx context.Context, obj *ent.Amendment) (*ent.User, error) {
	return signatoryOf(ctx, r.Resolver, obj, func(a *ent.Amendment) (*string, string) { return a.OrganizationID, a.AuthorID })
}

func (r *commentResolver) ViewerSignatory(ctx context.Context, obj *ent.Comment) (*ent.User, error) {
	return signatoryOf(ctx, r.Resolver, obj, func(m *ent.Comment) (*string, string) { return m.OrganizationID, m.AuthorID })
}

func (r *commitmentResolver) CommentAuthorCounts(ctx context.Context, obj *ent.Commitment) (*model.AuthorCounts, error) {
	return authorCounts(ctx, r.Resolver, obj, obj.CommentCount, func(c *ent.Commitment) string { return c.ID })
}

func (r *membershipResolver) Organization(ctx context.Context, obj *ent.Membership) (*ent.Organization, error) {
	return batch.One(ctx, obj, "organization", func(m *ent.Membership) string { return m.OrganizationID }, r.nodes().Organizations)
}

func (r *membershipResolver) User(ctx context.Context, obj *ent.Membership) (*ent.User, error) {
	return batch.One(ctx, obj, "user", func(m *ent.Membership) string { return m.UserID }, r.nodes().Users)
}

func (r *mutationResolver) CreateOrganization(ctx context.Context, input organizations.CreateOrganizationInput) (*model.CreateOrganizationPayload, error) {
	g, err := r.Consultation.CreateOrganization(ctx, input)
	if err != nil {
		return nil, err
	}
	alike, err := r.Consultation.Alike(ctx, g)
	return &model.CreateOrganizationPayload{Organization: g, Similar: batch.Together(alike)}, err
}

func (r *mutationResolver) UpdateOrganization(ctx context.Context, input model.UpdateOrganizationInput) (*model.UpdateOrganizationPayload, error) {
	territory, given := input.Territory.ValueOK()
	g, err := r.Consultation.UpdateOrganization(ctx, organizations.UpdateOrganizationInput{
		Organization: input.Organization, Name: input.Name, Kind: input.Kind, Territory: territory, Nowhere: given && territory == nil,
		IdempotencyKey: input.IdempotencyKey,
	})
	if err != nil {
		return nil, err
	}
	return &model.UpdateOrganizationPayload{Organization: g}, nil
}

func (r *mutationResolver) VerifyOrganization(ctx context.Context, input model.VerifyOrganizationInput) (*model.VerifyOrganizationPayload, error) {
	g, err := r.Consultation.VerifyOrganization(ctx, input.Organization, true, input.Reason, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.VerifyOrganizationPayload{Organization: g}, nil
}

func (r *mutationResolver) UnverifyOrganization(ctx context.Context, input model.UnverifyOrganizationInput) (*model.UnverifyOrganizationPayload, error) {
	g, err := r.Consultation.VerifyOrganization(ctx, input.Organization, false, input.Reason, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.UnverifyOrganizationPayload{Organization: g}, nil
}

func (r *mutationResolver) ChangeMemberRole(ctx context.Context, input model.ChangeMemberRoleInput) (*model.ChangeMemberRolePayload, error) {
	m, err := r.Consultation.ChangeMemberRole(ctx, input.Membership, input.Role, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.ChangeMemberRolePayload{Membership: m}, nil
}

func (r *mutationResolver) RemoveMember(ctx context.Context, input model.RemoveMemberInput) (*model.RemoveMemberPayload, error) {
	g, err := r.Consultation.RemoveMember(ctx, input.Membership, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.RemoveMemberPayload{Organization: g}, nil
}

func (r *mutationResolver) LeaveOrganization(ctx context.Context, input model.LeaveOrganizationInput) (*model.LeaveOrganizationPayload, error) {
	g, err := r.Consultation.LeaveOrganization(ctx, input.Organization, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.LeaveOrganizationPayload{Organization: g}, nil
}

func (r *mutationResolver) TransferOrganization(ctx context.Context, input model.TransferOrganizationInput) (*model.TransferOrganizationPayload, error) {
	g, err := r.Consultation.TransferOrganization(ctx, input.Organization, input.To, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.TransferOrganizationPayload{Organization: g}, nil
}

func (r *organizationResolver) Territory(ctx context.Context, obj *ent.Organization) (*ent.Territory, error) {
	return batch.One(ctx, obj, "territory", func(g *ent.Organization) string { return value(g.TerritoryID) }, r.nodes().Territories)
}

func (r *organizationResolver) IsVerified(ctx context.Context, obj *ent.Organization) (bool, error) {
	return obj.VerifiedAt != nil, nil
}

func (r *organizationResolver) ViewerRole(ctx context.Context, obj *ent.Organization) (*membership.Role, error) {
	role, err := r.membershipIn(ctx, obj)
	if role == nil || err != nil {
		return nil, err
	}
	return &role.Role, nil
}

func (r *organizationResolver) ViewerCanSign(ctx context.Context, obj *ent.Organization) (bool, error) {
	return obj.VerifiedAt != nil && viewer(ctx).Signs(obj.ID), nil
}

func (r *organizationResolver) ViewerMembers(ctx context.Context, obj *ent.Organization, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Membership], error) {
	list := relay.Of(r.Consultation.Memberships(viewer(ctx)), memberOrder).
		Under(membership.FieldOrganizationID, func(m *ent.Membership) string { return m.OrganizationID })
	return relay.Nested(ctx, obj, list, args(first, after, last, before))
}

func (r *organizationResolver) FollowerCount(ctx context.Context, obj *ent.Organization) (int, error) {
	return followers(ctx, r.Consultation, obj)
}

func (r *organizationResolver) ViewerIsFollowing(ctx context.Context, obj *ent.Organization) (bool, error) {
	return isFollowing(ctx, r.Consultation, obj)
}

func (r *organizationResolver) Comments(ctx context.Context, obj *ent.Organization, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Comment], error) {
	list := relay.Of(r.Consultation.SignedComments(), commentOrder(model.CommentOrderNewest).As("signedComments")).
		Under(comment.FieldOrganizationID, func(m *ent.Comment) string { return value(m.OrganizationID) })
	return relay.Nested(ctx, obj, list, args(first, after, last, before))
}

func (r *organizationResolver) Amendments(ctx context.Context, obj *ent.Organization, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Amendment], error) {
	list := relay.Of(r.Consultation.PublicAmendments(), signedAmendmentOrder).
		Under(amendment.FieldOrganizationID, func(a *ent.Amendment) string { return value(a.OrganizationID) }).By(model.AmendmentFilter{})
	return relay.Nested(ctx, obj, list, args(first, after, last, before))
}

func (r *organizationResolver) Supports(ctx context.Context, obj *ent.Organization, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Support], error) {
	list := relay.Of(r.Consultation.Read.Support.Query(), supportOrder.As("signedSupports")).
		Under(support.FieldOrganizationID, func(s *ent.Support) string { return value(s.OrganizationID) }).By(model.SupportFilter{})
	return relay.Nested(ctx, obj, list, args(first, after, last, before))
}

func (r *queryResolver) Organizations(ctx context.Context, filter *model.OrganizationFilter, orderBy *model.OrganizationOrder, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Organization], error) {
	return r.organizations(filter, orderBy, args(first, after, last, before))
}

func (r *supportResolver) ViewerSignatory(ctx context.Context, obj *ent.Support) (*ent.User, error) {
	return signatoryOf(ctx, r.Resolver, obj, func(s *ent.Support) (*string, string) { return s.OrganizationID, value(s.SignatoryID) })
}

func (r *Resolver) Membership() generated.MembershipResolver { return &membershipResolver{r} }

func (r *Resolver) Organization() generated.OrganizationResolver { return &organizationResolver{r} }

type (
	membershipResolver   struct{ *Resolver }
	organizationResolver struct{ *Resolver }
)
