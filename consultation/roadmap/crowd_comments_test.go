package roadmap_test

import (
	"fmt"
	"testing"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/commentvote"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

func TestOneVoteFromManyTries(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		m := w.Comment(t, w.Alice, w.SomeCommitment(t).ID, "x")
		bob := scene.As(t, w.Bob)

		for _, err := range scene.AtOnce(t, 20, func(i int) error {
			return scene.Only(w.VoteComment(bob, roadmap.VoteCommentInput{Comment: m.ID, Value: i%3 - 1}))
		}) {
			testsite.Must(t, err)
		}

		// The last vote, after all the others, is the one that counts.
		testsite.Must(t, scene.Only(w.VoteComment(bob, roadmap.VoteCommentInput{Comment: m.ID, Value: 1})))
		n := testsite.Got(w.Read.CommentVote.Query().Where(commentvote.CommentID(m.ID)).Count(t.Context()))(t)
		if m = w.CommentNow(t, m); n != 1 || m.UpCount != 1 || m.DownCount != 0 || m.Score != 1 {
			t.Errorf("%d votes; %d up, %d down, score %d", n, m.UpCount, m.DownCount, m.Score)
		}
	})
}

// Fifty people comment at once. The log has fifty events in a row, each with the count as it was then.
func TestFiftyPeopleCommentAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		people := w.Crowd(t, 50)

		for _, err := range scene.AtOnce(t, len(people), func(i int) error {
			return w.TryComment(scene.As(t, people[i]), roadmap.PostCommentInput{
				Subject: c.ID, Body: fmt.Sprint(i), Alignment: scene.Ptr(comment.AlignmentFOR),
			})
		}) {
			testsite.Must(t, err)
		}

		if c = w.CommitmentNow(t, c); c.CommentCount != 50 || c.ForCount != 50 {
			t.Errorf("%d comments, %d for", c.CommentCount, c.ForCount)
		}

		events := testsite.Got(w.Events(t.Context(), c.ID, 1, 100))(t)
		for i, e := range events {
			n, _ := e.Int("commentCount")
			if e.Seq != int64(i+2) || e.Type != live.CommentPosted || n != int64(i+1) {
				t.Errorf("event %d is number %d, %s, with %d comments", i, e.Seq, e.Type, n)
			}
		}

		if len(events) != 50 {
			t.Errorf("%d events", len(events))
		}
	})
}

// Fifty people answer in one thread, while others vote there and the author of ten answers deletes them.
func TestAThreadInAHurry(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		root := w.Comment(t, w.Alice, c.ID, "0")
		thread := []*ent.Comment{root} // three comments below the root, and three below the last of those
		for depth := range 2 {
			for range 3 {
				thread = append(thread, w.Reply(t, thread[depth*3], "x"))
			}
		}
		doomed := make([]*ent.Comment, 10)
		for i := range doomed {
			doomed[i] = w.Reply(t, thread[i%4], "x")
		}
		people := w.Crowd(t, 50)
		bob := scene.As(t, w.Bob)

		for i, err := range scene.AtOnce(t, 100, func(i int) error {
			at := thread[i%len(thread)]
			switch {
			case i < 50:
				return w.TryComment(scene.As(t, people[i]),
					roadmap.PostCommentInput{Subject: c.ID, Parent: &at.ID, Body: "x"})
			case i < 90:
				return scene.Only(w.VoteComment(scene.As(t, people[i-50]), roadmap.VoteCommentInput{
					Comment: at.ID, Value: i%2*2 - 1,
				}))
			}
			return scene.Only(w.DeleteComment(bob, roadmap.DeleteCommentInput{Comment: doomed[i-90].ID}))
		}) {
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}

		if root = w.CommentNow(t, root); root.DescendantCount != 6+50 {
			t.Errorf("%d below the root, want 56", root.DescendantCount)
		}
	})
}

// People answer a comment that is deleted at the same moment: each answer comes before the deletion, or is refused.
func TestAnswersToADeletedComment(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		alice, bob := scene.As(t, w.Alice), scene.As(t, w.Bob)

		for range 8 {
			m := w.Reply(t, w.Comment(t, w.Alice, c.ID, "0"), "1")

			answers := scene.AtOnce(t, 3, func(i int) error {
				if i == 0 {
					return scene.Only(w.DeleteComment(bob, roadmap.DeleteCommentInput{Comment: m.ID}))
				}
				return w.TryComment(alice, roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "2"})
			})

			testsite.Must(t, answers[0])
			for _, err := range answers[1:] {
				if err != nil && refusal.CodeOf(err) != refusal.BadUserInput {
					t.Errorf("answering: %v", err)
				}
			}
		}
	})
}
