package moderation_test

import (
	"context"
	"testing"
	"time"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// hiddenThread submits an amendment of Alice's with comments of Bob's on it, and has a moderator hide it.
func hiddenThread(t testing.TB, w *scene.World, comments int) (*ent.Commitment, *ent.Amendment, []*ent.Comment) {
	t.Helper()
	c := w.SomeCommitment(t)
	a := w.Submitted(t, w.Alice, c, "deux", "trois")

	var all []*ent.Comment
	for range comments {
		all = append(all, w.Comment(t, w.Bob, a.ID, "x"))
	}

	hide(t, w, a.ID)
	return c, a, all
}

// What happens to comments on a hidden amendment is announced to moderators only. Once the amendment is back, all of it
// counts.
func TestCommentsOnAHiddenAmendment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, a, comments := hiddenThread(t, w, 4)
		active := w.CommitmentNow(t, c).ActiveAt
		w.Clock.Advance(time.Second)

		before := w.LogHeads(t)
		w.Announces(t, func() error {
			return scene.Only(w.DeleteComment(scene.As(t, w.Bob), roadmap.DeleteCommentInput{Comment: comments[0].ID}))
		})
		hide(t, w, comments[1].ID)
		hide(t, w, comments[2].ID)
		testsite.Must(t, scene.Only(w.Decide(scene.As(t, w.Moderator), restoring(comments[2].ID))))

		for _, e := range w.PublicSince(t, before) {
			if e.Topic == c.ID {
				t.Errorf("told %s", scene.AsJSON(e))
			}
		}
		if now := w.CommitmentNow(t, c); !now.ActiveAt.Equal(active) || now.CommentCount != 0 {
			t.Errorf("the commitment shows it: %+v", now)
		}

		decides(t, w, a.ID, deciding(t, w, w.Moderator, restoring(a.ID)),
			scene.FactOf(c.ID, live.AmendmentRestored, a.ID, "", scene.Data{"subject": a.ID, "amendmentCount": 1}))
		if a = w.AmendmentNow(t, a); a.CommentCount != 2 || a.NeutralCount != 2 {
			t.Errorf("it has %d comments, %d of them neutral", a.CommentCount, a.NeutralCount)
		}

		left := scene.Data{"subject": a.ID, "commentCount": 1, "for": 0, "against": 0, "neutral": 1}
		w.Announces(t, func() error {
			return scene.Only(w.DeleteComment(scene.As(t, w.Bob), roadmap.DeleteCommentInput{Comment: comments[3].ID}))
		}, scene.FactOf(c.ID, live.CommentRemoved, comments[3].ID, "", left))
	})
}

// When an amendment is hidden at the moment at which comments on it are removed, nothing of them is announced once it
// is hidden, and all counts are right.
func TestHideAgainstDeleteBelow(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for range 5 {
			c := w.SomeCommitment(t)
			a := w.Submitted(t, w.Alice, c, "deux", "trois")
			m, other := w.Comment(t, w.Bob, a.ID, "x"), w.Comment(t, w.Signatory, a.ID, "y")
			bob, moderator, admin := scene.As(t, w.Bob), scene.As(t, w.Moderator), scene.As(t, w.Admin)

			for i, err := range scene.AtOnce(t, 3, func(i int) error {
				return []func() error{
					func() error { return scene.Only(w.DeleteComment(bob, roadmap.DeleteCommentInput{Comment: m.ID})) },
					func() error { return scene.Only(w.Decide(moderator, scene.Hiding(a.ID))) },
					func() error { return scene.Only(w.Decide(admin, scene.Hiding(other.ID))) },
				}[i]()
			}) {
				if err != nil {
					t.Errorf("call %d: %v", i, err)
				}
			}

			quietWhileHidden(t, w, c)

			testsite.Must(t, scene.Only(w.Decide(moderator, restoring(a.ID))))
			if a = w.AmendmentNow(t, a); a.CommentCount != 0 {
				t.Errorf("%d comments", a.CommentCount)
			}
		}
	})
}

// quietWhileHidden requires that no event about comments on a commitment's amendment follows the event that it was
// hidden.
func quietWhileHidden(t testing.TB, w *scene.World, c *ent.Commitment) {
	t.Helper()
	hidden := false

	for _, e := range testsite.Got(w.Events(t.Context(), c.ID, 0, 100))(t) {
		switch e.Type {
		case live.AmendmentHidden:
			hidden = true
		case live.AmendmentRestored:
			hidden = false
		case live.CommentRemoved, live.CommentRestored, live.CommentPosted:
			if hidden {
				t.Errorf("%s is told while it is hidden", e.Type)
			}
		}
	}
}

// Nobody answers, edits, votes or reports below a hidden amendment.
func TestHiddenSubjectsTakeNothing(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		_, a, comments := hiddenThread(t, w, 1)

		w.Refusals(t, []scene.RefusedCase{
			scene.Case("answer", w.Signatory, refusal.NotFound, "subject", func(ctx context.Context) error {
				return w.TryComment(ctx, roadmap.PostCommentInput{Subject: a.ID, Parent: &comments[0].ID, Body: "y"})
			}),
			scene.Case("edit", w.Bob, refusal.Closed, "", func(ctx context.Context) error {
				return scene.Only(w.EditComment(ctx, roadmap.EditCommentInput{Comment: comments[0].ID, Body: "y"}))
			}),
			scene.Case("vote", w.Signatory, refusal.NotFound, "comment", func(ctx context.Context) error {
				return scene.Only(w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: comments[0].ID, Value: 1}))
			}),
			scene.Case("report", w.Signatory, refusal.NotFound, "item", func(ctx context.Context) error {
				return scene.Only(w.Report(ctx, scene.Spam(comments[0].ID)))
			}),
		})
	})
}
