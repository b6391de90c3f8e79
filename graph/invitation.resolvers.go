package graph

import (
	"context"

	"ensemble/auth"
	"ensemble/consultation/organizations"
	"ensemble/ent"
	"ensemble/ent/invitation"
	"ensemble/ent/membership"
	"ensemble/graph/batch"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *invitationResolver) Organization(ctx context.Context, obj *ent.Invitation) (*ent.Organization, error) {
	return batch.One(ctx, obj, "organization", func(i *ent.Invitation) string { return i.OrganizationID }, r.nodes().Organizations)
}

func (r *invitationResolver) Role(ctx context.Context, obj *ent.Invitation) (membership.Role, error) {
	return membership.Role(obj.Role), nil
}

func (r *invitationResolver) Invitee(ctx context.Context, obj *ent.Invitation) (*ent.User, error) {
	return batch.One(ctx, obj, "invitee", func(i *ent.Invitation) string { return value(i.UserID) }, r.nodes().Users)
}

func (r *invitationResolver) Inviter(ctx context.Context, obj *ent.Invitation) (*ent.User, error) {
	return batch.One(ctx, obj, "inviter", func(i *ent.Invitation) string { return i.InviterID }, r.nodes().Users)
}

func (r *mutationResolver) InviteMember(ctx context.Context, input organizations.InviteMemberInput) (*model.InviteMemberPayload, error) {
	i, err := r.Consultation.InviteMember(ctx, input)
	if err != nil {
		return nil, err
	}
	return &model.InviteMemberPayload{Invitation: i}, nil
}

func (r *mutationResolver) CancelInvitation(ctx context.Context, input model.CancelInvitationInput) (*model.CancelInvitationPayload, error) {
	g, err := r.Consultation.CancelInvitation(ctx, input.Invitation, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.CancelInvitationPayload{Organization: g}, nil
}

func (r *mutationResolver) AcceptInvitation(ctx context.Context, input model.AcceptInvitationInput) (*model.AcceptInvitationPayload, error) {
	m, err := r.Consultation.AcceptInvitation(ctx, organizations.Answer{Invitation: input.Invitation, Token: input.Token}, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.AcceptInvitationPayload{Membership: m}, nil
}

func (r *mutationResolver) DeclineInvitation(ctx context.Context, input model.DeclineInvitationInput) (*model.DeclineInvitationPayload, error) {
	g, err := r.Consultation.DeclineInvitation(ctx, organizations.Answer{Invitation: input.Invitation, Token: input.Token}, input.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &model.DeclineInvitationPayload{Organization: g}, nil
}

func (r *organizationResolver) ViewerInvitations(ctx context.Context, obj *ent.Organization, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Invitation], error) {
	list := relay.Of(r.Consultation.InvitationsBy(viewer(ctx)), invitationOrder).
		Under(invitation.FieldOrganizationID, func(i *ent.Invitation) string { return i.OrganizationID }).Knowing("organization")
	return relay.Nested(ctx, obj, list, args(first, after, last, before))
}

func (r *queryResolver) Invitation(ctx context.Context, token string) (*ent.Invitation, error) {
	return orNil(r.Consultation.InvitationIn(token).Only(ctx))
}

func (r *viewerResolver) Invitations(ctx context.Context, obj *auth.Viewer, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Invitation], error) {
	return relay.Page(relay.Of(r.Consultation.InvitationsOf(*obj), invitationOrder.As("myInvitations")), args(first, after, last, before))
}

func (r *Resolver) Invitation() generated.InvitationResolver { return &invitationResolver{r} }

type invitationResolver struct{ *Resolver }
