package roadmap

import (
	"ensemble/consultation/input"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
)

// SupportInput says whose support, of what.
type SupportInput struct {
	Commitment     string
	Organization   *string // nil for the viewer's own support
	IdempotencyKey *string
}

// AddSupportInput is the input of AddSupport.
type AddSupportInput SupportInput

// Retry implements change.Input.
func (in AddSupportInput) Retry() (string, *string) { return "addSupport", in.IdempotencyKey }

// RemoveSupportInput is the input of RemoveSupport.
type RemoveSupportInput SupportInput

// Retry implements change.Input.
func (in RemoveSupportInput) Retry() (string, *string) { return "removeSupport", in.IdempotencyKey }

// ConfirmSupportInput is the input of ConfirmSupport.
type ConfirmSupportInput SupportInput

// Retry implements change.Input.
func (in ConfirmSupportInput) Retry() (string, *string) { return "confirmSupport", in.IdempotencyKey }

// AmendedTextInput is a title and a body that belong together.
type AmendedTextInput struct {
	Title string
	Body  string
}

// AcceptAmendmentInput is the input of AcceptAmendment. Text, unless it is nil, replaces the merged text; On is then
// the id of the version that Text was written on.
type AcceptAmendmentInput struct {
	Amendment      string
	Text           *AmendedTextInput
	On             *string
	Reason         string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in AcceptAmendmentInput) Retry() (string, *string) { return "acceptAmendment", in.IdempotencyKey }

// CreateCommitmentInput is the input of CreateCommitment.
type CreateCommitmentInput struct {
	ID             *string // that the client has chosen; nil for a new one
	Process        string
	Axis           string
	Territories    []string
	Title          []*input.TextInput
	Body           []*input.TextInput
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in CreateCommitmentInput) Retry() (string, *string) {
	return "createCommitment", in.IdempotencyKey
}

// ReviseCommitmentInput is the input of ReviseCommitment.
type ReviseCommitmentInput struct {
	Commitment     string
	Base           string
	Title          []*input.TextInput
	Body           []*input.TextInput
	Axis           *string
	Territories    []string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in ReviseCommitmentInput) Retry() (string, *string) {
	return "reviseCommitment", in.IdempotencyKey
}

// PostCommentInput is the input of PostComment.
type PostCommentInput struct {
	ID             *string // that the client has chosen; nil for a new one
	Subject        string
	Parent         *string
	Body           string
	Alignment      *comment.Alignment
	Language       *string
	Organization   *string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in PostCommentInput) Retry() (string, *string) { return "postComment", in.IdempotencyKey }

// DraftAmendmentInput is the input of DraftAmendment. A text that is nil is taken from the base; a base that is nil is
// the current version.
type DraftAmendmentInput struct {
	ID             *string // that the client has chosen; nil for a new one
	Commitment     string
	Base           *string
	Language       *string
	Title          *string
	Body           *string
	Rationale      string
	Organization   *string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in DraftAmendmentInput) Retry() (string, *string) { return "draftAmendment", in.IdempotencyKey }

// EditAmendmentDraftInput is the input of EditAmendmentDraft.
type EditAmendmentDraftInput struct {
	Amendment string
	DraftChange
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in EditAmendmentDraftInput) Retry() (string, *string) {
	return "editAmendmentDraft", in.IdempotencyKey
}

// DeleteAmendmentDraftInput is the input of DeleteAmendmentDraft.
type DeleteAmendmentDraftInput struct {
	Amendment      string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in DeleteAmendmentDraftInput) Retry() (string, *string) {
	return "deleteAmendmentDraft", in.IdempotencyKey
}

// SubmitAmendmentInput is the input of SubmitAmendment.
type SubmitAmendmentInput struct {
	Amendment      string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in SubmitAmendmentInput) Retry() (string, *string) { return "submitAmendment", in.IdempotencyKey }

// WithdrawAmendmentInput is the input of WithdrawAmendment.
type WithdrawAmendmentInput struct {
	Amendment      string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in WithdrawAmendmentInput) Retry() (string, *string) {
	return "withdrawAmendment", in.IdempotencyKey
}

// RejectAmendmentInput is the input of RejectAmendment.
type RejectAmendmentInput struct {
	Amendment      string
	Reason         string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in RejectAmendmentInput) Retry() (string, *string) { return "rejectAmendment", in.IdempotencyKey }

// PromoteAmendmentInput is the input of PromoteAmendment.
type PromoteAmendmentInput struct {
	Amendment      string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in PromoteAmendmentInput) Retry() (string, *string) {
	return "promoteAmendment", in.IdempotencyKey
}

// EditCommentInput is the input of EditComment.
type EditCommentInput struct {
	Comment        string
	Body           string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in EditCommentInput) Retry() (string, *string) { return "editComment", in.IdempotencyKey }

// DeleteCommentInput is the input of DeleteComment.
type DeleteCommentInput struct {
	Comment        string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in DeleteCommentInput) Retry() (string, *string) { return "deleteComment", in.IdempotencyKey }

// VoteCommentInput is the input of VoteComment.
type VoteCommentInput struct {
	Comment        string
	Value          int
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in VoteCommentInput) Retry() (string, *string) { return "voteComment", in.IdempotencyKey }

// PublishCommitmentInput is the input of PublishCommitment.
type PublishCommitmentInput struct {
	Commitment     string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in PublishCommitmentInput) Retry() (string, *string) {
	return "publishCommitment", in.IdempotencyKey
}

// ChangeCommitmentStatusInput is the input of ChangeCommitmentStatus.
type ChangeCommitmentStatusInput struct {
	Commitment     string
	Status         commitment.Status
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in ChangeCommitmentStatusInput) Retry() (string, *string) {
	return "changeCommitmentStatus", in.IdempotencyKey
}

// WithdrawCommitmentInput is the input of WithdrawCommitment.
type WithdrawCommitmentInput struct {
	Commitment     string
	IdempotencyKey *string
}

// Retry implements change.Input.
func (in WithdrawCommitmentInput) Retry() (string, *string) {
	return "withdrawCommitment", in.IdempotencyKey
}
