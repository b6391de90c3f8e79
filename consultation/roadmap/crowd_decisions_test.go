package roadmap_test

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
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

func TestTwoDecidersAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		steering, admin := scene.As(t, w.Steering), scene.As(t, w.Admin)
		accept := roadmap.AcceptAmendmentInput{Reason: "Oui."}

		for i := range 8 {
			c := w.SomeCommitment(t)
			accept.Amendment = w.Submitted(t, w.Alice, c, "dix mille", "vingt mille").ID

			scene.OneWins(t, scene.AtOnce(t, 2, func(who int) error {
				switch {
				case who == 0:
					return scene.Only(w.AcceptAmendment(steering, accept))
				case i%2 == 0:
					return scene.Only(w.AcceptAmendment(admin, accept))
				}
				return scene.Only(w.RejectAmendment(admin, roadmap.RejectAmendmentInput{
					Amendment: accept.Amendment, Reason: "Non.",
				}))
			}), refusal.Conflict)

			decidedOnce(t, w, c)
		}
	})
}

// decidedOnce asks that the only amendment of c made a version if it was accepted, and made none otherwise.
func decidedOnce(t testing.TB, w *scene.World, c *ent.Commitment) {
	t.Helper()
	a := testsite.Got(w.Read.Amendment.Query().Where(amendment.CommitmentID(c.ID)).Only(t.Context()))(t)
	versions := testsite.Got(w.Read.Version.Query().Where(version.CommitmentID(c.ID)).Count(t.Context()))(t)

	want := map[amendment.State]int{
		amendment.StateACCEPTED:  2,
		amendment.StateREJECTED:  1,
		amendment.StateWITHDRAWN: 1,
	}[a.State]
	if versions != want {
		t.Errorf("the amendment is %s, and there are %d versions", a.State, versions)
	}
}

func TestAcceptAgainstWithdraw(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		steering, alice := scene.As(t, w.Steering), scene.As(t, w.Alice)
		for range 8 {
			c := w.SomeCommitment(t)
			a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")

			scene.OneWins(t, scene.AtOnce(t, 2, func(who int) error {
				if who == 0 {
					return scene.Only(w.AcceptAmendment(steering, roadmap.AcceptAmendmentInput{Amendment: a.ID}))
				}
				return scene.Only(w.WithdrawAmendment(alice, roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
			}), refusal.Conflict)

			decidedOnce(t, w, c)
		}
	})
}

// Several amendments of one text are accepted at once: each is merged into what the one before it made.
func TestAcceptSeveralAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		steering := scene.As(t, w.Steering)
		c := w.SomeCommitment(t)
		all := []*ent.Amendment{
			w.Submitted(t, w.Alice, c, "dix mille", "vingt mille"),
			w.Submitted(t, w.Alice, c, "deux fois", "trois fois"),
			w.Submitted(t, w.Bob, c, "publie", "diffuse"),
		}

		for _, err := range scene.AtOnce(t, len(all), func(i int) error {
			return scene.Only(w.AcceptAmendment(steering, roadmap.AcceptAmendmentInput{Amendment: all[i].ID}))
		}) {
			testsite.Must(t, err)
		}

		want := "Le comité se réunit trois fois par an.\n\nIl diffuse ses comptes rendus.\n\nSon budget est de vingt mille euros."
		if v := w.VersionNow(t, c); v.Number != 4 || v.Body["fr"] != want {
			t.Errorf("version %d says %q", v.Number, v.Body["fr"])
		}
	})
}

func TestReviseAgainstAccept(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		steering, admin := scene.As(t, w.Steering), scene.As(t, w.Admin)
		for range 8 {
			c := w.SomeCommitment(t)
			a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")

			answers := scene.AtOnce(t, 2, func(who int) error {
				if who == 0 {
					return scene.Only(w.AcceptAmendment(steering, roadmap.AcceptAmendmentInput{Amendment: a.ID}))
				}
				return scene.Only(w.ReviseCommitment(admin, roadmap.ReviseCommitmentInput{
					Commitment: c.ID, Base: c.VersionID, Title: scene.French("Autre titre"),
				}))
			})

			// The acceptance merges with the revision; the revision does not overwrite the acceptance.
			testsite.Must(t, answers[0])
			if answers[1] != nil && refusal.CodeOf(answers[1]) != refusal.Conflict {
				t.Errorf("the revision: %v", answers[1])
			}

			v := w.VersionNow(t, c)
			if revised := answers[1] == nil; revised != (v.Title["fr"] == "Autre titre") || revised != (v.Number == 3) {
				t.Errorf("revised: %t; version %d is %q", revised, v.Number, v.Title["fr"])
			}
		}
	})
}

func TestOneDraftFromManyTries(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		alice := scene.As(t, w.Alice)

		scene.OneWins(t, scene.AtOnce(t, 10, func(int) error {
			return scene.Only(w.DraftAmendment(alice, roadmap.DraftAmendmentInput{Commitment: c.ID}))
		}), refusal.Conflict)
	})
}

func TestOnePromotionFromManyTries(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Reject(t, w.Submitted(t, w.Alice, c, "dix mille", "vingt mille"))
		alice := scene.As(t, w.Alice)

		scene.OneWins(t, scene.AtOnce(t, 10, func(int) error {
			return scene.Only(w.PromoteAmendment(alice, roadmap.PromoteAmendmentInput{Amendment: a.ID}))
		}), refusal.Conflict)

		promoted := w.Read.Commitment.Query().Where(commitment.PromotedFromID(a.ID))
		if n := testsite.Got(promoted.Count(t.Context()))(t); n != 1 {
			t.Errorf("%d commitments came of it", n)
		}
	})
}

// An amendment that is promoted and hidden at the same moment is promoted first, or not at all.
func TestPromoteAgainstHide(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		alice, moderator := scene.As(t, w.Alice), scene.As(t, w.Moderator)
		for range 8 {
			c := w.SomeCommitment(t)
			a := w.Reject(t, w.Submitted(t, w.Alice, c, "dix mille", "vingt mille"))

			answers := scene.AtOnce(t, 2, func(who int) error {
				if who == 0 {
					return scene.Only(w.PromoteAmendment(alice, roadmap.PromoteAmendmentInput{Amendment: a.ID}))
				}
				return scene.Only(w.Decide(moderator, scene.Hiding(a.ID)))
			})

			testsite.Must(t, answers[1])
			if answers[0] != nil && refusal.CodeOf(answers[0]) != refusal.Conflict {
				t.Errorf("the promotion: %v", answers[0])
			}

			events := testsite.Got(w.Events(t.Context(), c.ID, 0, 1000))(t)
			if last := events[len(events)-1].Type; last != live.AmendmentHidden {
				t.Errorf("hidden, and then %s", last)
			}
		}
	})
}

// The limit on amendments also holds for tries at the same moment.
func TestLimitOfAmendmentsAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		testsite.Must(t, scene.Only(w.UpdateProcess(scene.As(t, w.Admin), processes.UpdateProcessInput{
			Process: w.Process.ID, EvaluatingLimit: scene.Ptr(1),
		})))
		a, alice := w.DraftOf(t, w.Alice, c, "dix mille", "vingt mille"), scene.As(t, w.Alice)

		scene.OneWins(t, scene.AtOnce(t, 5, func(int) error {
			return scene.Only(w.SubmitAmendment(alice, roadmap.SubmitAmendmentInput{Amendment: a.ID}))
		}), refusal.Conflict)
	})
}

// Two services, as two processes of one site, do a round at once: each change is announced once.
func TestRoundsAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		other := w.Elsewhere()
		other.Publisher = w.Told

		c := w.SomeCommitment(t)
		for _, part := range []string{"deux fois", "publie", "dix mille"} {
			w.Submitted(t, w.Alice, c, part, "…")
			w.Submitted(t, w.Bob, c, part, "bien")
		}
		w.Revise(t, c, "dix mille", "vingt mille")
		f := w.NewPhase(t, 0, time.Microsecond)

		heads := w.LogHeads(t)
		w.Told.Take()
		for range 2 { // a phase that opened and closed takes two rounds
			for _, err := range scene.AtOnce(t, 8, func(i int) error {
				service := []*consultation.Service{w.Service, other}[i%2]
				return service.Jobs.Do(t.Context(), "announce phases", "compare amendments")
			}) {
				testsite.Must(t, err)
			}
			w.Clock.Advance(time.Microsecond)
		}

		seen := map[string]int{}
		for _, e := range w.EventsSince(t, heads) {
			seen[string(e.Type)+" "+e.Subject]++
			if seen[string(e.Type)+" "+e.Subject] > 1 {
				t.Errorf("%s of %s was announced twice", e.Type, e.Subject)
			}
		}

		if len(seen) != 8 || seen["PhaseOpened "+f.ID] != 1 || seen["PhaseClosed "+f.ID] != 1 {
			t.Errorf("announced %v", seen)
		}
		if told := w.Told.Take(); len(told) != 8 {
			t.Errorf("published %d events, want 8", len(told))
		}
	})
}
