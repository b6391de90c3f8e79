package roadmap_test

import (
	"context"
	"testing"

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

// counting returns an interceptor that adds 1 to n at each read of the table it is set on.
func counting(n *int) ent.Interceptor {
	return ent.InterceptFunc(func(next ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
			*n++
			return next.Query(ctx, q)
		})
	})
}
