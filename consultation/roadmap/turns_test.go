package roadmap_test

import (
	"context"
	"testing"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent/amendment"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// These tests are about a call that has read something, waits for a lock, and then finds the world changed. They run on
// PostgreSQL only, since on SQLite whole transactions take turns.

// lockCommitment locks the row of a commitment until the turn is over.
const lockCommitment = "SELECT 1 FROM commitments WHERE id = $1 FOR UPDATE"

// A draft that is edited while its submission waits is submitted as edited, or refused for what it has become.
func TestSubmitWhileTheDraftChanges(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a, alice := w.DraftOf(t, w.Alice, c, "dix mille", "vingt mille"), scene.As(t, w.Alice)
		submit := func() error {
			return scene.Only(w.SubmitAmendment(alice, roadmap.SubmitAmendmentInput{Amendment: a.ID}))
		}

		turn := scene.Hold(t, w, lockCommitment, c.ID)
		answer := scene.Start(t, w, 1, submit)
		testsite.Must(t, tryEdit(alice, w, a.ID, roadmap.DraftChange{Body: scene.Ptr(scene.SomeBody)}))
		turn.Over()
		scene.RefusedWith(t, answer, refusal.BadUserInput) // it changes nothing any more
		w.InState(t, a, amendment.StateDRAFT)

		turn = scene.Hold(t, w, lockCommitment, c.ID)
		answer = scene.Start(t, w, 1, submit)
		testsite.Must(t, scene.Only(w.DeleteAmendmentDraft(alice, roadmap.DeleteAmendmentDraftInput{Amendment: a.ID})))
		turn.Over()
		scene.RefusedWith(t, answer, refusal.NotFound)
	})
}

// Two edits of a draft that meet each change their own part, and leave the other's.
func TestTwoEditsOfADraftBothStand(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		a, alice := w.DraftOf(t, w.Alice, w.SomeCommitment(t), "dix mille", "vingt mille"), scene.As(t, w.Alice)

		turn := scene.Hold(t, w, "UPDATE amendments SET title = 'Titre' WHERE id = $1", a.ID)
		answer := scene.Start(t, w, 1, func() error {
			return tryEdit(alice, w, a.ID, roadmap.DraftChange{Body: scene.Ptr("Texte.")})
		})
		turn.Over()
		scene.Allowed(t, answer)

		if a = w.AmendmentNow(t, a); a.Title != "Titre" || a.Body != "Texte." {
			t.Errorf("it says %q, %q", a.Title, a.Body)
		}
	})
}

// Somebody who begins a draft while the commitment goes under review is refused.
func TestDraftWhileTheCommitmentCloses(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		c, alice := w.SomeCommitment(t), scene.As(t, w.Alice)

		turn := scene.Hold(t, w, "UPDATE commitments SET status = 'UNDER_REVIEW' WHERE id = $1", c.ID)
		answer := scene.Start(t, w, 1, func() error {
			return scene.Only(w.DraftAmendment(alice, roadmap.DraftAmendmentInput{Commitment: c.ID}))
		})
		turn.Over()
		scene.RefusedWith(t, answer, refusal.Closed)
	})
}

// A comment or a support that waits while its subject closes is refused, though the subject was open when it began.
func TestCommentAndSupportWhileTheCommitmentCloses(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
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
				turn := scene.Hold(t, w, act.close, act.id)
				answer := scene.Start(t, w, 1, func() error { return act.do(alice) })
				turn.Over()
				scene.RefusedWith(t, answer, refusal.Closed)

				testsite.Must(t, scene.Only(w.Store.Write.ExecContext(t.Context(), act.reopen, act.id)))
			})
		}
	})
}

// An answer to a comment that is removed while it waits for the thread is refused.
func TestReplyWhileTheParentGoes(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		c, bob := w.SomeCommitment(t), scene.As(t, w.Bob)
		root := w.Comment(t, w.Alice, c.ID, "0")
		m := w.Reply(t, root, "1")

		turn := scene.Hold(t, w, "SELECT 1 FROM comments WHERE id = $1 FOR UPDATE", root.ID)
		answer := scene.Start(t, w, 1, func() error {
			return w.TryComment(bob, roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "2"})
		})

		for _, change := range []string{
			"UPDATE comments SET deleted_at = now() WHERE id = $1",
			`UPDATE comments SET reply_count = 0, descendant_count = 0
				WHERE id = (SELECT parent_id FROM comments WHERE id = $1)`,
			`UPDATE commitments SET comment_count = comment_count - 1
				WHERE id = (SELECT subject_id FROM comments WHERE id = $1)`,
		} {
			turn.Do(change, m.ID)
		}

		turn.Over()
		scene.RefusedWith(t, answer, refusal.BadUserInput)
	})
}

// An amendment that a moderator hides while its withdrawal waits stays under evaluation, and nobody hears of it.
func TestWithdrawWhileTheAmendmentIsHidden(t *testing.T) {
	scene.OnPostgres(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		a, alice := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille"), scene.As(t, w.Alice)
		moderator := scene.As(t, w.Moderator)

		turn := scene.Hold(t, w, lockCommitment, c.ID)
		hiding := scene.Start(t, w, 1, func() error { return scene.Only(w.Decide(moderator, scene.Hiding(a.ID))) })
		withdrawal := scene.Start(t, w, 2, func() error {
			return scene.Only(w.WithdrawAmendment(alice, roadmap.WithdrawAmendmentInput{Amendment: a.ID}))
		})
		turn.Over()

		scene.Allowed(t, hiding)
		scene.RefusedWith(t, withdrawal, refusal.Conflict)
		w.InState(t, a, amendment.StateEVALUATING)
	})
}
