package graph

import (
	"context"
	"time"

	"ensemble/auth"
	"ensemble/consultation/people"
	"ensemble/ent"
	"ensemble/graph/generated"
	"ensemble/graph/model"
	"ensemble/graph/relay"
)

func (r *accessTokenResolver) Scopes(ctx context.Context, obj *ent.AccessToken) ([]model.AccessTokenScope, error) {
	return scopesOf(obj), nil
}

func (r *mutationResolver) SignUp(ctx context.Context, input people.SignUpInput) (*people.Session, error) {
	return kept(ctx)(r.Consultation.SignUp(ctx, input))
}

func (r *mutationResolver) SignIn(ctx context.Context, input model.SignInInput) (*people.Session, error) {
	return kept(ctx)(r.Consultation.SignIn(ctx, input.Email, input.Password))
}

func (r *mutationResolver) SignOut(ctx context.Context, input model.SignOutInput) (*model.SignOutPayload, error) {
	auth.KeepSession(ctx, "", time.Time{})
	ended, err := r.Consultation.SignOut(ctx, input.Everywhere)
	return &model.SignOutPayload{EndedSessions: ended}, err
}

func (r *mutationResolver) RequestEmailConfirmation(ctx context.Context, input model.RequestEmailConfirmationInput) (*model.RequestEmailConfirmationPayload, error) {
	address, err := r.Consultation.RequestEmailConfirmation(ctx, input.Email)
	return &model.RequestEmailConfirmationPayload{Email: address}, err
}

func (r *mutationResolver) ConfirmEmail(ctx context.Context, input model.ConfirmEmailInput) (*model.ConfirmEmailPayload, error) {
	address, err := r.Consultation.ConfirmEmail(ctx, input.Token)
	return &model.ConfirmEmailPayload{Email: address}, err
}

func (r *mutationResolver) RequestPasswordReset(ctx context.Context, input model.RequestPasswordResetInput) (*model.RequestPasswordResetPayload, error) {
	address, err := r.Consultation.RequestPasswordReset(ctx, input.Email)
	return &model.RequestPasswordResetPayload{Email: address}, err
}

func (r *mutationResolver) ResetPassword(ctx context.Context, input model.ResetPasswordInput) (*model.ResetPasswordPayload, error) {
	ended, err := r.Consultation.ResetPassword(ctx, input.Token, input.Password, input.UnlinkIdentities)
	return &model.ResetPasswordPayload{EndedSessions: ended.Sessions, UnlinkedIdentities: ended.Identities}, err
}

func (r *mutationResolver) ChangePassword(ctx context.Context, input model.ChangePasswordInput) (*model.ChangePasswordPayload, error) {
	ended, err := r.Consultation.ChangePassword(ctx, input.CurrentPassword, input.NewPassword, input.UnlinkIdentities)
	return &model.ChangePasswordPayload{EndedSessions: ended.Sessions, UnlinkedIdentities: ended.Identities}, err
}

func (r *mutationResolver) RequestEmailChange(ctx context.Context, input model.RequestEmailChangeInput) (*model.RequestEmailChangePayload, error) {
	address, err := r.Consultation.RequestEmailChange(ctx, input.Email, input.Password)
	return &model.RequestEmailChangePayload{Email: address}, err
}

func (r *mutationResolver) UpdateAccount(ctx context.Context, input people.AccountChange) (*model.UpdateAccountPayload, error) {
	v, err := r.Consultation.UpdateAccount(ctx, input)
	return &model.UpdateAccountPayload{Viewer: &v}, err
}

func (r *mutationResolver) EndSession(ctx context.Context, input model.EndSessionInput) (*model.EndSessionPayload, error) {
	err := r.Consultation.EndSession(ctx, input.Session)
	if err == nil && input.Session == viewer(ctx).SessionID {
		auth.KeepSession(ctx, "", time.Time{})
	}
	return &model.EndSessionPayload{EndedSessionID: input.Session}, err
}

func (r *mutationResolver) CreateAccessToken(ctx context.Context, input model.CreateAccessTokenInput) (*model.CreateAccessTokenPayload, error) {
	token, made, err := r.Consultation.CreateAccessToken(ctx, people.CreateAccessTokenInput{
		Name: input.Name, Scopes: scopesNamed(input.Scopes), ExpiresAt: input.ExpiresAt, Password: input.Password,
	})
	return &model.CreateAccessTokenPayload{Token: token, AccessToken: made}, err
}

func (r *mutationResolver) RevokeAccessToken(ctx context.Context, input model.RevokeAccessTokenInput) (*model.RevokeAccessTokenPayload, error) {
	err := r.Consultation.RevokeAccessToken(ctx, input.AccessToken)
	return &model.RevokeAccessTokenPayload{RevokedAccessTokenID: input.AccessToken}, err
}

func (r *mutationResolver) EraseAccount(ctx context.Context, input model.EraseAccountInput) (*model.EraseAccountPayload, error) {
	u, err := r.Consultation.EraseAccount(ctx, input.Password)
	if err != nil {
		return nil, err
	}
	auth.KeepSession(ctx, "", time.Time{})
	return &model.EraseAccountPayload{Erased: u}, nil
}

func (r *sessionResolver) LastUsedAt(ctx context.Context, obj *ent.Session) (*time.Time, error) {
	if obj.UsedAt == nil {
		return &obj.CreatedAt, nil
	}
	return obj.UsedAt, nil
}

func (r *sessionResolver) Device(ctx context.Context, obj *ent.Session) (*string, error) {
	return unlessEmpty(obj.Device), nil
}

func (r *sessionResolver) IsCurrent(ctx context.Context, obj *ent.Session) (bool, error) {
	return obj.ID == viewer(ctx).SessionID, nil
}

func (r *viewerResolver) Sessions(ctx context.Context, obj *auth.Viewer, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.Session], error) {
	q, err := r.Consultation.Sessions(*obj)
	if err != nil {
		return nil, err
	}
	return relay.Page(relay.Of(q, sessionOrder), args(first, after, last, before))
}

func (r *viewerResolver) AccessTokens(ctx context.Context, obj *auth.Viewer, first *int, after *string, last *int, before *string) (*relay.Connection[*ent.AccessToken], error) {
	q, err := r.Consultation.AccessTokens(*obj)
	if err != nil {
		return nil, err
	}
	return relay.Page(relay.Of(q, accessTokenOrder), args(first, after, last, before))
}

func (r *Resolver) AccessToken() generated.AccessTokenResolver { return &accessTokenResolver{r} }

func (r *Resolver) Session() generated.SessionResolver { return &sessionResolver{r} }

type (
	accessTokenResolver struct{ *Resolver }
	sessionResolver     struct{ *Resolver }
)
