package change_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// keyed returns the input of a comment under a key.
func keyed(c *ent.Commitment, body, key string) roadmap.PostCommentInput {
	return roadmap.PostCommentInput{Subject: c.ID, Body: body, IdempotencyKey: &key}
}

// When the answer to the first try was lost, as in a crash between commit and reply, the retry finds what it made.
func TestRetryAnswersWithTheSameNodeAsItIsNow(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		in := keyed(c, "Un", "k1")

		testsite.Must(t, w.TryComment(scene.As(t, w.Alice), in))
		m := testsite.Got(w.Read.Comment.Query().Only(t.Context()))(t)
		testsite.Must(t, scene.Only(w.EditComment(scene.As(t, w.Alice),
			roadmap.EditCommentInput{Comment: m.ID, Body: "Deux"})))

		w.Idle(t, func() error {
			again, err := w.PostComment(scene.As(t, w.Alice), in)
			if err == nil && (again.ID != m.ID || again.Body != "Deux") {
				t.Errorf("the retry answers %s, %q", again.ID, again.Body)
			}
			return err
		})
	})
}

// A retry does nothing and succeeds, even when the act has become impossible meanwhile.
func TestRetryAfterTheDoorClosed(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		in := keyed(c, "Un", "k1")
		testsite.Must(t, w.TryComment(scene.As(t, w.Alice), in))
		w.ClosePhase(t)
		w.Idle(t, func() error { return w.TryComment(scene.As(t, w.Alice), in) })
	})
}

// A key that was used with one input is refused with another.
func TestRetryWithAnotherInputIsAConflict(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		testsite.Must(t, w.TryComment(scene.As(t, w.Alice), keyed(c, "Un", "k1")))
		other := keyed(c, "Un", "k1")
		other.Alignment = scene.Ptr(comment.AlignmentFOR)

		for name, in := range map[string]roadmap.PostCommentInput{"body": keyed(c, "Deux", "k1"), "alignment": other} {
			t.Run(name, func(t *testing.T) {
				w.Refused(t, refusal.Conflict, "", func() error { return w.TryComment(scene.As(t, w.Alice), in) })
			})
		}
	})
}

// A key belongs to one person and one mutation: others may use the same one.
func TestKeysAreIndependent(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		testsite.Must(t, w.TryComment(scene.As(t, w.Alice), keyed(c, "Un", "k1")))
		testsite.Must(t, w.TryComment(scene.As(t, w.Bob), keyed(c, "Un", "k1")))
		testsite.Must(t, w.TryComment(scene.As(t, w.Alice), keyed(c, "Un", "k2")))
		testsite.Must(t, scene.Only(w.AddSupport(scene.As(t, w.Alice), roadmap.AddSupportInput{
			Commitment: c.ID, IdempotencyKey: scene.Ptr("k1"),
		})))
		if n := w.CommitmentNow(t, c).CommentCount; n != 3 {
			t.Errorf("%d comments, want 3", n)
		}
	})
}

// A key is forgotten after a day.
func TestKeysExpire(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		in := keyed(c, "Un", "k1")
		testsite.Must(t, w.TryComment(scene.As(t, w.Alice), in))

		w.Clock.Advance(24 * time.Hour)
		w.Idle(t, func() error { return w.TryComment(scene.As(t, w.Alice), in) })

		w.Clock.Advance(time.Microsecond)
		testsite.Must(t, w.TryComment(scene.As(t, w.Alice), in)) // the key is new again
		w.Idle(t, func() error { return w.TryComment(scene.As(t, w.Alice), in) })

		if n := w.CommitmentNow(t, c).CommentCount; n != 2 {
			t.Errorf("%d comments, want 2", n)
		}
	})
}

// An act that is refused does not use up its key.
func TestKeyOfARefusedActIsFree(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		w.Refused(t, refusal.BadUserInput, "body", func() error {
			return w.TryComment(scene.As(t, w.Alice), keyed(c, "", "k1"))
		})
		testsite.Must(t, w.TryComment(scene.As(t, w.Alice), keyed(c, "Un", "k1")))
	})
}

// A key must have from 1 to 64 characters.
func TestUnusableKeys(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		for name, key := range map[string]string{"empty": "", "long": strings.Repeat("é", 65)} {
			t.Run(name, func(t *testing.T) {
				w.Refused(t, refusal.BadUserInput, "idempotencyKey", func() error {
					return w.TryComment(scene.As(t, w.Alice), keyed(c, "Un", key))
				})
			})
		}
		testsite.Must(t, w.TryComment(scene.As(t, w.Alice), keyed(c, "Un", strings.Repeat("é", 64))))
	})
}

// Without a signed-in person, a key is ignored, whatever it is: the act is refused as it would be without one.
func TestKeyOfNobodyIsIgnored(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		testsite.Must(t, w.TryComment(scene.As(t, w.Alice), keyed(c, "Un", "k1")))
		for _, key := range []string{"k1", ""} {
			w.Refused(t, refusal.Unauthenticated, "",
				func() error { return w.TryComment(t.Context(), keyed(c, "Un", key)) })
		}
	})
}

// When what a first try made is gone, there is nothing to answer with, and nothing is done again.
func TestRetryOfWhatIsGone(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		key := scene.Ptr("k1")
		supportInput := roadmap.SupportInput{Commitment: c.ID, IdempotencyKey: key}
		draftInput := roadmap.DraftAmendmentInput{Commitment: c.ID, IdempotencyKey: key}
		axisInput := processes.CreateAxisInput{Process: w.Process.ID, Title: scene.French("A"), IdempotencyKey: key}

		for name, do := range map[string]struct {
			first, undo, again func(ctx context.Context) error
		}{
			"support": {
				func(ctx context.Context) error {
					return scene.Only(w.AddSupport(ctx, roadmap.AddSupportInput(supportInput)))
				},
				func(ctx context.Context) error {
					return scene.Only(w.RemoveSupport(ctx, roadmap.RemoveSupportInput(supportInput)))
				},
				func(ctx context.Context) error {
					return scene.Only(w.AddSupport(ctx, roadmap.AddSupportInput(supportInput)))
				},
			},

			"draft": {
				func(ctx context.Context) error { return scene.Only(w.DraftAmendment(ctx, draftInput)) },
				func(ctx context.Context) error {
					d := testsite.Got(w.Read.Amendment.Query().Only(ctx))(t)
					return scene.Only(w.DeleteAmendmentDraft(ctx, roadmap.DeleteAmendmentDraftInput{Amendment: d.ID}))
				},
				func(ctx context.Context) error { return scene.Only(w.DraftAmendment(ctx, draftInput)) },
			},

			"axis": {
				func(ctx context.Context) error { return scene.Only(w.CreateAxis(ctx, axisInput)) },
				func(ctx context.Context) error {
					a := testsite.Got(w.CreateAxis(ctx, axisInput))(t)
					return scene.Only(w.DeleteAxis(ctx, processes.DeleteAxisInput{Axis: a.ID}))
				},
				func(ctx context.Context) error { return scene.Only(w.CreateAxis(ctx, axisInput)) },
			},
		} {
			t.Run(name, func(t *testing.T) {
				ctx := scene.As(t, w.Admin)
				testsite.Must(t, do.first(ctx))
				testsite.Must(t, do.undo(ctx))
				w.Refused(t, refusal.NotFound, "", func() error { return do.again(ctx) })
			})
		}
	})
}

// Ten tries at once under one key make one comment, and all of them get it.
func TestTriesAtOnceUnderOneKey(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		ctx := scene.As(t, w.Alice)

		ids := make([]string, 10)
		var tries sync.WaitGroup

		for i := range ids {
			tries.Go(func() {
				m, err := w.PostComment(ctx, keyed(c, "Un", "k1"))
				if err != nil {
					t.Error(err)
					return
				}
				ids[i] = m.ID
			})
		}

		tries.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Errorf("they got %v", ids)
				break
			}
		}

		if n := w.CommitmentNow(t, c).CommentCount; n != 1 {
			t.Errorf("%d comments, want 1", n)
		}
	})
}

// A viewer whom a gate keeps out counts as nobody, so their key is ignored.
func TestKeyOfAGatedViewerIsIgnored(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		gated := auth.WithGate(scene.As(t, w.Alice), func(context.Context) bool { return false })

		w.Refused(t, refusal.Unauthenticated, "", func() error { return w.TryComment(gated, keyed(c, "Un", "k1")) })
	})
}
