package scene

import (
	"context"
	"errors"
	"strings"
	"testing"

	"ensemble/consultation/input"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/membership"
	"ensemble/internal/testsite"
)

// TryComment posts a comment and returns only the error.
func (w *World) TryComment(ctx context.Context, in roadmap.PostCommentInput) error {
	return Only(w.PostComment(ctx, in))
}

// Reply posts an answer of Bob's to a comment.
func (w *World) Reply(t testing.TB, to *ent.Comment, body string) *ent.Comment {
	t.Helper()
	return w.Answer(t, w.Bob, to, body)
}

// SomeTitle and SomeBody are the text of a commitment. It has three paragraphs, which can be amended apart.
const (
	SomeTitle = "Un comité par département"
	SomeBody  = "Le comité se réunit deux fois par an.\n\nIl publie ses comptes rendus.\n\nSon budget est de dix mille euros."
)

// SomeCommitment publishes a commitment with SomeTitle and SomeBody.
func (w *World) SomeCommitment(t testing.TB) *ent.Commitment {
	t.Helper()
	return w.Commitment(t, SomeTitle, SomeBody)
}

// DraftOf drafts an amendment that replaces a part of SomeBody.
func (w *World) DraftOf(t testing.TB, p *testsite.Person, c *ent.Commitment, part, by string) *ent.Amendment {
	t.Helper()
	return testsite.Got(w.DraftAmendment(As(t, p), roadmap.DraftAmendmentInput{
		Commitment: c.ID, Body: Ptr(strings.Replace(SomeBody, part, by, 1)),
	}))(t)
}

// Submitted submits an amendment that replaces a part of SomeBody.
func (w *World) Submitted(t testing.TB, p *testsite.Person, c *ent.Commitment, part, by string) *ent.Amendment {
	t.Helper()
	draft := w.DraftOf(t, p, c, part, by)
	return testsite.Got(w.SubmitAmendment(As(t, p), roadmap.SubmitAmendmentInput{Amendment: draft.ID}))(t)
}

// Accept accepts an amendment as it is.
func (w *World) Accept(t testing.TB, a *ent.Amendment) *ent.Amendment {
	t.Helper()
	return testsite.Got(w.AcceptAmendment(As(t, w.Steering), roadmap.AcceptAmendmentInput{Amendment: a.ID}))(t)
}

// Reject rejects an amendment.
func (w *World) Reject(t testing.TB, a *ent.Amendment) *ent.Amendment {
	t.Helper()
	return testsite.Got(w.RejectAmendment(As(t, w.Steering), roadmap.RejectAmendmentInput{
		Amendment: a.ID, Reason: "Hors sujet.",
	}))(t)
}

// Revise writes the next version of a commitment, in French, by replacing a part of the body.
func (w *World) Revise(t testing.TB, c *ent.Commitment, part, by string) *ent.Commitment {
	t.Helper()
	c = w.CommitmentNow(t, c)
	v := w.VersionNow(t, c)
	return testsite.Got(w.ReviseCommitment(As(t, w.Steering), roadmap.ReviseCommitmentInput{
		Commitment: c.ID, Base: c.VersionID, Body: French(strings.Replace(v.Body["fr"], part, by, 1)),
	}))(t)
}

// Move changes the status of a public commitment by the mutation that leads there.
func (w *World) Move(t testing.TB, c *ent.Commitment, to commitment.Status) {
	t.Helper()
	if to == commitment.StatusWITHDRAWN {
		in := roadmap.WithdrawCommitmentInput{Commitment: c.ID}
		testsite.Must(t, Only(w.WithdrawCommitment(As(t, w.Steering), in)))
		return
	}
	in := roadmap.ChangeCommitmentStatusInput{Commitment: c.ID, Status: to}
	testsite.Must(t, Only(w.ChangeCommitmentStatus(As(t, w.Steering), in)))
}

// ClosePhase ends the world's only phase now.
func (w *World) ClosePhase(t testing.TB) {
	t.Helper()
	testsite.Must(t, Only(w.UpdatePhase(As(t, w.Admin), processes.UpdatePhaseInput{
		Phase: w.Phase.ID, PhaseSettings: processes.PhaseSettings{ClosesAt: Ptr(w.Now())},
	})))
}

// Unverified makes an organization that nobody has verified, and that p owns.
func (w *World) Unverified(t testing.TB, p *testsite.Person) *ent.Organization {
	t.Helper()
	g := w.NewOrganization(t, "Association nouvelle", false)
	w.Member(t, g, p, membership.RoleOWNER)
	return g
}

// CommitmentNow reads a commitment again.
func (w *World) CommitmentNow(t testing.TB, c *ent.Commitment) *ent.Commitment {
	t.Helper()
	return testsite.Got(w.Read.Commitment.Get(t.Context(), c.ID))(t)
}

// AmendmentNow reads an amendment again.
func (w *World) AmendmentNow(t testing.TB, a *ent.Amendment) *ent.Amendment {
	t.Helper()
	return testsite.Got(w.Read.Amendment.Get(t.Context(), a.ID))(t)
}

// CommentNow reads a comment again.
func (w *World) CommentNow(t testing.TB, m *ent.Comment) *ent.Comment {
	t.Helper()
	return testsite.Got(w.Read.Comment.Get(t.Context(), m.ID))(t)
}

// VersionNow reads the current version of a commitment.
func (w *World) VersionNow(t testing.TB, c *ent.Commitment) *ent.Version {
	t.Helper()
	return testsite.Got(w.Read.Version.Get(t.Context(), w.CommitmentNow(t, c).VersionID))(t)
}

// French returns an official text in French only.
func French(text string) []*input.TextInput {
	return []*input.TextInput{{Language: "fr", Text: text}}
}

// InState compares an amendment's state with what it must be.
func (w *World) InState(t testing.TB, a *ent.Amendment, want amendment.State) {
	t.Helper()
	if state := w.AmendmentNow(t, a).State; state != want {
		t.Errorf("the amendment is %s, want %s", state, want)
	}
}

// RefusedCase is a case of a table: what p tries, and how it is refused.
type RefusedCase struct {
	Name  string
	P     *testsite.Person // nil is nobody
	Code  refusal.Code
	Field string
	Do    func(ctx context.Context) error
}

// Refusals tries each case. Each must be refused, and none may change anything.
func (w *World) Refusals(t *testing.T, cases []RefusedCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			w.Refused(t, c.Code, c.Field, func() error { return c.Do(As(t, c.P)) })
		})
	}
}

// NewSupport adds a support, which must be new.
func (w *World) NewSupport(t testing.TB, ctx context.Context, c *ent.Commitment, organization *string) *ent.Support {
	t.Helper()
	return testsite.Got(w.AddSupport(ctx, roadmap.AddSupportInput{Commitment: c.ID, Organization: organization}))(t)
}

// Case returns a RefusedCase: p tries do, which is refused with the code on the input named field.
func Case(
	name string, p *testsite.Person, code refusal.Code, field string, do func(ctx context.Context) error,
) RefusedCase {
	return RefusedCase{name, p, code, field, do}
}

// LimitedBy returns which limit refused something, and after how many seconds to come back; nothing for another error.
func LimitedBy(err error) (name string, after int) {
	e, ok := errors.AsType[*refusal.Error](err)
	if !ok || e.Code != refusal.RateLimited {
		return "", 0
	}
	name, _ = e.Details["limit"].(string)
	after, _ = e.Details["retryAfter"].(int)
	return name, after
}
