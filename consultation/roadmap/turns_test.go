package roadmap_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent/amendment"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// These tests are about a call that has read something, waits for a lock, and then finds the world changed. They run on
// PostgreSQL only, since on SQLite whole transactions take turns.

// onPostgres runs a test in a world on PostgreSQL, and in the end checks the counters and the log.
func onPostgres(t *testing.T, test func(t *testing.T, w *scene.World)) {
	t.Helper()
	testenv.Parallel(t)
	w := scene.New(t, testsite.Postgres(t))

	test(t, w)
	w.CheckCounters(t)
	w.CheckLog(t)
}

// turn is a transaction of the test's own, for which others wait until it is over.
type turn struct {
	w  *scene.World
	t  testing.TB
	tx *sql.Tx
}

// hold begins a turn with a statement, which locks the rows that it reads or changes until the turn is over.
func hold(t testing.TB, w *scene.World, query string, args ...any) *turn {
	t.Helper()
	u := &turn{w, t, testsite.Got(w.Store.Write.BeginTx(t.Context(), nil))(t)}
	u.do(query, args...)
	return u
}

// do executes a statement in the turn.
func (u *turn) do(query string, args ...any) {
	u.t.Helper()
	testsite.Must(u.t, scene.Only(u.tx.ExecContext(u.t.Context(), query, args...)))
}

// over ends the turn and lets the others go on.
func (u *turn) over() {
	u.t.Helper()
	testsite.Must(u.t, u.tx.Commit())
}

// start makes a call in the background and returns once n calls wait for a lock.
func start(t testing.TB, w *scene.World, n int, call func() error) <-chan error {
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
		testsite.Must(t, w.Store.Read.QueryRowContext(ctx, waiting).Scan(&blocked))
	}

	return answer
}

// allowed waits for the answer of a call, and asks that it succeeded.
func allowed(t testing.TB, answer <-chan error) {
	t.Helper()
	if err := <-answer; err != nil {
		t.Errorf("it was refused: %v", err)
	}
}

// refusedWith waits for the answer of a call, and asks that it was refused with this code.
func refusedWith(t testing.TB, answer <-chan error, code refusal.Code) {
	t.Helper()
	if err := <-answer; refusal.CodeOf(err) != code {
		t.Errorf("it answered %v, want %s", err, code)
	}
}

// lockCommitment locks the row of a commitment until the turn is over.
const lockCommitment = "SELECT 1 FROM commitments WHERE id = $1 FOR UPDATE"

// A draft that is edited while its submission waits is submitted as edited, or refused for what it has become.
func TestSubmitWhileTheDraftChanges(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a, alice := w.DraftOf(t, w.Alice, c, "dix mille", "vingt mille"), scene.As(t, w.Alice)
		submit := func() error {
			return scene.Only(w.SubmitAmendment(alice, roadmap.SubmitAmendmentInput{Amendment: a.ID}))
		}

		turn := hold(t, w, lockCommitment, c.ID)
		answer := start(t, w, 1, submit)
		testsite.Must(t, tryEdit(alice, w, a.ID, roadmap.DraftChange{Body: scene.Ptr(scene.SomeBody)}))
		turn.over()
		refusedWith(t, answer, refusal.BadUserInput) // it changes nothing any more
		w.InState(t, a, amendment.StateDRAFT)

		turn = hold(t, w, lockCommitment, c.ID)
		answer = start(t, w, 1, submit)
		testsite.Must(t, scene.Only(w.DeleteAmendmentDraft(alice, roadmap.DeleteAmendmentDraftInput{Amendment: a.ID})))
		turn.over()
		refusedWith(t, answer, refusal.NotFound)
	})
}

// Two edits of a draft that meet each change their own part, and leave the other's.
func TestTwoEditsOfADraftBothStand(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *scene.World) {
		a, alice := w.DraftOf(t, w.Alice, w.SomeCommitment(t), "dix mille", "vingt mille"), scene.As(t, w.Alice)

		turn := hold(t, w, "UPDATE amendments SET title = 'Titre' WHERE id = $1", a.ID)
		answer := start(t, w, 1, func() error {
			return tryEdit(alice, w, a.ID, roadmap.DraftChange{Body: scene.Ptr("Texte.")})
		})
		turn.over()
		allowed(t, answer)

		if a = w.AmendmentNow(t, a); a.Title != "Titre" || a.Body != "Texte." {
			t.Errorf("it says %q, %q", a.Title, a.Body)
		}
	})
}

// Somebody who begins a draft while the commitment goes under review is refused.
func TestDraftWhileTheCommitmentCloses(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *scene.World) {
		c, alice := w.SomeCommitment(t), scene.As(t, w.Alice)

		turn := hold(t, w, "UPDATE commitments SET status = 'UNDER_REVIEW' WHERE id = $1", c.ID)
		answer := start(t, w, 1, func() error {
			return scene.Only(w.DraftAmendment(alice, roadmap.DraftAmendmentInput{Commitment: c.ID}))
		})
		turn.over()
		refusedWith(t, answer, refusal.Closed)
	})
}

// A comment or a support that waits while its subject closes is refused, though the subject was open when it began.
func TestCommentAndSupportWhileTheCommitmentCloses(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a := w.Submitted(t, w.Bob, c, "dix mille", "vingt mille")

		acts := map[string]struct {
			close, reopen string
			id            string
			do            func(ctx context.Context) error
		}{
			"comment on the commitment": {
				"UPDATE commitments SET status = 'ADOPTED' WHERE id = $1",
				"UPDATE commitments SET status = 'OPEN' WHERE id = $1",
				c.ID,
				func(ctx context.Context) error {
					return w.TryComment(ctx, roadmap.PostCommentInput{Subject: c.ID, Body: "x"})
				},
			},
			"comment on the amendment": {
				"UPDATE amendments SET state = 'REJECTED' WHERE id = $1",
				"UPDATE amendments SET state = 'EVALUATING' WHERE id = $1",
				a.ID,
				func(ctx context.Context) error {
					return w.TryComment(ctx, roadmap.PostCommentInput{Subject: a.ID, Body: "x"})
				},
			},
			"support": {
				"UPDATE commitments SET status = 'ADOPTED' WHERE id = $1",
				"UPDATE commitments SET status = 'OPEN' WHERE id = $1",
				c.ID,
				func(ctx context.Context) error {
					return scene.Only(w.AddSupport(ctx, roadmap.AddSupportInput{Commitment: c.ID}))
				},
			},
		}

		for name, act := range acts {
			t.Run(name, func(t *testing.T) {
				alice := scene.As(t, w.Alice)
				turn := hold(t, w, act.close, act.id)
				answer := start(t, w, 1, func() error { return act.do(alice) })
				turn.over()
				refusedWith(t, answer, refusal.Closed)

				testsite.Must(t, scene.Only(w.Store.Write.ExecContext(t.Context(), act.reopen, act.id)))
			})
		}
	})
}

// An answer to a comment that is removed while it waits for the thread is refused.
func TestReplyWhileTheParentGoes(t *testing.T) {
	onPostgres(t, func(t *testing.T, w *scene.World) {
		c, bob := w.SomeCommitment(t), scene.As(t, w.Bob)
		root := w.Comment(t, w.Alice, c.ID, "0")
		m := w.Reply(t, root, "1")

		turn := hold(t, w, "SELECT 1 FROM comments WHERE id = $1 FOR UPDATE", root.ID)
		answer := start(t, w, 1, func() error {
			return w.TryComment(bob, roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "2"})
		})

		for _, change := range []string{
			"UPDATE comments SET deleted_at = now() WHERE id = $1",
			`UPDATE comments SET reply_count = 0, descendant_count = 0
				WHERE id = (SELECT parent_id FROM comments WHERE id = $1)`,
			`UPDATE commitments SET comment_count = comment_count - 1
				WHERE id = (SELECT subject_id FROM comments WHERE id = $1)`,
		} {
			turn.do(change, m.ID)
		}

		turn.over()
		refusedWith(t, answer, refusal.BadUserInput)
	})
}
