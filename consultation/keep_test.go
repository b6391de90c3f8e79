package consultation_test

import (
	"context"
	"strings"
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

// What cannot be done for one row is done for those behind it, and for the failed one the next time.
func TestSweepGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		winner := w.submitted(t, w.Alice, c, "dix mille", "vingt mille")
		w.submitted(t, w.Bob, c, "dix mille", "cent mille")
		w.submitted(t, w.Signatory, c, "dix mille", "mille")
		w.phase(t, 0, 1<<40)
		w.phase(t, 0, 1<<40)
		w.accept(t, winner)
		heads, next, failed := w.heads(t), w.NewID, map[bool]bool{}
		taken := got(w.Read.Event.Query().FirstID(t.Context()))(t)
		w.NewID = func(kind string) string { // the first phase's event, and the first amendment's, get an id that is taken
			if comparing := len(w.eventsSince(t, heads)) > 0; kind == "event" && !failed[comparing] {
				failed[comparing] = true
				return taken
			}
			return next(kind)
		}
		err := w.Jobs.Do(t.Context(), "announce phases", "compare amendments")
		if err == nil || !strings.Contains(err.Error(), "announce phase") || !strings.Contains(err.Error(), "compare amendment") {
			t.Errorf("the sweep says %v", err)
		}
		if done := w.eventsSince(t, heads); len(done) != 2 {
			t.Errorf("%d events, want one phase and one amendment: %s", len(done), asJSON(done))
		}
		must(t, w.Jobs.Do(t.Context(), "announce phases", "compare amendments"))
		if done := w.eventsSince(t, heads); len(done) != 4 {
			t.Errorf("%d events at the end: %s", len(done), asJSON(done))
		}
	})
}
