package organizations

import (
	"ensemble/ent/membership"
	"ensemble/ent/organization"
)

// CreateOrganizationInput is the input of CreateOrganization.
type CreateOrganizationInput struct {
	Name           string
	Kind           organization.Kind
	Territory      *string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in CreateOrganizationInput) Retry() (string, *string) {
	return "createOrganization", in.IdempotencyKey
}

// UpdateOrganizationInput is the input of UpdateOrganization. A field that is nil changes nothing.
type UpdateOrganizationInput struct {
	Organization   string
	Name           *string
	Kind           *organization.Kind
	Territory      *string
	Nowhere        bool // takes the territory away
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in UpdateOrganizationInput) Retry() (string, *string) {
	return "updateOrganization", in.IdempotencyKey
}

// InviteMemberInput is the input of InviteMember.
type InviteMemberInput struct {
	Organization   string
	Email          *string
	Nickname       *string
	Role           membership.Role
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in InviteMemberInput) Retry() (string, *string) { return "inviteMember", in.IdempotencyKey }

// AcceptInvitationInput is the input of AcceptInvitation.
type AcceptInvitationInput struct {
	Answer
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in AcceptInvitationInput) Retry() (string, *string) {
	return "acceptInvitation", in.IdempotencyKey
}

// DeclineInvitationInput is the input of DeclineInvitation.
type DeclineInvitationInput struct {
	Answer
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in DeclineInvitationInput) Retry() (string, *string) {
	return "declineInvitation", in.IdempotencyKey
}

// CancelInvitationInput is the input of CancelInvitation.
type CancelInvitationInput struct {
	Invitation     string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in CancelInvitationInput) Retry() (string, *string) {
	return "cancelInvitation", in.IdempotencyKey
}

// ChangeMemberRoleInput is the input of ChangeMemberRole.
type ChangeMemberRoleInput struct {
	Membership     string
	Role           membership.Role
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in ChangeMemberRoleInput) Retry() (string, *string) {
	return "changeMemberRole", in.IdempotencyKey
}

// RemoveMemberInput is the input of RemoveMember.
type RemoveMemberInput struct {
	Membership     string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in RemoveMemberInput) Retry() (string, *string) { return "removeMember", in.IdempotencyKey }

// LeaveOrganizationInput is the input of LeaveOrganization.
type LeaveOrganizationInput struct {
	Organization   string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in LeaveOrganizationInput) Retry() (string, *string) {
	return "leaveOrganization", in.IdempotencyKey
}

// TransferOrganizationInput is the input of TransferOrganization.
type TransferOrganizationInput struct {
	Organization   string
	To             string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in TransferOrganizationInput) Retry() (string, *string) {
	return "transferOrganization", in.IdempotencyKey
}

// VerifyOrganizationInput is the input of VerifyOrganization.
type VerifyOrganizationInput struct {
	Organization   string
	Reason         string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in VerifyOrganizationInput) Retry() (string, *string) {
	return "verifyOrganization", in.IdempotencyKey
}

// UnverifyOrganizationInput is the input of UnverifyOrganization.
type UnverifyOrganizationInput VerifyOrganizationInput

// Retry implements change.Input.
func (in UnverifyOrganizationInput) Retry() (string, *string) {
	return "unverifyOrganization", in.IdempotencyKey
}
