package consultation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// Jobs announce phases and compare amendments as soon as there are any, until their context ends.
func TestJobs(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		winner := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		rival := w.Submitted(t, w.Bob, c, "dix mille", "cent mille")
		f := w.NewPhase(t, 0, 1<<40)
		announced := make(chan live.Event, 100)
		w.Publisher = scene.PublisherFunc(func(ctx context.Context, events ...live.Event) {
			w.Told.Publish(ctx, events...)
			for _, e := range events {
				announced <- e
			}
		})

		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.Service.Jobs.Run(ctx) }()

		awaited(t, announced, live.PhaseOpened, f.ID)
		w.Accept(t, winner)
		awaited(t, announced, live.AmendmentMergeStateChanged, rival.ID)
		stop()
		<-ended
	})
}

// awaited reads events until the one that is expected comes, and fails after half a minute.
func awaited(t *testing.T, events <-chan live.Event, kind live.Type, subject string) {
	t.Helper()
	late, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	for {
		select {
		case e := <-events:
			if e.Type == kind && e.Subject == subject {
				return
			}
		case <-late.Done():
			t.Fatalf("no %s of %s", kind, subject)
		}
	}
}

// When a row fails, the rows behind it are done all the same, and the failed one is done the next time.
func TestRoundGoesOn(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		winner := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.Submitted(t, w.Bob, c, "dix mille", "cent mille")
		w.Submitted(t, w.Signatory, c, "dix mille", "mille")
		w.NewPhase(t, 0, 1<<40)
		w.NewPhase(t, 0, 1<<40)
		w.Accept(t, winner)

		heads, next, failed := w.LogHeads(t), w.NewID, map[bool]bool{}
		taken := testsite.Got(w.Read.Event.Query().FirstID(t.Context()))(t)
		// The first phase's event gets an id that is taken, and so does the first amendment's.
		w.NewID = func(kind string) string {
			if comparing := len(w.EventsSince(t, heads)) > 0; kind == "event" && !failed[comparing] {
				failed[comparing] = true
				return taken
			}
			return next(kind)
		}

		err := w.Jobs.Do(t.Context(), "announce phases", "compare amendments")
		if err == nil || !strings.Contains(err.Error(), "announce phase") ||
			!strings.Contains(err.Error(), "compare amendment") {
			t.Errorf("the round says %v", err)
		}
		if done := w.EventsSince(t, heads); len(done) != 2 {
			t.Errorf("%d events, want one phase and one amendment: %s", len(done), scene.AsJSON(done))
		}

		testsite.Must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
		if done := w.EventsSince(t, heads); len(done) != 4 {
			t.Errorf("%d events at the end: %s", len(done), scene.AsJSON(done))
		}
	})
}
