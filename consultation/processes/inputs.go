package processes

import (
	"ensemble/consultation/input"
	"ensemble/ent/process"
	"ensemble/ent/role"
)

// RoleInput names somebody, by id or by nickname, a role in a process, and says why they are to have it, or not any
// more.
type RoleInput struct {
	Process        string
	User           *string
	Nickname       *string
	Role           role.Name
	Reason         string
	IdempotencyKey *string
}

// GrantRoleInput is the input of GrantRole.
type GrantRoleInput RoleInput

// Retry implements change.Input.
func (in GrantRoleInput) Retry() (string, *string) { return "grantRole", in.IdempotencyKey }

// RevokeRoleInput is the input of RevokeRole.
type RevokeRoleInput RoleInput

// Retry implements change.Input.
func (in RevokeRoleInput) Retry() (string, *string) { return "revokeRole", in.IdempotencyKey }

// CreateProcessInput is the input of CreateProcess.
type CreateProcessInput struct {
	Slug             string
	Languages        []string
	Title            []*input.TextInput
	Description      []*input.TextInput
	ReferencePrefix  *string
	CommentMaxLength int
	EvaluatingLimit  int
	ReportsToHide    int
	LinkLimit        int
	HoldsRepeats     bool
	HeldWords        []string
	PreModeration    process.PreModeration // NONE when empty
	IdempotencyKey   *string
}

// Retry implements change.Input.
func (in CreateProcessInput) Retry() (string, *string) { return "createProcess", in.IdempotencyKey }

// UpdateProcessInput is the input of UpdateProcess.
type UpdateProcessInput struct {
	Process          string
	Title            []*input.TextInput
	Description      []*input.TextInput
	Languages        []string
	CommentMaxLength *int
	EvaluatingLimit  *int
	ReportsToHide    *int
	LinkLimit        *int
	HoldsRepeats     *bool
	HeldWords        []string // nil: they stay
	PreModeration    *process.PreModeration
	IdempotencyKey   *string
}

// Retry implements change.Input.
func (in UpdateProcessInput) Retry() (string, *string) { return "updateProcess", in.IdempotencyKey }

// CreateAxisInput is the input of CreateAxis.
type CreateAxisInput struct {
	Process        string
	Title          []*input.TextInput
	Description    []*input.TextInput
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in CreateAxisInput) Retry() (string, *string) { return "createAxis", in.IdempotencyKey }

// UpdateAxisInput is the input of UpdateAxis.
type UpdateAxisInput struct {
	Axis           string
	Title          []*input.TextInput
	Description    []*input.TextInput
	Position       *int
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in UpdateAxisInput) Retry() (string, *string) { return "updateAxis", in.IdempotencyKey }

// DeleteAxisInput is the input of DeleteAxis.
type DeleteAxisInput struct {
	Axis           string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in DeleteAxisInput) Retry() (string, *string) { return "deleteAxis", in.IdempotencyKey }

// CreatePhaseInput is the input of CreatePhase.
type CreatePhaseInput struct {
	Process string
	PhaseSettings
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in CreatePhaseInput) Retry() (string, *string) { return "createPhase", in.IdempotencyKey }

// UpdatePhaseInput is the input of UpdatePhase.
type UpdatePhaseInput struct {
	Phase string
	PhaseSettings
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in UpdatePhaseInput) Retry() (string, *string) { return "updatePhase", in.IdempotencyKey }

// DeletePhaseInput is the input of DeletePhase.
type DeletePhaseInput struct {
	Phase          string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in DeletePhaseInput) Retry() (string, *string) { return "deletePhase", in.IdempotencyKey }

// PublishProcessInput is the input of PublishProcess.
type PublishProcessInput struct {
	Process        string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in PublishProcessInput) Retry() (string, *string) { return "publishProcess", in.IdempotencyKey }
