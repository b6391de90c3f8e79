package roadmap_test

import (
	"context"
	"strings"
	"testing"

	"ensemble/consultation/processes"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// Submitting reads the process once, and each version once: the base and the current one, which may be the same.
func TestSubmittingReadsOnce(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		fresh := w.DraftOf(t, w.Alice, c, "deux", "trois")
		behind := w.DraftOf(t, w.Bob, c, "dix", "vingt")

		var processes, versions int // how many reads there were of each
		w.Write.Process.Intercept(counting(&processes))
		w.Write.Version.Intercept(counting(&versions))
		submit := func(p *testsite.Person, d *ent.Amendment) {
			processes, versions = 0, 0
			testsite.Must(t, scene.Only(w.SubmitAmendment(scene.As(t, p),
				roadmap.SubmitAmendmentInput{Amendment: d.ID})))
		}

		if submit(w.Alice, fresh); processes != 1 || versions != 1 {
			t.Errorf("an amendment of the current text read %d processes and %d versions", processes, versions)
		}

		w.Revise(t, c, "Il publie", "On publie")
		if submit(w.Bob, behind); processes != 1 || versions != 2 {
			t.Errorf("an amendment of an earlier text read %d processes and %d versions", processes, versions)
		}
	})
}

// Long texts that somebody submits, posts or edits are rendered before the transaction begins: while they wait for their
// turn, others write.
func TestWritingsAreRenderedOutsideTransactions(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		long := func(what string) string { return strings.Repeat(what+" "+t.Name()+" ", 4_900/(len(what+t.Name())+2)) }
		testsite.Must(t, scene.Only(w.UpdateProcess(scene.As(t, w.Admin), processes.UpdateProcessInput{
			Process: w.Process.ID, CommentMaxLength: scene.Ptr(processes.MaxComment),
		})))
		c := w.SomeCommitment(t)
		d := w.DraftOf(t, w.Alice, c, "dix mille", long("submitted"))
		m := w.Comment(t, w.Alice, c.ID, "Un mot.")
		alice := scene.As(t, w.Alice)

		for name, write := range map[string]func() error{
			"submit": func() error {
				return scene.Only(w.SubmitAmendment(alice, roadmap.SubmitAmendmentInput{Amendment: d.ID}))
			},
			"post": func() error {
				return w.TryComment(alice, roadmap.PostCommentInput{Subject: c.ID, Body: long("posted")})
			},
			"edit": func() error {
				return scene.Only(w.EditComment(alice, roadmap.EditCommentInput{Comment: m.ID, Body: long("edited")}))
			},
		} {
			release := testsite.HoldHeavyTurns(t)
			written := testsite.InBackground(write)
			w.Comment(t, w.Bob, c.ID, "Pendant ce temps.")
			if written.Over() {
				t.Errorf("%s: it did not wait for its turn: %v", name, written.Err)
			}

			release()
			<-written.Done
			testsite.Must(t, written.Err)
		}
	})
}

// What nobody may post is refused as before, and nothing of it is rendered ahead.
func TestBadCommentsAreNotRenderedAhead(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		testsite.HoldHeavyTurns(t) // a rendering would never end
		long := strings.Repeat(t.Name()+" ", 4_900/(len(t.Name())+1))
		for name, try := range map[string]struct {
			ctx  context.Context
			body string
			code refusal.Code
		}{
			"nobody":   {t.Context(), long, refusal.Unauthenticated},
			"too long": {scene.As(t, w.Alice), strings.Repeat(long, 2), refusal.BadUserInput},
		} {
			err := w.TryComment(try.ctx, roadmap.PostCommentInput{Subject: c.ID, Body: try.body})
			if code := refusal.CodeOf(err); code != try.code {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// counting returns an interceptor that adds 1 to n at each read of the table it is set on.
func counting(n *int) ent.Interceptor {
	return ent.InterceptFunc(func(next ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
			*n++
			return next.Query(ctx, q)
		})
	})
}
