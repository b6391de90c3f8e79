package roadmap_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// A person posts one comment in three seconds: wherever they comment, also when they deleted the last, and whatever
// others do.
func TestCommentPace(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.CommentPace = 3 * time.Second
		c, other := w.SomeCommitment(t), w.SomeCommitment(t)

		post := func(who context.Context, subject, body string) error {
			return w.TryComment(who, roadmap.PostCommentInput{Subject: subject, Body: body})
		}
		first := testsite.Got(w.PostComment(scene.As(t, w.Alice),
			roadmap.PostCommentInput{Subject: c.ID, Body: "Un."}))(t)

		for _, step := range []struct {
			name  string
			after time.Duration
			err   func() error
			wait  int // seconds; 0 when it is posted, and -1 when it is refused for what is wrong with it
		}{
			{"at once", 0, func() error { return post(scene.As(t, w.Alice), c.ID, "Deux.") }, 3},
			{"elsewhere", 0, func() error { return post(scene.As(t, w.Alice), other.ID, "Deux.") }, 3},
			{"in answer", 0, func() error {
				return w.TryComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
					Subject: c.ID, Parent: &first.ID, Body: "Deux.",
				})
			}, 3},
			{"somebody else", 0, func() error { return post(scene.As(t, w.Bob), c.ID, "Moi.") }, 0},
			{"soon", 2900 * time.Millisecond, func() error { return post(scene.As(t, w.Alice), c.ID, "Deux.") }, 1},
			{"after deleting it", 0, func() error {
				testsite.Must(t, scene.Only(w.DeleteComment(scene.As(t, w.Alice), roadmap.DeleteCommentInput{
					Comment: first.ID,
				})))
				return post(scene.As(t, w.Alice), c.ID, "Deux.")
			}, 1},
			{"what is wrong is told first", 0, func() error { return post(scene.As(t, w.Alice), c.ID, "") }, -1},
			{"in time", 100 * time.Millisecond, func() error { return post(scene.As(t, w.Alice), c.ID, "Deux.") }, 0},
			{"again", time.Second, func() error { return post(scene.As(t, w.Alice), c.ID, "Trois.") }, 2},
			{"without limits", 0, func() error {
				w.CommentPace = 0
				return post(scene.As(t, w.Alice), c.ID, "Trois.")
			}, 0},
		} {
			w.Clock.Advance(step.after)
			err := step.err()

			name, wait := scene.LimitedBy(err)
			switch {
			case step.wait < 0 && refusal.CodeOf(err) == refusal.BadUserInput:
			case step.wait > 0 && (name != "commentPace" || wait != step.wait),
				step.wait == 0 && err != nil, step.wait < 0:
				t.Errorf("%s: %v, want to wait %d s", step.name, err, step.wait)
			}
		}
	})
}

// Of many comments that one person posts at once, one is posted; a retry of it is no second one.
func TestCommentPaceAtOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		w.CommentPace = 3 * time.Second
		c := w.SomeCommitment(t)

		var all sync.WaitGroup
		errs := make([]error, 12)
		for i := range errs {
			all.Go(func() {
				key := strings.Repeat("k", 1+i%4) // three tries have the same key
				errs[i] = w.TryComment(scene.As(t, w.Alice), roadmap.PostCommentInput{
					Subject: c.ID, Body: "Moi d’abord.", IdempotencyKey: &key,
				})
			})
		}
		all.Wait()

		if n := testsite.Got(w.Read.Comment.Query().Count(t.Context()))(t); n != 1 {
			t.Errorf("%d were posted", n)
		}

		for _, err := range errs {
			if name, _ := scene.LimitedBy(err); err != nil && name != "commentPace" {
				t.Error(err)
			}
		}
	})
}
