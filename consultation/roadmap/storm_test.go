package roadmap_test

import (
	"context"
	"fmt"
	rand "math/rand/v2"
	"testing"

	"ensemble/auth"
	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// storm makes the calls of TestEverythingAtOnce, which are drawn from all the mutations that touch the rows of a
// commitment or of a process.
type storm struct {
	w       *scene.World
	t       *testing.T
	people  []context.Context
	steerer context.Context
	admin   context.Context
	acts    []act
}

// act is a call that is drawn, and its name in messages.
type act struct {
	name string
	do   func(*rand.Rand) error
}

// newStorm makes six people, two public commitments with a comment each and one draft, for the calls to work on.
func newStorm(t *testing.T, w *scene.World) *storm {
	s := &storm{w: w, t: t, steerer: scene.As(t, w.Steering), admin: scene.As(t, w.Admin)}
	for _, p := range w.Crowd(t, 6) {
		s.people = append(s.people, scene.As(t, p))
	}

	for i := range 3 {
		c := w.Draft(t, scene.SomeTitle, scene.SomeBody)
		if i < 2 {
			testsite.Must(t, scene.Only(w.PublishCommitment(s.steerer,
				roadmap.PublishCommitmentInput{Commitment: c.ID})))
			w.Comment(t, w.Alice, c.ID, "0")
		}
	}

	s.acts = []act{
		{"post", s.post}, {"reply", s.reply}, {"edit", s.edit}, {"delete", s.drop}, {"vote", s.vote},
		{"support", s.support}, {"draft", s.draft}, {"edit draft", s.editDraft},
		{"submit", s.submit}, {"withdraw", s.withdraw},
		{"accept", s.accept}, {"reject", s.reject}, {"promote", s.promote}, {"revise", s.revise}, {"move", s.move},
		{"create", s.create}, {"publish", s.publish}, {"axes", s.axes}, {"configure", s.configure}, {"round", s.round},
	}
	return s
}

// pick draws an act: its name, and what makes the call.
func (s *storm) pick(r *rand.Rand) (string, func(*rand.Rand) error) {
	a := s.acts[r.IntN(len(s.acts))]
	return a.name, a.do
}

// person draws one of the people.
func (s *storm) person(r *rand.Rand) context.Context { return s.people[r.IntN(len(s.people))] }

// oneOf draws one of the rows that were read, or the zero value when there are none or reading failed.
func oneOf[T any](r *rand.Rand, rows []T, err error) (T, error) {
	var none T
	if err != nil || len(rows) == 0 {
		return none, err
	}
	return rows[r.IntN(len(rows))], nil
}

// commitment draws a commitment.
func (s *storm) commitment(r *rand.Rand) *ent.Commitment {
	rows, err := s.w.Read.Commitment.Query().Limit(6).All(s.t.Context())
	c, err := oneOf(r, rows, err)
	if err != nil {
		s.t.Error(err)
	}
	return c
}

// subject draws what a comment is about: a commitment, or an amendment.
func (s *storm) subject(r *rand.Rand) string {
	if a, err := s.amendment(r); r.IntN(2) == 0 && err == nil && a != nil {
		return a.ID
	}
	return s.commitment(r).ID
}

// amendment draws an amendment; nil when there is none.
func (s *storm) amendment(r *rand.Rand) (*ent.Amendment, error) {
	rows, err := s.w.Read.Amendment.Query().All(s.t.Context())
	return oneOf(r, rows, err)
}

// personOr draws who acts on something: its author three times out of four, and anybody otherwise.
func (s *storm) personOr(r *rand.Rand, author string) context.Context {
	for _, ctx := range s.people {
		if auth.ViewerFrom(ctx).UserID == author && r.IntN(4) > 0 {
			return ctx
		}
	}
	return s.person(r)
}

// onAmendment acts on an amendment that is drawn, mostly as its author. Without an amendment it does nothing.
func (s *storm) onAmendment(r *rand.Rand, do func(ctx context.Context, a *ent.Amendment) error) error {
	a, err := s.amendment(r)
	if err != nil || a == nil {
		return err
	}
	return do(s.personOr(r, a.AuthorID), a)
}

// onComment acts on a comment that is drawn, mostly as its author. Without a comment it does nothing.
func (s *storm) onComment(r *rand.Rand, do func(ctx context.Context, m *ent.Comment) error) error {
	rows, err := s.w.Read.Comment.Query().All(s.t.Context())
	m, err := oneOf(r, rows, err)
	if err != nil || m == nil {
		return err
	}
	return do(s.personOr(r, m.AuthorID), m)
}

func (s *storm) post(r *rand.Rand) error {
	return s.w.TryComment(s.person(r), roadmap.PostCommentInput{Subject: s.subject(r), Body: "x"})
}

func (s *storm) reply(r *rand.Rand) error {
	return s.onComment(r, func(ctx context.Context, m *ent.Comment) error {
		return s.w.TryComment(ctx, roadmap.PostCommentInput{Subject: m.SubjectID, Parent: &m.ID, Body: "x"})
	})
}

func (s *storm) edit(r *rand.Rand) error {
	return s.onComment(r, func(ctx context.Context, m *ent.Comment) error {
		return scene.Only(s.w.EditComment(ctx, roadmap.EditCommentInput{Comment: m.ID, Body: fmt.Sprint(r.IntN(100))}))
	})
}

func (s *storm) drop(r *rand.Rand) error {
	return s.onComment(r, func(ctx context.Context, m *ent.Comment) error {
		return scene.Only(s.w.DeleteComment(ctx, roadmap.DeleteCommentInput{Comment: m.ID}))
	})
}

func (s *storm) vote(r *rand.Rand) error {
	return s.onComment(r, func(ctx context.Context, m *ent.Comment) error {
		return scene.Only(s.w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: m.ID, Value: r.IntN(3) - 1}))
	})
}

func (s *storm) support(r *rand.Rand) error {
	ctx, in := s.person(r), roadmap.SupportInput{Commitment: s.commitment(r).ID}
	switch r.IntN(3) {
	case 0:
		return scene.Only(s.w.RemoveSupport(ctx, roadmap.RemoveSupportInput(in)))
	case 1:
		return scene.Only(s.w.ConfirmSupport(ctx, roadmap.ConfirmSupportInput(in)))
	}
	return scene.Only(s.w.AddSupport(ctx, roadmap.AddSupportInput(in)))
}

func (s *storm) draft(r *rand.Rand) error {
	return scene.Only(s.w.DraftAmendment(s.person(r), roadmap.DraftAmendmentInput{
		Commitment: s.commitment(r).ID, Title: scene.Ptr(fmt.Sprint("Titre ", r.IntN(100))),
	}))
}

func (s *storm) editDraft(r *rand.Rand) error {
	return s.onAmendment(r, func(ctx context.Context, a *ent.Amendment) error {
		body := fmt.Sprint("Texte ", r.IntN(100))
		return tryEdit(ctx, s.w, a.ID, roadmap.DraftChange{Body: &body})
	})
}

func (s *storm) submit(r *rand.Rand) error {
	return s.onAmendment(r, func(ctx context.Context, a *ent.Amendment) error {
		return scene.Only(s.w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: a.ID}))
	})
}

func (s *storm) withdraw(r *rand.Rand) error {
	return s.onAmendment(r, func(ctx context.Context, a *ent.Amendment) error {
		return scene.Only(s.w.WithdrawAmendment(ctx, roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
	})
}

func (s *storm) accept(r *rand.Rand) error {
	return s.onAmendment(r, func(_ context.Context, a *ent.Amendment) error {
		return scene.Only(s.w.AcceptAmendment(s.steerer, roadmap.AcceptAmendmentInput{Amendment: a.ID}))
	})
}

func (s *storm) reject(r *rand.Rand) error {
	return s.onAmendment(r, func(_ context.Context, a *ent.Amendment) error {
		return scene.Only(s.w.RejectAmendment(s.steerer, roadmap.RejectAmendmentInput{Amendment: a.ID, Reason: "Non."}))
	})
}

// promote promotes a rejected amendment that is drawn, mostly as its author.
func (s *storm) promote(r *rand.Rand) error {
	rows, err := s.w.Read.Amendment.Query().Where(amendment.StateEQ(amendment.StateREJECTED)).All(s.t.Context())
	a, err := oneOf(r, rows, err)
	if err != nil || a == nil {
		return err
	}
	return scene.Only(s.w.PromoteAmendment(s.personOr(r, a.AuthorID), roadmap.PromoteAmendmentInput{Amendment: a.ID}))
}

func (s *storm) revise(r *rand.Rand) error {
	c := s.commitment(r)
	return scene.Only(s.w.ReviseCommitment(s.steerer, roadmap.ReviseCommitmentInput{
		Commitment: c.ID, Base: c.VersionID, Axis: &c.AxisID, Title: scene.French(fmt.Sprint("Titre ", r.IntN(100))),
	}))
}

func (s *storm) move(r *rand.Rand) error {
	to := []commitment.Status{commitment.StatusUNDER_REVIEW, commitment.StatusOPEN, commitment.StatusOPEN}[r.IntN(3)]
	return scene.Only(s.w.ChangeCommitmentStatus(s.steerer, roadmap.ChangeCommitmentStatusInput{
		Commitment: s.commitment(r).ID, Status: to,
	}))
}

func (s *storm) create(*rand.Rand) error {
	return scene.Only(s.w.CreateCommitment(s.steerer, newCommitment(s.w)))
}

func (s *storm) publish(r *rand.Rand) error {
	return scene.Only(s.w.PublishCommitment(s.steerer, roadmap.PublishCommitmentInput{Commitment: s.commitment(r).ID}))
}

// axes makes an axis, moves one to the first place, or deletes one.
func (s *storm) axes(r *rand.Rand) error {
	rows, err := s.w.Read.Axis.Query().All(s.t.Context())
	a, err := oneOf(r, rows, err)
	if err != nil {
		return err
	}

	switch r.IntN(3) {
	case 0:
		return scene.Only(s.w.CreateAxis(s.admin,
			processes.CreateAxisInput{Process: s.w.Process.ID, Title: scene.French("A")}))
	case 1:
		return scene.Only(s.w.UpdateAxis(s.admin, processes.UpdateAxisInput{Axis: a.ID, Position: scene.Ptr(1)}))
	}
	return scene.Only(s.w.DeleteAxis(s.admin, processes.DeleteAxisInput{Axis: a.ID}))
}

// configure changes how many amendments a person may have under evaluation on one commitment.
func (s *storm) configure(r *rand.Rand) error {
	return scene.Only(s.w.UpdateProcess(s.admin, processes.UpdateProcessInput{
		Process: s.w.Process.ID, EvaluatingLimit: scene.Ptr(1 + r.IntN(3)),
	}))
}

func (s *storm) round(*rand.Rand) error {
	return s.w.Jobs.Do(s.t.Context(), "announce phases", "compare amendments")
}
