package consultation_test

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
)

// keyed is a comment under a key.
func keyed(c *ent.Commitment, body, key string) roadmap.PostCommentInput {
	return roadmap.PostCommentInput{Subject: c.ID, Body: body, IdempotencyKey: &key}
}

// The answer to the first try is lost, as in a crash between commit and reply: the retry finds what it made.
func TestRetryAnswersWithTheSameNodeAsItIsNow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		in := keyed(c, "Un", "k1")
		must(t, w.post(as(t, w.Alice), in))
		m := got(w.Read.Comment.Query().Only(t.Context()))(t)
		must(t, only(w.EditComment(as(t, w.Alice), roadmap.EditCommentInput{Comment: m.ID, Body: "Deux"})))
		w.idle(t, func() error {
			again, err := w.PostComment(as(t, w.Alice), in)
			if err == nil && (again.ID != m.ID || again.Body != "Deux") {
				t.Errorf("the retry answers %s, %q", again.ID, again.Body)
			}
			return err
		})
	})
}

// A retry does nothing even where the act has become impossible meanwhile.
func TestRetryAfterTheDoorClosed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		in := keyed(c, "Un", "k1")
		must(t, w.post(as(t, w.Alice), in))
		w.closePhase(t)
		w.idle(t, func() error { return w.post(as(t, w.Alice), in) })
	})
}

func TestRetryWithAnotherInputIsAConflict(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		must(t, w.post(as(t, w.Alice), keyed(c, "Un", "k1")))
		other := keyed(c, "Un", "k1")
		other.Alignment = ptr(comment.AlignmentFOR)
		for name, in := range map[string]roadmap.PostCommentInput{"body": keyed(c, "Deux", "k1"), "alignment": other} {
			t.Run(name, func(t *testing.T) {
				w.refused(t, refusal.Conflict, "", func() error { return w.post(as(t, w.Alice), in) })
			})
		}
	})
}

// Keys belong to a person and a mutation.
func TestKeysAreIndependent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		must(t, w.post(as(t, w.Alice), keyed(c, "Un", "k1")))
		must(t, w.post(as(t, w.Bob), keyed(c, "Un", "k1")))
		must(t, w.post(as(t, w.Alice), keyed(c, "Un", "k2")))
		must(t, only(w.AddSupport(as(t, w.Alice), roadmap.AddSupportInput{Commitment: c.ID, IdempotencyKey: ptr("k1")})))
		if n := w.now(t, c).CommentCount; n != 3 {
			t.Errorf("%d comments, want 3", n)
		}
	})
}

func TestKeysExpire(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		in := keyed(c, "Un", "k1")
		must(t, w.post(as(t, w.Alice), in))
		w.Clock.Advance(24 * time.Hour)
		w.idle(t, func() error { return w.post(as(t, w.Alice), in) })
		w.Clock.Advance(time.Microsecond)
		must(t, w.post(as(t, w.Alice), in)) // the key is new again, with any input
		w.idle(t, func() error { return w.post(as(t, w.Alice), in) })
		if n := w.now(t, c).CommentCount; n != 2 {
			t.Errorf("%d comments, want 2", n)
		}
	})
}

// A refused act leaves its key free.
func TestKeyOfARefusedActIsFree(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		w.refused(t, refusal.BadUserInput, "body", func() error { return w.post(as(t, w.Alice), keyed(c, "", "k1")) })
		must(t, w.post(as(t, w.Alice), keyed(c, "Un", "k1")))
	})
}

func TestUnusableKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		for name, key := range map[string]string{"empty": "", "long": strings.Repeat("é", 65)} {
			t.Run(name, func(t *testing.T) {
				w.refused(t, refusal.BadUserInput, "idempotencyKey", func() error { return w.post(as(t, w.Alice), keyed(c, "Un", key)) })
			})
		}
		must(t, w.post(as(t, w.Alice), keyed(c, "Un", strings.Repeat("é", 64))))
	})
}

// Without a signed-in person, a key is ignored, whatever it is: the act is judged as without it.
func TestKeyOfNobodyIsIgnored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		must(t, w.post(as(t, w.Alice), keyed(c, "Un", "k1")))
		for _, key := range []string{"k1", ""} {
			w.refused(t, refusal.Unauthenticated, "", func() error { return w.post(t.Context(), keyed(c, "Un", key)) })
		}
	})
}

// What a first try made may be gone since: there is nothing to answer with, and nothing is done again.
func TestRetryOfWhatIsGone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		key := ptr("k1")
		supportInput := roadmap.SupportInput{Commitment: c.ID, IdempotencyKey: key}
		draftInput := roadmap.DraftAmendmentInput{Commitment: c.ID, IdempotencyKey: key}
		axisInput := processes.CreateAxisInput{Process: w.Process.ID, Title: french("A"), IdempotencyKey: key}
		for name, do := range map[string]struct {
			first, undo, again func(ctx context.Context) error
		}{
			"support": {
				func(ctx context.Context) error { return only(w.AddSupport(ctx, roadmap.AddSupportInput(supportInput))) },
				func(ctx context.Context) error {
					return only(w.RemoveSupport(ctx, roadmap.RemoveSupportInput(supportInput)))
				},
				func(ctx context.Context) error { return only(w.AddSupport(ctx, roadmap.AddSupportInput(supportInput))) },
			},
			"draft": {
				func(ctx context.Context) error { return only(w.DraftAmendment(ctx, draftInput)) },
				func(ctx context.Context) error {
					d := got(w.Read.Amendment.Query().Only(ctx))(t)
					return only(w.DeleteAmendmentDraft(ctx, roadmap.DeleteAmendmentDraftInput{Amendment: d.ID}))
				},
				func(ctx context.Context) error { return only(w.DraftAmendment(ctx, draftInput)) },
			},
			"axis": {
				func(ctx context.Context) error { return only(w.CreateAxis(ctx, axisInput)) },
				func(ctx context.Context) error {
					a := got(w.CreateAxis(ctx, axisInput))(t)
					return only(w.DeleteAxis(ctx, processes.DeleteAxisInput{Axis: a.ID}))
				},
				func(ctx context.Context) error { return only(w.CreateAxis(ctx, axisInput)) },
			},
		} {
			t.Run(name, func(t *testing.T) {
				ctx := as(t, w.Admin)
				must(t, do.first(ctx))
				must(t, do.undo(ctx))
				w.refused(t, refusal.NotFound, "", func() error { return do.again(ctx) })
			})
		}
	})
}

// Ten tries at once make one comment; all get it.
func TestTriesAtOnceUnderOneKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		ctx := as(t, w.Alice)
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
		if n := w.now(t, c).CommentCount; n != 1 {
			t.Errorf("%d comments, want 1", n)
		}
	})
}

// Behind a closed gate there is nobody, and so no key.
func TestKeyOfAGatedViewerIsIgnored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		gated := auth.WithGate(as(t, w.Alice), func(context.Context) bool { return false })
		w.refused(t, refusal.Unauthenticated, "", func() error { return w.post(gated, keyed(c, "Un", "k1")) })
	})
}
