package consultation_test

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
)

const lockProcess = "SELECT 1 FROM processes WHERE id = $1 FOR UPDATE"

// What was deleted while a second deletion waited is not there any more, and those after it close up once.
func TestDeleteTwice(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		a, b, c := w.axis(t, "A"), w.axis(t, "B"), w.axis(t, "C")
		f := w.phase(t, time.Hour, 2*time.Hour)
		admin := as(t, w.Admin)
		both := func(first, second func() error) (<-chan error, <-chan error) {
			turn := w.hold(t, lockProcess, w.Process.ID)
			one := w.start(t, 1, first)
			other := w.start(t, 2, second)
			turn.over()
			return one, other
		}
		dropAxis := func(a *ent.Axis) func() error {
			return func() error { return only(w.DeleteAxis(admin, processes.DeleteAxisInput{Axis: a.ID})) }
		}
		dropPhase := func() error { return only(w.DeletePhase(admin, processes.DeletePhaseInput{Phase: f.ID})) }

		one, other := both(dropPhase, dropPhase)
		allowed(t, one)
		refusedWith(t, other, refusal.NotFound)
		one, other = both(dropAxis(a), dropAxis(a))
		allowed(t, one)
		refusedWith(t, other, refusal.NotFound)
		one, other = both(dropAxis(b), dropAxis(c))
		allowed(t, one)
		allowed(t, other)
		w.axis(t, "D")
		if left := w.axes(t); left != "Gouvernance D" {
			t.Errorf("left are %s", left)
		}
	})
}

// Of two promotions that wait for the process, the first makes a commitment and the second finds it.
func TestPromoteTwice(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		a, alice := w.reject(t, w.submitted(t, w.Alice, w.commitment(t), "dix mille", "vingt mille")), as(t, w.Alice)
		promote := func() error { return only(w.PromoteAmendment(alice, roadmap.PromoteAmendmentInput{Amendment: a.ID})) }
		turn := w.hold(t, lockProcess, w.Process.ID)
		one := w.start(t, 1, promote)
		other := w.start(t, 2, promote)
		turn.over()
		oneWins(t, []error{<-one, <-other}, refusal.Conflict)
	})
}

// A phase that is announced while its settings change stays announced.
func TestUpdatePhaseWhileItIsAnnounced(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		f, admin := w.phase(t, 0, time.Hour), as(t, w.Admin)
		turn := w.hold(t, "UPDATE phases SET announced = 'OPENED' WHERE id = $1", f.ID)
		answer := w.start(t, 1, func() error {
			return only(w.UpdatePhase(admin, processes.UpdatePhaseInput{Phase: f.ID, PhaseSettings: processes.PhaseSettings{Name: french("Autre")}}))
		})
		turn.over()
		allowed(t, answer)
		w.idle(t, func() error { return w.Jobs.Do(t.Context(), "announce phases", "compare amendments") })
	})
}

func TestTwoChangesOfAnAxisBothStand(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		admin := as(t, w.Admin)
		turn := w.hold(t, lockProcess, w.Process.ID)
		answer := w.start(t, 1, func() error {
			return only(w.UpdateAxis(admin, processes.UpdateAxisInput{Axis: w.Axis.ID, Description: french("Texte.")}))
		})
		turn.do(`UPDATE axes SET title = '{"fr": "Titre"}' WHERE id = $1`, w.Axis.ID)
		turn.over()
		allowed(t, answer)
		if a := got(w.Read.Axis.Get(t.Context(), w.Axis.ID))(t); a.Title["fr"] != "Titre" || a.Description["fr"] != "Texte." {
			t.Errorf("it says %v, %v", a.Title, a.Description)
		}
	})
}

// Whoever puts a commitment on an axis that is being deleted is told that it is gone.
func TestAxisThatGoesMeanwhile(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		steering, c := as(t, w.Steering), w.commitment(t)
		for name, call := range map[string]func(axis string) error{
			"create": func(axis string) error {
				in := newCommitment(w)
				in.Axis = axis
				return only(w.CreateCommitment(steering, in))
			},
			"revise": func(axis string) error {
				return only(w.ReviseCommitment(steering, roadmap.ReviseCommitmentInput{Commitment: c.ID, Base: c.VersionID, Axis: &axis}))
			},
		} {
			t.Run(name, func(t *testing.T) {
				doomed := w.axis(t, "A").ID
				turn := w.hold(t, lockProcess, w.Process.ID)
				turn.do("DELETE FROM axes WHERE id = $1", doomed)
				answer := w.start(t, 1, func() error { return call(doomed) })
				turn.over()
				refusedWith(t, answer, refusal.BadUserInput)
			})
		}
	})
}

// Publishing a commitment and deleting its axis both concern the process and the commitment; they take them in the same
// order.
func TestPublishAgainstDeleteAxis(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		admin, steering, c := as(t, w.Admin), as(t, w.Steering), w.Draft(t, "Titre", "Texte.")
		turn := w.hold(t, lockProcess, w.Process.ID)
		drop := w.start(t, 1, func() error { return only(w.DeleteAxis(admin, processes.DeleteAxisInput{Axis: w.Axis.ID})) })
		publish := w.start(t, 2, func() error {
			return only(w.PublishCommitment(steering, roadmap.PublishCommitmentInput{Commitment: c.ID}))
		})
		turn.over()
		refusedWith(t, drop, refusal.Conflict)
		allowed(t, publish)
		if c = w.now(t, c); c.Status != commitment.StatusOPEN {
			t.Errorf("it is %s", c.Status)
		}
	})
}

// A server whose transactions are serializable unless asked otherwise would fail those that wait; ours ask.
func TestOnAServerOfAnotherIsolation(t *testing.T) {
	url := testenv.Postgres(t)
	site := testsite.New(t, url)
	must(t, only(site.Store.Write.ExecContext(t.Context(), `DO $$ BEGIN
		EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_isolation = serializable'; END $$`)))
	w := newWorld(t, testsite.New(t, url))
	c := w.commitment(t)
	people := w.people(t, 20)
	for _, err := range atOnce(t, len(people), func(i int) error {
		return w.post(as(t, people[i]), roadmap.PostCommentInput{Subject: c.ID, Body: "x"})
	}) {
		must(t, err)
	}
	if n := w.now(t, c).CommentCount; n != 20 {
		t.Errorf("%d comments", n)
	}
}
