package consultation_test

import (
	"context"
	"testing"
	"time"

	"ensemble/live"
)

// Keep sweeps at once and whenever an amendment was accepted, until its context ends.
func TestKeep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		winner, rival := w.submitted(t, w.Alice, c, "dix mille", "vingt mille"), w.submitted(t, w.Bob, c, "dix mille", "cent mille")
		f := w.phase(t, 0, 1<<40)
		announced := make(chan live.Event, 100)
		w.Publisher = publisherFunc(func(ctx context.Context, events ...live.Event) {
			w.told.Publish(ctx, events...)
			for _, e := range events {
				announced <- e
			}
		})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.Service.Keep(ctx) }()

		awaited(t, announced, live.PhaseOpened, f.ID)
		w.accept(t, winner)
		awaited(t, announced, live.AmendmentMergeStateChanged, rival.ID)
		stop()
		<-ended
	})
}

// awaited takes events until the one that is expected comes.
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
