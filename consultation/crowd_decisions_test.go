package consultation_test

import (
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/ent/version"
	"ensemble/live"
)

func TestTwoDecidersAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		steering, admin := as(t, w.Steering), as(t, w.Admin)
		accept := roadmap.AcceptAmendmentInput{Reason: "Oui."}
		for i := range 8 {
			c := w.commitment(t)
			accept.Amendment = w.submitted(t, w.Alice, c, "dix mille", "vingt mille").ID
			oneWins(t, atOnce(t, 2, func(who int) error {
				switch {
				case who == 0:
					return only(w.AcceptAmendment(steering, accept))
				case i%2 == 0:
					return only(w.AcceptAmendment(admin, accept))
				}
				return only(w.RejectAmendment(admin, roadmap.RejectAmendmentInput{Amendment: accept.Amendment, Reason: "Non."}))
			}), refusal.Conflict)
			w.decidedOnce(t, c)
		}
	})
}

// decidedOnce asks that the only amendment of c made a version if it was accepted, and none if not.
func (w *world) decidedOnce(t testing.TB, c *ent.Commitment) {
	t.Helper()
	a := got(w.Read.Amendment.Query().Where(amendment.CommitmentID(c.ID)).Only(t.Context()))(t)
	versions := got(w.Read.Version.Query().Where(version.CommitmentID(c.ID)).Count(t.Context()))(t)
	if want := map[amendment.State]int{amendment.StateACCEPTED: 2, amendment.StateREJECTED: 1, amendment.StateWITHDRAWN: 1}[a.State]; versions != want {
		t.Errorf("the amendment is %s, and there are %d versions", a.State, versions)
	}
}

func TestAcceptAgainstWithdraw(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		steering, alice := as(t, w.Steering), as(t, w.Alice)
		for range 8 {
			c := w.commitment(t)
			a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
			oneWins(t, atOnce(t, 2, func(who int) error {
				if who == 0 {
					return only(w.AcceptAmendment(steering, roadmap.AcceptAmendmentInput{Amendment: a.ID}))
				}
				return only(w.WithdrawAmendment(alice, roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
			}), refusal.Conflict)
			w.decidedOnce(t, c)
		}
	})
}

// Several amendments of one text, accepted at once: each is merged into what the one before made.
func TestAcceptSeveralAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		steering := as(t, w.Steering)
		c := w.commitment(t)
		all := []*ent.Amendment{
			w.submitted(t, w.Alice, c, "dix mille", "vingt mille"), w.submitted(t, w.Alice, c, "deux fois", "trois fois"),
			w.submitted(t, w.Bob, c, "publie", "diffuse"),
		}
		for _, err := range atOnce(t, len(all), func(i int) error {
			return only(w.AcceptAmendment(steering, roadmap.AcceptAmendmentInput{Amendment: all[i].ID}))
		}) {
			must(t, err)
		}
		want := "Le comité se réunit trois fois par an.\n\nIl diffuse ses comptes rendus.\n\nSon budget est de vingt mille euros."
		if v := w.version(t, c); v.Number != 4 || v.Body["fr"] != want {
			t.Errorf("version %d says %q", v.Number, v.Body["fr"])
		}
	})
}

func TestReviseAgainstAccept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		steering, admin := as(t, w.Steering), as(t, w.Admin)
		for range 8 {
			c := w.commitment(t)
			a := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
			answers := atOnce(t, 2, func(who int) error {
				if who == 0 {
					return only(w.AcceptAmendment(steering, roadmap.AcceptAmendmentInput{Amendment: a.ID}))
				}
				return only(w.ReviseCommitment(admin, roadmap.ReviseCommitmentInput{
					Commitment: c.ID, Base: c.VersionID, Title: french("Autre titre"),
				}))
			})
			// The acceptance merges with the revision; the revision does not overwrite the acceptance.
			if must(t, answers[0]); answers[1] != nil && refusal.CodeOf(answers[1]) != refusal.Conflict {
				t.Errorf("the revision: %v", answers[1])
			}
			v := w.version(t, c)
			if revised := answers[1] == nil; revised != (v.Title["fr"] == "Autre titre") || revised != (v.Number == 3) {
				t.Errorf("revised: %t; version %d is %q", revised, v.Number, v.Title["fr"])
			}
		}
	})
}

func TestOneDraftFromManyTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		alice := as(t, w.Alice)
		oneWins(t, atOnce(t, 10, func(int) error {
			return only(w.DraftAmendment(alice, roadmap.DraftAmendmentInput{Commitment: c.ID}))
		}), refusal.Conflict)
	})
}

func TestOnePromotionFromManyTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.reject(t, w.submitted(t, w.Alice, c, "dix mille", "vingt mille"))
		alice := as(t, w.Alice)
		oneWins(t, atOnce(t, 10, func(int) error {
			return only(w.PromoteAmendment(alice, roadmap.PromoteAmendmentInput{Amendment: a.ID}))
		}), refusal.Conflict)
		if n := got(w.Read.Commitment.Query().Where(commitment.PromotedFromID(a.ID)).Count(t.Context()))(t); n != 1 {
			t.Errorf("%d commitments came of it", n)
		}
	})
}

// What was hidden is not promoted after that.
func TestPromoteAgainstHide(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		alice, moderator := as(t, w.Alice), as(t, w.Moderator)
		for range 8 {
			c := w.commitment(t)
			a := w.reject(t, w.submitted(t, w.Alice, c, "dix mille", "vingt mille"))
			answers := atOnce(t, 2, func(who int) error {
				if who == 0 {
					return only(w.PromoteAmendment(alice, roadmap.PromoteAmendmentInput{Amendment: a.ID}))
				}
				return only(w.Decide(moderator, hiding(a.ID)))
			})
			if must(t, answers[1]); answers[0] != nil && refusal.CodeOf(answers[0]) != refusal.Conflict {
				t.Errorf("the promotion: %v", answers[0])
			}
			events := got(w.Events(t.Context(), c.ID, 0, 1000))(t)
			if last := events[len(events)-1].Type; last != live.AmendmentHidden {
				t.Errorf("hidden, and then %s", last)
			}
		}
	})
}

// The limit on amendments holds for those who submit at the same moment.
func TestLimitOfAmendmentsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		must(t, only(w.UpdateProcess(as(t, w.Admin), processes.UpdateProcessInput{Process: w.Process.ID, EvaluatingLimit: ptr(1)})))
		a, alice := w.draft(t, w.Alice, c, "dix mille", "vingt mille"), as(t, w.Alice)
		oneWins(t, atOnce(t, 5, func(int) error { return only(w.SubmitAmendment(alice, roadmap.SubmitAmendmentInput{Amendment: a.ID})) }), refusal.Conflict)
	})
}

// Two services (two processes of a site) that sweep at once announce each change once.
func TestSweepsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := w.Elsewhere()
		other.Publisher = w.told
		c := w.commitment(t)
		for _, part := range []string{"deux fois", "publie", "dix mille"} {
			w.submitted(t, w.Alice, c, part, "…")
			w.submitted(t, w.Bob, c, part, "bien")
		}
		w.revise(t, c, "dix mille", "vingt mille")
		f := w.phase(t, 0, time.Microsecond)
		heads := w.heads(t)
		w.told.take()
		for range 2 { // a phase that is over takes two sweeps
			for _, err := range atOnce(t, 8, func(i int) error {
				return []*consultation.Service{w.Service, other}[i%2].Jobs.Do(t.Context(), "announce phases", "compare amendments")
			}) {
				must(t, err)
			}
			w.Clock.Advance(time.Microsecond)
		}
		seen := map[string]int{}
		for _, e := range w.eventsSince(t, heads) {
			seen[string(e.Type)+" "+e.Subject]++
			if seen[string(e.Type)+" "+e.Subject] > 1 {
				t.Errorf("%s of %s was announced twice", e.Type, e.Subject)
			}
		}
		if len(seen) != 8 || seen["PhaseOpened "+f.ID] != 1 || seen["PhaseClosed "+f.ID] != 1 {
			t.Errorf("announced %v", seen)
		}
		if told := w.told.take(); len(told) != 8 {
			t.Errorf("published %d events, want 8", len(told))
		}
	})
}
