package consultation_test

import (
	"context"
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

// Shorthands for what many tests begin with. What is done here must succeed.

// The text of a commitment: three paragraphs, to be amended apart.
const (
	someTitle = "Un comité par département"
	someBody  = "Le comité se réunit deux fois par an.\n\nIl publie ses comptes rendus.\n\nSon budget est de dix mille euros."
)

func (w *world) commitment(t testing.TB) *ent.Commitment {
	t.Helper()
	return w.Commitment(t, someTitle, someBody)
}

// draft begins an amendment that replaces a part of the body.
func (w *world) draft(t testing.TB, p *testsite.Person, c *ent.Commitment, part, by string) *ent.Amendment {
	t.Helper()
	return got(w.DraftAmendment(as(t, p), roadmap.DraftAmendmentInput{
		Commitment: c.ID, Body: ptr(strings.Replace(someBody, part, by, 1)),
	}))(t)
}

// submitted is a draft that was submitted.
func (w *world) submitted(t testing.TB, p *testsite.Person, c *ent.Commitment, part, by string) *ent.Amendment {
	t.Helper()
	return got(w.SubmitAmendment(as(t, p), roadmap.SubmitAmendmentInput{Amendment: w.draft(t, p, c, part, by).ID}))(t)
}

// accept accepts an amendment as it is.
func (w *world) accept(t testing.TB, a *ent.Amendment) *ent.Amendment {
	t.Helper()
	return got(w.AcceptAmendment(as(t, w.Steering), roadmap.AcceptAmendmentInput{Amendment: a.ID}))(t)
}

func (w *world) reject(t testing.TB, a *ent.Amendment) *ent.Amendment {
	t.Helper()
	return got(w.RejectAmendment(as(t, w.Steering), roadmap.RejectAmendmentInput{Amendment: a.ID, Reason: "Hors sujet."}))(t)
}

// revise writes the next version, in French, by replacing a part of the body.
func (w *world) revise(t testing.TB, c *ent.Commitment, part, by string) *ent.Commitment {
	t.Helper()
	c = w.now(t, c)
	v := w.version(t, c)
	return got(w.ReviseCommitment(as(t, w.Steering), roadmap.ReviseCommitmentInput{
		Commitment: c.ID, Base: c.VersionID, Body: french(strings.Replace(v.Body["fr"], part, by, 1)),
	}))(t)
}

// move changes the status of a public commitment, whatever the path.
func (w *world) move(t testing.TB, c *ent.Commitment, to commitment.Status) {
	t.Helper()
	if to == commitment.StatusWITHDRAWN {
		must(t, only(w.WithdrawCommitment(as(t, w.Steering), roadmap.WithdrawCommitmentInput{Commitment: c.ID})))
		return
	}
	must(t, only(w.ChangeCommitmentStatus(as(t, w.Steering), roadmap.ChangeCommitmentStatusInput{Commitment: c.ID, Status: to})))
}

// closePhase ends the world's only phase now.
func (w *world) closePhase(t testing.TB) {
	t.Helper()
	must(t, only(w.UpdatePhase(as(t, w.Admin), processes.UpdatePhaseInput{Phase: w.Phase.ID, PhaseSettings: processes.PhaseSettings{ClosesAt: ptr(w.Now())}})))
}

// unverified is an organization that nobody has verified, for which p signs.
func (w *world) unverified(t testing.TB, p *testsite.Person) *ent.Organization {
	t.Helper()
	g := w.NewOrganization(t, "Association nouvelle", false)
	w.Member(t, g, p, membership.RoleOWNER)
	return g
}

// now reads a commitment again; current reads an amendment, reread a comment.
func (w *world) now(t testing.TB, c *ent.Commitment) *ent.Commitment {
	t.Helper()
	return got(w.Read.Commitment.Get(t.Context(), c.ID))(t)
}

func (w *world) current(t testing.TB, a *ent.Amendment) *ent.Amendment {
	t.Helper()
	return got(w.Read.Amendment.Get(t.Context(), a.ID))(t)
}

func (w *world) reread(t testing.TB, m *ent.Comment) *ent.Comment {
	t.Helper()
	return got(w.Read.Comment.Get(t.Context(), m.ID))(t)
}

// version is the current one of a commitment.
func (w *world) version(t testing.TB, c *ent.Commitment) *ent.Version {
	t.Helper()
	return got(w.Read.Version.Get(t.Context(), w.now(t, c).VersionID))(t)
}

// french is an official text in French only.
func french(text string) []*input.TextInput {
	return []*input.TextInput{{Language: "fr", Text: text}}
}

// inState compares an amendment's state with what it must be.
func (w *world) inState(t testing.TB, a *ent.Amendment, want amendment.State) {
	t.Helper()
	if state := w.current(t, a).State; state != want {
		t.Errorf("the amendment is %s, want %s", state, want)
	}
}

// refusedCase is a case of a table: what p tries, and what it is refused with.
type refusedCase struct {
	name  string
	p     *testsite.Person // nil: nobody
	code  refusal.Code
	field string
	do    func(ctx context.Context) error
}

// refusals tries each case; none may change anything.
func (w *world) refusals(t *testing.T, cases []refusedCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w.refused(t, c.code, c.field, func() error { return c.do(as(t, c.p)) })
		})
	}
}
