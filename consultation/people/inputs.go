package people

import "time"

// SiteAdminInput names somebody, by id or by nickname, and says why they are to be a site administrator, or not any
// more.
type SiteAdminInput struct {
	User           *string
	Nickname       *string
	Reason         string
	IdempotencyKey *string
}

// GrantSiteAdminInput is the input of GrantSiteAdmin.
type GrantSiteAdminInput SiteAdminInput

// Retry implements change.Input.
func (in GrantSiteAdminInput) Retry() (string, *string) { return "grantSiteAdmin", in.IdempotencyKey }

// RevokeSiteAdminInput is the input of RevokeSiteAdmin.
type RevokeSiteAdminInput SiteAdminInput

// Retry implements change.Input.
func (in RevokeSiteAdminInput) Retry() (string, *string) { return "revokeSiteAdmin", in.IdempotencyKey }

// SignUpInput is the input of SignUp.
type SignUpInput struct {
	Email    string
	Name     string
	Nickname string
	Password string
	Language *string
	Terms    *string // version of the terms of use that the person accepts
}

// CreateAccessTokenInput is the input of CreateAccessToken.
type CreateAccessTokenInput struct {
	Name      string
	Scopes    []string // the Scope constants of package permission; read is always one of them
	ExpiresAt time.Time
	Password  *string // of the account, if it has one
}

// SignInInput is the input of SignIn.
type SignInInput struct {
	Email    string
	Password string
}

// SignOutInput is the input of SignOut.
type SignOutInput struct {
	Everywhere bool
}

// RequestEmailConfirmationInput is the input of RequestEmailConfirmation.
type RequestEmailConfirmationInput struct {
	Email string
}

// ConfirmEmailInput is the input of ConfirmEmail.
type ConfirmEmailInput struct {
	Token string
}

// RequestEmailChangeInput is the input of RequestEmailChange.
type RequestEmailChangeInput struct {
	Email    string
	Password string
}

// ChangePasswordInput is the input of ChangePassword.
type ChangePasswordInput struct {
	CurrentPassword  string
	NewPassword      string
	UnlinkIdentities bool
}

// RequestPasswordResetInput is the input of RequestPasswordReset.
type RequestPasswordResetInput struct {
	Email string
}

// ResetPasswordInput is the input of ResetPassword.
type ResetPasswordInput struct {
	Token            string
	Password         string
	UnlinkIdentities bool
}

// EndSessionInput is the input of EndSession.
type EndSessionInput struct {
	Session string
}

// RevokeAccessTokenInput is the input of RevokeAccessToken.
type RevokeAccessTokenInput struct {
	AccessToken string
}

// UnlinkIdentityInput is the input of UnlinkIdentity.
type UnlinkIdentityInput struct {
	Identity string
}

// AcceptTermsInput is the input of AcceptTerms.
type AcceptTermsInput struct {
	Version string
}

// UpdateAccountInput is the input of UpdateAccount. A field that is nil changes nothing.
type UpdateAccountInput struct {
	Name     *string
	Nickname *string
	Language *string
}
