package roadmap_test

import (
	"testing"
	"time"

	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// lockProcess locks the row of a process until the turn is over.
const lockProcess = "SELECT 1 FROM processes WHERE id = $1 FOR UPDATE"

// A second deletion of one thing, which waited for the first, finds nothing any more. The axes that are left close up.
func TestDeleteTwice(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		a, b, c := w.NewAxis(t, "A"), w.NewAxis(t, "B"), w.NewAxis(t, "C")
		f := w.NewPhase(t, time.Hour, 2*time.Hour)
		admin := scene.As(t, w.Admin)

		both := func(first, second func() error) (<-chan error, <-chan error) {
			turn := scene.Hold(t, w, lockProcess, w.Process.ID)
			one := scene.Start(t, w, 1, first)
			other := scene.Start(t, w, 2, second)
			turn.Over()
			return one, other
		}
		dropAxis := func(a *ent.Axis) func() error {
			return func() error { return scene.Only(w.DeleteAxis(admin, processes.DeleteAxisInput{Axis: a.ID})) }
		}
		dropPhase := func() error { return scene.Only(w.DeletePhase(admin, processes.DeletePhaseInput{Phase: f.ID})) }

		one, other := both(dropPhase, dropPhase)
		scene.Allowed(t, one)
		scene.RefusedWith(t, other, refusal.NotFound)

		one, other = both(dropAxis(a), dropAxis(a))
		scene.Allowed(t, one)
		scene.RefusedWith(t, other, refusal.NotFound)

		one, other = both(dropAxis(b), dropAxis(c))
		scene.Allowed(t, one)
		scene.Allowed(t, other)

		w.NewAxis(t, "D")
		if left := w.AxisTitles(t); left != "Gouvernance D" {
			t.Errorf("left are %s", left)
		}
	})
}

// Of two promotions that wait for the process, the first makes a commitment and the second finds it.
func TestPromoteTwice(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		a := w.Reject(t, w.Submitted(t, w.Alice, w.SomeCommitment(t), "dix mille", "vingt mille"))
		alice := scene.As(t, w.Alice)
		promote := func() error {
			return scene.Only(w.PromoteAmendment(alice, roadmap.PromoteAmendmentInput{Amendment: a.ID}))
		}

		turn := scene.Hold(t, w, lockProcess, w.Process.ID)
		one := scene.Start(t, w, 1, promote)
		other := scene.Start(t, w, 2, promote)
		turn.Over()
		scene.OneWins(t, []error{<-one, <-other}, refusal.Conflict)
	})
}

// A phase that is announced while its settings change stays announced.
func TestUpdatePhaseWhileItIsAnnounced(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		f, admin := w.NewPhase(t, 0, time.Hour), scene.As(t, w.Admin)

		turn := scene.Hold(t, w, "UPDATE phases SET announced = 'OPENED' WHERE id = $1", f.ID)
		answer := scene.Start(t, w, 1, func() error {
			return scene.Only(w.UpdatePhase(admin, processes.UpdatePhaseInput{
				Phase: f.ID, PhaseSettings: processes.PhaseSettings{Name: scene.French("Autre")},
			}))
		})
		turn.Over()

		scene.Allowed(t, answer)
		w.Idle(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") })
	})
}

// A change of an axis's description that waited while the title changed leaves the new title as it is.
func TestTwoChangesOfAnAxisBothStand(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		admin := scene.As(t, w.Admin)

		turn := scene.Hold(t, w, lockProcess, w.Process.ID)
		answer := scene.Start(t, w, 1, func() error {
			return scene.Only(w.UpdateAxis(admin, processes.UpdateAxisInput{
				Axis: w.Axis.ID, Description: scene.French("Texte."),
			}))
		})
		turn.Do(`UPDATE axes SET title = '{"fr": "Titre"}' WHERE id = $1`, w.Axis.ID)
		turn.Over()

		scene.Allowed(t, answer)
		a := testsite.Got(w.Read.Axis.Get(t.Context(), w.Axis.ID))(t)
		if a.Title["fr"] != "Titre" || a.Description["fr"] != "Texte." {
			t.Errorf("it says %v, %v", a.Title, a.Description)
		}
	})
}

// Whoever puts a commitment on an axis that is deleted meanwhile is refused, as the axis is not there any more.
func TestAxisThatGoesMeanwhile(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		steering, c := scene.As(t, w.Steering), w.SomeCommitment(t)
		calls := map[string]func(axis string) error{
			"create": func(axis string) error {
				in := newCommitment(w)
				in.Axis = axis
				return scene.Only(w.CreateCommitment(steering, in))
			},
			"revise": func(axis string) error {
				return scene.Only(w.ReviseCommitment(steering, roadmap.ReviseCommitmentInput{
					Commitment: c.ID, Base: c.VersionID, Axis: &axis,
				}))
			},
		}

		for name, call := range calls {
			t.Run(name, func(t *testing.T) {
				doomed := w.NewAxis(t, "A").ID

				turn := scene.Hold(t, w, lockProcess, w.Process.ID)
				turn.Do("DELETE FROM axes WHERE id = $1", doomed)
				answer := scene.Start(t, w, 1, func() error { return call(doomed) })
				turn.Over()
				scene.RefusedWith(t, answer, refusal.BadUserInput)
			})
		}
	})
}

// Publishing a commitment and deleting its axis both lock the process and the commitment. They lock them in the same
// order, so that there is no deadlock.
func TestPublishAgainstDeleteAxis(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		admin, steering := scene.As(t, w.Admin), scene.As(t, w.Steering)
		c := w.Draft(t, "Titre", "Texte.")

		turn := scene.Hold(t, w, lockProcess, w.Process.ID)
		drop := scene.Start(t, w, 1, func() error {
			return scene.Only(w.DeleteAxis(admin, processes.DeleteAxisInput{Axis: w.Axis.ID}))
		})
		publish := scene.Start(t, w, 2, func() error {
			return scene.Only(w.PublishCommitment(steering, roadmap.PublishCommitmentInput{Commitment: c.ID}))
		})
		turn.Over()

		scene.RefusedWith(t, drop, refusal.Conflict)
		scene.Allowed(t, publish)

		if c = w.CommitmentNow(t, c); c.Status != commitment.StatusOPEN {
			t.Errorf("it is %s", c.Status)
		}
	})
}

// On a server whose transactions are serializable unless they ask otherwise, a transaction that waited for another
// would fail. Ours ask for READ COMMITTED.
func TestOnAServerOfAnotherIsolation(t *testing.T) {
	url := testenv.Postgres(t)
	site := testsite.New(t, url)
	testsite.Must(t, scene.Only(site.Store.Write.ExecContext(t.Context(), `DO $$ BEGIN
		EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_isolation = serializable'; END $$`)))

	w := scene.New(t, testsite.New(t, url))
	c := w.SomeCommitment(t)
	people := w.Crowd(t, 20)

	for _, err := range scene.AtOnce(t, len(people), func(i int) error {
		return w.TryComment(scene.As(t, people[i]), roadmap.PostCommentInput{Subject: c.ID, Body: "x"})
	}) {
		testsite.Must(t, err)
	}

	if n := w.CommitmentNow(t, c).CommentCount; n != 20 {
		t.Errorf("%d comments", n)
	}
}
