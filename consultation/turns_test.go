package consultation_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/commitment"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
)

// What happens when a call has read something, waits for a lock, and finds the world changed. PostgreSQL only: on
// SQLite whole transactions take turns.

// onPostgres runs a test in a world on PostgreSQL.
func onPostgres(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	w := newWorld(t, testsite.New(t, testenv.Postgres(t)))
	test(t, w)
	w.checkCounters(t)
	w.checkLog(t)
}

// turn is a transaction of the test's own, in the way of others until it is over.
type turn struct {
	w  *world
	t  testing.TB
	tx *sql.Tx
}

// hold begins a turn by locking the rows that a query finds.
func (w *world) hold(t testing.TB, query string, args ...any) *turn {
	t.Helper()
	u := &turn{w, t, got(w.Store.Write.BeginTx(t.Context(), nil))(t)}
	u.do(query, args...)
	return u
}

func (u *turn) do(query string, args ...any) {
	u.t.Helper()
	must(u.t, only(u.tx.ExecContext(u.t.Context(), query, args...)))
}

// over ends the turn and lets the others go on.
func (u *turn) over() {
	u.t.Helper()
	must(u.t, u.tx.Commit())
}

// start makes a call in the background and returns once n calls wait for a lock.
func (w *world) start(t testing.TB, n int, call func() error) <-chan error {
	t.Helper()
	answer := make(chan error, 1)
	go func() { answer <- call() }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	const waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	for blocked := 0; blocked < n; {
		if len(answer) > 0 {
			t.Fatalf("the call did not wait: it answered %v", <-answer)
		}
		must(t, w.Store.Read.QueryRowContext(ctx, waiting).Scan(&blocked))
	}
	return answer
}

// allowed and refusedWith judge an answer.
func allowed(t testing.TB, answer <-chan error) {
	t.Helper()
	if err := <-answer; err != nil {
		t.Errorf("it was refused: %v", err)
	}
}

func refusedWith(t testing.TB, answer <-chan error, code consultation.Code) {
	t.Helper()
	if err := <-answer; consultation.CodeOf(err) != code {
		t.Errorf("it answered %v, want %s", err, code)
	}
}

const lockCommitment = "SELECT 1 FROM commitments WHERE id = $1 FOR UPDATE"

// A draft that is edited while its submission waits is submitted as edited, or refused for what it has become.
func TestSubmitWhileTheDraftChanges(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a, alice := w.draft(t, w.Alice, c, "dix mille", "vingt mille"), as(t, w.Alice)
		submit := func() error { return only(w.SubmitAmendment(alice, a.ID, nil)) }

		turn := w.hold(t, lockCommitment, c.ID)
		answer := w.start(t, 1, submit)
		must(t, only(w.EditAmendmentDraft(alice, a.ID, consultation.DraftChange{Body: ptr(someBody)}, nil)))
		turn.over()
		refusedWith(t, answer, consultation.BadUserInput) // it changes nothing any more
		w.inState(t, a, amendment.StateDRAFT)

		turn = w.hold(t, lockCommitment, c.ID)
		answer = w.start(t, 1, submit)
		must(t, only(w.DeleteAmendmentDraft(alice, a.ID, nil)))
		turn.over()
		refusedWith(t, answer, consultation.NotFound)
	})
}

func TestTwoEditsOfADraftBothStand(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		a, alice := w.draft(t, w.Alice, w.commitment(t), "dix mille", "vingt mille"), as(t, w.Alice)
		turn := w.hold(t, "UPDATE amendments SET title = 'Titre' WHERE id = $1", a.ID)
		answer := w.start(t, 1, func() error {
			return only(w.EditAmendmentDraft(alice, a.ID, consultation.DraftChange{Body: ptr("Texte.")}, nil))
		})
		turn.over()
		allowed(t, answer)
		if a = w.current(t, a); a.Title != "Titre" || a.Body != "Texte." {
			t.Errorf("it says %q, %q", a.Title, a.Body)
		}
	})
}

func TestDraftWhileTheCommitmentCloses(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		c, alice := w.commitment(t), as(t, w.Alice)
		turn := w.hold(t, "UPDATE commitments SET status = 'UNDER_REVIEW' WHERE id = $1", c.ID)
		answer := w.start(t, 1, func() error {
			return only(w.DraftAmendment(alice, consultation.DraftAmendmentInput{Commitment: c.ID}))
		})
		turn.over()
		refusedWith(t, answer, consultation.Closed)
	})
}

// Comments and supports are counted where the commitment still takes them, not where it did when they were begun.
func TestCommentAndSupportWhileTheCommitmentCloses(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		a := w.submitted(t, w.Bob, c, "dix mille", "vingt mille")
		for name, act := range map[string]struct {
			close, reopen string
			id            string
			do            func(ctx context.Context) error
		}{
			"comment on the commitment": {
				"UPDATE commitments SET status = 'ADOPTED' WHERE id = $1", "UPDATE commitments SET status = 'OPEN' WHERE id = $1", c.ID,
				func(ctx context.Context) error {
					return w.post(ctx, consultation.PostCommentInput{Subject: c.ID, Body: "x"})
				},
			},
			"comment on the amendment": {
				"UPDATE amendments SET state = 'REJECTED' WHERE id = $1", "UPDATE amendments SET state = 'EVALUATING' WHERE id = $1", a.ID,
				func(ctx context.Context) error {
					return w.post(ctx, consultation.PostCommentInput{Subject: a.ID, Body: "x"})
				},
			},
			"support": {
				"UPDATE commitments SET status = 'ADOPTED' WHERE id = $1", "UPDATE commitments SET status = 'OPEN' WHERE id = $1", c.ID,
				func(ctx context.Context) error {
					return only(w.AddSupport(ctx, consultation.SupportInput{Commitment: c.ID}))
				},
			},
		} {
			t.Run(name, func(t *testing.T) {
				alice := as(t, w.Alice)
				turn := w.hold(t, act.close, act.id)
				answer := w.start(t, 1, func() error { return act.do(alice) })
				turn.over()
				refusedWith(t, answer, consultation.Closed)
				must(t, only(w.Store.Write.ExecContext(t.Context(), act.reopen, act.id)))
			})
		}
	})
}

// An answer that waits for its thread finds its parent removed.
func TestReplyWhileTheParentGoes(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		c, bob := w.commitment(t), as(t, w.Bob)
		root := w.Comment(t, w.Alice, c.ID, "0")
		m := w.reply(t, root, "1")
		turn := w.hold(t, "SELECT 1 FROM comments WHERE id = $1 FOR UPDATE", root.ID)
		answer := w.start(t, 1, func() error {
			return w.post(bob, consultation.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "2"})
		})
		for _, change := range []string{
			"UPDATE comments SET deleted_at = now() WHERE id = $1", "UPDATE comments SET reply_count = 0, descendant_count = 0 WHERE id = (SELECT parent_id FROM comments WHERE id = $1)",
			"UPDATE commitments SET comment_count = comment_count - 1 WHERE id = (SELECT subject_id FROM comments WHERE id = $1)",
		} {
			turn.do(change, m.ID)
		}
		turn.over()
		refusedWith(t, answer, consultation.BadUserInput)
	})
}

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
			return func() error { return only(w.DeleteAxis(admin, a.ID, nil)) }
		}
		dropPhase := func() error { return only(w.DeletePhase(admin, f.ID, nil)) }

		one, other := both(dropPhase, dropPhase)
		allowed(t, one)
		refusedWith(t, other, consultation.NotFound)
		one, other = both(dropAxis(a), dropAxis(a))
		allowed(t, one)
		refusedWith(t, other, consultation.NotFound)
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
		promote := func() error { return only(w.PromoteAmendment(alice, a.ID, nil)) }
		turn := w.hold(t, lockProcess, w.Process.ID)
		one := w.start(t, 1, promote)
		other := w.start(t, 2, promote)
		turn.over()
		oneWins(t, []error{<-one, <-other}, consultation.Conflict)
	})
}

// A phase that is announced while its settings change stays announced.
func TestUpdatePhaseWhileItIsAnnounced(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		f, admin := w.phase(t, 0, time.Hour), as(t, w.Admin)
		turn := w.hold(t, "UPDATE phases SET announced = 'OPENED' WHERE id = $1", f.ID)
		answer := w.start(t, 1, func() error {
			return only(w.UpdatePhase(admin, f.ID, consultation.PhaseSettings{Name: french("Autre")}, nil))
		})
		turn.over()
		allowed(t, answer)
		w.idle(t, func() error { return w.Sweep(t.Context()) })
	})
}

func TestTwoChangesOfAnAxisBothStand(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *world) {
		admin := as(t, w.Admin)
		turn := w.hold(t, lockProcess, w.Process.ID)
		answer := w.start(t, 1, func() error {
			return only(w.UpdateAxis(admin, consultation.UpdateAxisInput{Axis: w.Axis.ID, Description: french("Texte.")}))
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
				return only(w.ReviseCommitment(steering, consultation.ReviseCommitmentInput{Commitment: c.ID, Base: c.VersionID, Axis: &axis}))
			},
		} {
			t.Run(name, func(t *testing.T) {
				doomed := w.axis(t, "A").ID
				turn := w.hold(t, lockProcess, w.Process.ID)
				turn.do("DELETE FROM axes WHERE id = $1", doomed)
				answer := w.start(t, 1, func() error { return call(doomed) })
				turn.over()
				refusedWith(t, answer, consultation.BadUserInput)
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
		drop := w.start(t, 1, func() error { return only(w.DeleteAxis(admin, w.Axis.ID, nil)) })
		publish := w.start(t, 2, func() error { return only(w.PublishCommitment(steering, c.ID, nil)) })
		turn.over()
		refusedWith(t, drop, consultation.Conflict)
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
		return w.post(as(t, people[i]), consultation.PostCommentInput{Subject: c.ID, Body: "x"})
	}) {
		must(t, err)
	}
	if n := w.now(t, c).CommentCount; n != 20 {
		t.Errorf("%d comments", n)
	}
}
