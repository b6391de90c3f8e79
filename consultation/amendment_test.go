package consultation_test

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
	"ensemble/live"
)

func TestSubmitAmendment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		first := w.draft(t, w.Alice, c, "dix mille", "vingt mille")
		now := w.Clock.Advance(time.Hour)
		w.announces(t, func() error {
			a, err := w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: first.ID})
			if err == nil && (a.State != amendment.StateEVALUATING || !a.SubmittedAt.Equal(now) || !a.UpdatedAt.Equal(now) ||
				a.MergeState != amendment.MergeStateCLEAN || a.MergeChecked != 1) {
				t.Errorf("it stands at %+v", a)
			}
			return err
		}, fact{c.ID, live.AmendmentSubmitted, first.ID, w.Alice.ID, data{"amendmentCount": 1}})
		if active := w.now(t, c).ActiveAt; !active.Equal(now) {
			t.Errorf("the commitment was active at %s", active)
		}

		second := got(w.DraftAmendment(as(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: ptr("Autre"), Organization: &w.Organization.ID,
		}))(t)
		w.announces(t, func() error {
			return only(w.SubmitAmendment(as(t, w.Signatory), roadmap.SubmitAmendmentInput{Amendment: second.ID}))
		},
			fact{c.ID, live.AmendmentSubmitted, second.ID, w.Organization.ID, data{"amendmentCount": 2}})
	})
}

func TestSubmitAmendmentRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		mine, submitted := w.draft(t, w.Alice, c, "dix mille", "vingt mille"), w.submitted(t, w.Bob, c, "dix mille", "cent mille")
		same := w.draft(t, w.Moderator, c, "", "")
		submit := func(a *ent.Amendment) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.SubmitAmendment(ctx, roadmap.SubmitAmendmentInput{Amendment: a.ID}))
			}
		}
		w.refusals(t, []refusedCase{
			{"nobody", nil, refusal.Unauthenticated, "", submit(mine)},
			{"not there", w.Alice, refusal.NotFound, "amendment", submit(&ent.Amendment{ID: "x"})},
			{"a draft of somebody else", w.Bob, refusal.NotFound, "amendment", submit(mine)},
			{"a draft of somebody else, as steering body", w.Steering, refusal.NotFound, "amendment", submit(mine)},
			{"twice", w.Bob, refusal.Conflict, "", submit(submitted)},
			{"what somebody else submitted", w.Alice, refusal.Forbidden, "", submit(submitted)},
			{"no change", w.Moderator, refusal.BadUserInput, "amendment", submit(same)},
		})
		w.move(t, c, commitment.StatusUNDER_REVIEW)
		w.refusals(t, []refusedCase{{"under review", w.Alice, refusal.Closed, "", submit(mine)}})
		w.move(t, c, commitment.StatusOPEN)
		w.closePhase(t)
		w.refusals(t, []refusedCase{{"closed phase", w.Alice, refusal.Closed, "", submit(mine)}})
	})
}

// What changes nothing but line breaks and trailing spaces changes nothing.
func TestSubmitAmendmentIgnoresWhiteSpace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.Commitment(t, "Titre", "Un.\n\nDeux.")
		a := got(w.DraftAmendment(as(t, w.Alice), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: ptr("  Titre "), Body: ptr("\r\nUn. \r\n\r\nDeux.\t\n\n"),
		}))(t)
		w.refused(t, refusal.BadUserInput, "amendment", func() error {
			return only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID}))
		})
	})
}

// Who lost the right to sign between drafting and submitting does not submit.
func TestSubmitAmendmentAsksForTheSignatureAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := got(w.DraftAmendment(as(t, w.Signatory), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Title: ptr("Autre"), Organization: &w.Organization.ID,
		}))(t)
		must(t, w.Write.Organization.UpdateOneID(w.Organization.ID).ClearVerifiedAt().Exec(t.Context()))
		w.refused(t, refusal.Forbidden, "organization", func() error {
			return only(w.SubmitAmendment(as(t, w.Signatory), roadmap.SubmitAmendmentInput{Amendment: a.ID}))
		})
		must(t, only(w.EditAmendmentDraft(as(t, w.Signatory), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: roadmap.DraftChange{OwnName: true}})))
		must(t, only(w.SubmitAmendment(as(t, w.Signatory), roadmap.SubmitAmendmentInput{Amendment: a.ID})))
	})
}

func TestAtMostThreeAmendmentsUnderEvaluation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, other := w.commitment(t), w.commitment(t)
		parts := []string{"deux fois", "publie", "dix mille"}
		var submitted []*ent.Amendment
		for _, part := range parts {
			submitted = append(submitted, w.submitted(t, w.Alice, c, part, "…"))
		}
		fourth := w.draft(t, w.Alice, c, "Le comité", "Ce comité")
		again := func() error {
			return only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: fourth.ID}))
		}
		if r := w.refused(t, refusal.Conflict, "", again); r.Details["current"] != 3 {
			t.Errorf("the refusal says %v", r.Details)
		}
		w.submitted(t, w.Bob, c, "deux fois", "trois fois")       // each person has their own three
		w.submitted(t, w.Alice, other, "deux fois", "trois fois") // on each commitment

		w.reject(t, submitted[0]) // decided ones do not count
		must(t, again())
		fifth := w.draft(t, w.Alice, c, "an", "mois")
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: fifth.ID}))
		})
		must(t, only(w.WithdrawAmendment(as(t, w.Alice), roadmap.WithdrawAmendmentInput{Amendment: submitted[1].ID}))) // nor do withdrawn ones
		must(t, only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: fifth.ID})))
	})
}

func TestLimitOfAmendmentsIsTheProcesss(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		must(t, only(w.UpdateProcess(as(t, w.Admin), processes.UpdateProcessInput{Process: w.Process.ID, EvaluatingLimit: ptr(1)})))
		w.submitted(t, w.Alice, c, "deux fois", "trois fois")
		second := w.draft(t, w.Alice, c, "dix mille", "vingt mille")
		w.refused(t, refusal.Conflict, "", func() error {
			return only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: second.ID}))
		})
	})
}

func TestWithdrawAmendment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a, signed := w.submitted(t, w.Alice, c, "dix mille", "vingt mille"), w.draft(t, w.Signatory, c, "publie", "tait")
		must(t, only(w.EditAmendmentDraft(as(t, w.Signatory), roadmap.EditAmendmentDraftInput{Amendment: signed.ID, DraftChange: roadmap.DraftChange{Organization: &w.Organization.ID}})))
		must(t, only(w.SubmitAmendment(as(t, w.Signatory), roadmap.SubmitAmendmentInput{Amendment: signed.ID})))
		w.closePhase(t) // one may withdraw at any time
		now := w.Clock.Advance(time.Hour)
		w.announces(t, func() error {
			withdrawn, err := w.WithdrawAmendment(as(t, w.Alice), roadmap.WithdrawAmendmentInput{Amendment: a.ID})
			if err == nil && (withdrawn.State != amendment.StateWITHDRAWN || !withdrawn.UpdatedAt.Equal(now)) {
				t.Errorf("it stands at %+v", withdrawn)
			}
			return err
		}, fact{c.ID, live.AmendmentWithdrawn, a.ID, w.Alice.ID, nil})
		w.announces(t, func() error {
			return only(w.WithdrawAmendment(as(t, w.Signatory), roadmap.WithdrawAmendmentInput{Amendment: signed.ID}))
		},
			fact{c.ID, live.AmendmentWithdrawn, signed.ID, w.Organization.ID, nil})
		if c = w.now(t, c); c.AmendmentCount != 2 || !c.ActiveAt.Equal(now) {
			t.Errorf("the commitment has %d amendments, active %s", c.AmendmentCount, c.ActiveAt)
		}
	})
}

func TestWithdrawAmendmentRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a, mine := w.submitted(t, w.Alice, c, "dix mille", "vingt mille"), w.draft(t, w.Alice, c, "publie", "tait")
		rejected := w.reject(t, w.submitted(t, w.Bob, c, "publie", "tait"))
		withdraw := func(id string) func(context.Context) error {
			return func(ctx context.Context) error {
				return only(w.WithdrawAmendment(ctx, roadmap.WithdrawAmendmentInput{Amendment: id}))
			}
		}
		w.refusals(t, []refusedCase{
			{"nobody", nil, refusal.Unauthenticated, "", withdraw(a.ID)},
			{"not there", w.Alice, refusal.NotFound, "amendment", withdraw("x")},
			{"somebody else's", w.Bob, refusal.Forbidden, "", withdraw(a.ID)},
			{"somebody else's, as steering body", w.Steering, refusal.Forbidden, "", withdraw(a.ID)},
			{"somebody else's draft", w.Bob, refusal.NotFound, "amendment", withdraw(mine.ID)},
			{"a draft", w.Alice, refusal.Conflict, "", withdraw(mine.ID)},
			{"a rejected one", w.Bob, refusal.Conflict, "", withdraw(rejected.ID)},
		})
	})
}

// Once decided or withdrawn, an amendment never changes again, whatever is tried and whatever becomes of the text.
func TestDecidedAmendmentsAreFrozen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		withdrawn := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		withdrawn = got(w.WithdrawAmendment(as(t, w.Alice), roadmap.WithdrawAmendmentInput{Amendment: withdrawn.ID}))(t)
		rejected := w.reject(t, w.submitted(t, w.Alice, c, "dix mille", "trente mille"))
		accepted := w.accept(t, w.submitted(t, w.Alice, c, "dix mille", "cent mille"))
		w.revise(t, c, "cent mille", "mille")
		for _, a := range []*ent.Amendment{withdrawn, rejected, accepted} {
			for name, try := range map[string]func() error{
				"edit": func() error {
					return only(w.EditAmendmentDraft(as(t, w.Alice), roadmap.EditAmendmentDraftInput{Amendment: a.ID, DraftChange: roadmap.DraftChange{Title: ptr("!")}}))
				},
				"delete": func() error {
					return only(w.DeleteAmendmentDraft(as(t, w.Alice), roadmap.DeleteAmendmentDraftInput{Amendment: a.ID}))
				},
				"submit": func() error {
					return only(w.SubmitAmendment(as(t, w.Alice), roadmap.SubmitAmendmentInput{Amendment: a.ID}))
				},
				"take": func() error {
					return only(w.WithdrawAmendment(as(t, w.Alice), roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
				},
				"reject": func() error {
					return only(w.RejectAmendment(as(t, w.Steering), roadmap.RejectAmendmentInput{Amendment: a.ID, Reason: "Non."}))
				},
				"accept": func() error {
					return only(w.AcceptAmendment(as(t, w.Steering), roadmap.AcceptAmendmentInput{Amendment: a.ID}))
				},
			} {
				t.Run(name+" "+string(a.State), func(t *testing.T) { w.refused(t, refusal.Conflict, "", try) })
			}
			w.idle(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") })
			if now := w.current(t, a); now.MergeState != a.MergeState || now.State != a.State {
				t.Errorf("%s and %s became %s and %s", a.State, a.MergeState, now.State, now.MergeState)
			}
		}
	})
}
