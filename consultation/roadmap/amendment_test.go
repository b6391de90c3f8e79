package roadmap_test

import (
	"context"
	"testing"
	"time"

	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// submitSigned submits an amendment that the signatory writes in the name of the organization.
func submitSigned(t testing.TB, w *scene.World, c *ent.Commitment, part, by string) *ent.Amendment {
	t.Helper()
	a := w.DraftOf(t, w.Signatory, c, part, by)
	testsite.Must(t, tryEdit(scene.As(t, w.Signatory), w, a.ID, roadmap.DraftChange{Organization: &w.Organization.ID}))
	return testsite.Got(w.SubmitAmendment(scene.As(t, w.Signatory), roadmap.SubmitAmendmentInput{Amendment: a.ID}))(t)
}

func TestSubmitAmendment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		first := w.DraftOf(t, w.Alice, c, "dix mille", "vingt mille")
		now := w.Clock.Advance(time.Hour)

		w.Announces(t, func() error {
			a, err := w.SubmitAmendment(scene.As(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: first.ID})
			if err == nil && (a.State != amendment.StateEVALUATING || !a.SubmittedAt.Equal(now) ||
				!a.UpdatedAt.Equal(now) ||
				a.MergeState != amendment.MergeStateCLEAN || a.MergeChecked != 1) {
				t.Errorf("it stands at %+v", a)
			}
			return err
		}, scene.FactOf(c.ID, live.AmendmentSubmitted, first.ID, w.Alice.ID, scene.Data{"amendmentCount": 1}))

		if active := w.CommitmentNow(t, c).ActiveAt; !active.Equal(now) {
			t.Errorf("the commitment was active at %s", active)
		}

		second := testsite.Got(w.DraftAmendment(scene.As(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: scene.Ptr("Autre"), Organization: &w.Organization.ID,
		}))(t)

		w.Announces(t, func() error {
			return scene.Only(w.SubmitAmendment(scene.As(t, w.Signatory),
				roadmap.SubmitAmendmentInput{Amendment: second.ID}))
		}, scene.FactOf(c.ID, live.AmendmentSubmitted, second.ID, w.Organization.ID, scene.Data{"amendmentCount": 2}))
	})
}

func TestSubmitAmendmentRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		mine := w.DraftOf(t, w.Alice, c, "dix mille", "vingt mille")
		submitted := w.Submitted(t, w.Bob, c, "dix mille", "cent mille")
		same := w.DraftOf(t, w.Moderator, c, "", "")

		submit := func(a *ent.Amendment) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: a.ID}))
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody", nil, refusal.Unauthenticated, "", submit(mine)),
			scene.Case("not there", w.Alice, refusal.NotFound, "amendment", submit(&ent.Amendment{ID: "x"})),
			scene.Case("a draft of somebody else", w.Bob, refusal.NotFound, "amendment", submit(mine)),
			scene.Case("a draft of somebody else, as steering body", w.Steering, refusal.NotFound,
				"amendment", submit(mine)),
			scene.Case("twice", w.Bob, refusal.Conflict, "", submit(submitted)),
			scene.Case("what somebody else submitted", w.Alice, refusal.Forbidden, "", submit(submitted)),
			scene.Case("no change", w.Moderator, refusal.BadUserInput, "amendment", submit(same)),
		})

		w.Move(t, c, commitment.StatusUNDER_REVIEW)
		w.Refusals(t, []scene.RefusedCase{scene.Case("under review", w.Alice, refusal.Closed, "", submit(mine))})

		w.Move(t, c, commitment.StatusOPEN)
		w.ClosePhase(t)
		w.Refusals(t, []scene.RefusedCase{scene.Case("closed phase", w.Alice, refusal.Closed, "", submit(mine))})
	})
}

// An amendment that differs from its base by nothing but line breaks and spaces at the ends of lines changes nothing.
func TestSubmitAmendmentIgnoresWhiteSpace(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.Commitment(t, "Titre", "Un.\n\nDeux.")
		a := testsite.Got(w.DraftAmendment(scene.As(t, w.Alice), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: scene.Ptr("  Titre "), Body: scene.Ptr("\r\nUn. \r\n\r\nDeux.\t\n\n"),
		}))(t)

		w.Refused(t, refusal.BadUserInput, "amendment", func() error {
			return scene.Only(w.SubmitAmendment(scene.As(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID}))
		})
	})
}

// Someone who lost the right to sign for an organization after drafting an amendment in its name cannot submit it,
// except in their own name.
func TestSubmitAmendmentAsksForTheSignatureAgain(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := testsite.Got(w.DraftAmendment(scene.As(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: scene.Ptr("Autre"), Organization: &w.Organization.ID,
		}))(t)

		testsite.Must(t, w.Write.Organization.UpdateOneID(w.Organization.ID).ClearVerifiedAt().Exec(t.Context()))
		w.Refused(t, refusal.Forbidden, "organization", func() error {
			return scene.Only(w.SubmitAmendment(scene.As(t, w.Signatory),
				roadmap.SubmitAmendmentInput{Amendment: a.ID}))
		})

		testsite.Must(t, tryEdit(scene.As(t, w.Signatory), w, a.ID, roadmap.DraftChange{OwnName: true}))
		testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, w.Signatory),
			roadmap.SubmitAmendmentInput{Amendment: a.ID})))
	})
}

func TestAtMostThreeAmendmentsUnderEvaluation(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, other := w.SomeCommitment(t), w.SomeCommitment(t)
		var submitted []*ent.Amendment
		for _, part := range []string{"deux fois", "publie", "dix mille"} {
			submitted = append(submitted, w.Submitted(t, w.Alice, c, part, "…"))
		}

		fourth := w.DraftOf(t, w.Alice, c, "Le comité", "Ce comité")
		again := func() error {
			return scene.Only(w.SubmitAmendment(scene.As(t, w.Alice),
				roadmap.SubmitAmendmentInput{Amendment: fourth.ID}))
		}
		if r := w.Refused(t, refusal.Conflict, "", again); r.Details["count"] != 3 {
			t.Errorf("the refusal says %v", r.Details)
		}

		// Each person may have three, on each commitment.
		w.Submitted(t, w.Bob, c, "deux fois", "trois fois")
		w.Submitted(t, w.Alice, other, "deux fois", "trois fois")

		// Those that are decided do not count.
		w.Reject(t, submitted[0])
		testsite.Must(t, again())

		// Those that are withdrawn do not count either.
		fifth := w.DraftOf(t, w.Alice, c, "an", "mois")
		submit := func() error {
			return scene.Only(w.SubmitAmendment(scene.As(t, w.Alice),
				roadmap.SubmitAmendmentInput{Amendment: fifth.ID}))
		}
		w.Refused(t, refusal.Conflict, "", submit)
		testsite.Must(t, scene.Only(w.WithdrawAmendment(
			scene.As(t, w.Alice), roadmap.WithdrawAmendmentInput{Amendment: submitted[1].ID})))
		testsite.Must(t, submit())
	})
}

func TestLimitOfAmendmentsIsTheProcesss(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		testsite.Must(t, scene.Only(w.UpdateProcess(scene.As(t, w.Admin), processes.UpdateProcessInput{
			Process: w.Process.ID, EvaluatingLimit: scene.Ptr(1),
		})))

		w.Submitted(t, w.Alice, c, "deux fois", "trois fois")
		second := w.DraftOf(t, w.Alice, c, "dix mille", "vingt mille")
		w.Refused(t, refusal.Conflict, "", func() error {
			return scene.Only(w.SubmitAmendment(scene.As(t, w.Alice),
				roadmap.SubmitAmendmentInput{Amendment: second.ID}))
		})
	})
}

func TestWithdrawAmendment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		signed := submitSigned(t, w, c, "publie", "tait")
		w.ClosePhase(t) // an author may withdraw at any time
		now := w.Clock.Advance(time.Hour)

		w.Announces(t, func() error {
			withdrawn, err := w.WithdrawAmendment(scene.As(t, w.Alice), roadmap.WithdrawAmendmentInput{Amendment: a.ID})
			if err == nil && (withdrawn.State != amendment.StateWITHDRAWN || !withdrawn.UpdatedAt.Equal(now)) {
				t.Errorf("it stands at %+v", withdrawn)
			}
			return err
		}, scene.FactOf(c.ID, live.AmendmentWithdrawn, a.ID, w.Alice.ID, nil))

		w.Announces(t, func() error {
			return scene.Only(w.WithdrawAmendment(scene.As(t, w.Signatory),
				roadmap.WithdrawAmendmentInput{Amendment: signed.ID}))
		}, scene.FactOf(c.ID, live.AmendmentWithdrawn, signed.ID, w.Organization.ID, nil))

		if c = w.CommitmentNow(t, c); c.AmendmentCount != 2 || !c.ActiveAt.Equal(now) {
			t.Errorf("the commitment has %d amendments, active %s", c.AmendmentCount, c.ActiveAt)
		}
	})
}

func TestWithdrawAmendmentRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		mine := w.DraftOf(t, w.Alice, c, "publie", "tait")
		rejected := w.Reject(t, w.Submitted(t, w.Bob, c, "publie", "tait"))
		withdraw := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return scene.Only(w.WithdrawAmendment(ctx, roadmap.WithdrawAmendmentInput{Amendment: id}))
			}
		}

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("nobody", nil, refusal.Unauthenticated, "", withdraw(a.ID)),
			scene.Case("not there", w.Alice, refusal.NotFound, "amendment", withdraw("x")),
			scene.Case("somebody else's", w.Bob, refusal.Forbidden, "", withdraw(a.ID)),
			scene.Case("somebody else's, as steering body", w.Steering, refusal.Forbidden, "", withdraw(a.ID)),
			scene.Case("somebody else's draft", w.Bob, refusal.NotFound, "amendment", withdraw(mine.ID)),
			scene.Case("a draft", w.Alice, refusal.Conflict, "", withdraw(mine.ID)),
			scene.Case("a rejected one", w.Bob, refusal.Conflict, "", withdraw(rejected.ID)),
		})
	})
}

// Once it is decided or withdrawn, an amendment never changes again, whatever anybody tries, and whatever becomes of
// the text.
func TestDecidedAmendmentsAreFrozen(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		withdrawn := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		withdrawn = testsite.Got(w.WithdrawAmendment(
			scene.As(t, w.Alice), roadmap.WithdrawAmendmentInput{Amendment: withdrawn.ID}))(t)
		rejected := w.Reject(t, w.Submitted(t, w.Alice, c, "dix mille", "trente mille"))
		accepted := w.Accept(t, w.Submitted(t, w.Alice, c, "dix mille", "cent mille"))
		w.Revise(t, c, "cent mille", "mille")

		for _, a := range []*ent.Amendment{withdrawn, rejected, accepted} {
			for name, try := range triesToChange(t, w, a) {
				t.Run(name+" "+string(a.State), func(t *testing.T) { w.Refused(t, refusal.Conflict, "", try) })
			}

			w.Idle(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") })
			if now := w.AmendmentNow(t, a); now.MergeState != a.MergeState || now.State != a.State {
				t.Errorf("%s and %s became %s and %s", a.State, a.MergeState, now.State, now.MergeState)
			}
		}
	})
}

// triesToChange are all the calls that change an amendment, by the people who may make them.
func triesToChange(t *testing.T, w *scene.World, a *ent.Amendment) map[string]func() error {
	return map[string]func() error{
		// Its author.
		"edit": func() error {
			return tryEdit(scene.As(t, w.Alice), w, a.ID, roadmap.DraftChange{Title: scene.Ptr("!")})
		},
		"delete": func() error {
			return scene.Only(w.DeleteAmendmentDraft(scene.As(t, w.Alice),
				roadmap.DeleteAmendmentDraftInput{Amendment: a.ID}))
		},
		"submit": func() error {
			return scene.Only(w.SubmitAmendment(scene.As(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID}))
		},
		"take": func() error {
			return scene.Only(w.WithdrawAmendment(scene.As(t, w.Alice),
				roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
		},

		// The steering body.
		"reject": func() error {
			return scene.Only(w.RejectAmendment(
				scene.As(t, w.Steering), roadmap.RejectAmendmentInput{Amendment: a.ID, Reason: "Non."}))
		},
		"accept": func() error {
			return scene.Only(w.AcceptAmendment(scene.As(t, w.Steering), roadmap.AcceptAmendmentInput{Amendment: a.ID}))
		},
	}
}
