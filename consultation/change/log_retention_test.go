package change_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ensemble/consultation/change"
	"ensemble/ent/event"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// forget prunes the log until there is nothing more to do, and returns how many passes that took.
func forget(t *testing.T, w *scene.World, keep change.Retention) (times int) {
	t.Helper()
	w.KeepEvents = keep
	for more := true; more; times++ {
		more = testsite.Got(change.ForgetSome(w.DB, t.Context()))(t)
	}
	return times
}

// kept returns the numbers of the events that are left of a topic.
func kept(t *testing.T, w *scene.World, topic string) (seqs []int64) {
	t.Helper()
	for _, e := range testsite.Got(w.Events(t.Context(), topic, 0, 100_000))(t) {
		seqs = append(seqs, e.Seq)
	}
	return seqs
}

// span returns the numbers from the first to the last, with both.
func span(from, to int64) (seqs []int64) {
	for seq := from; seq <= to; seq++ {
		seqs = append(seqs, seq)
	}
	return seqs
}

// Events are forgotten by age and by count. The last one of each topic is kept, and its head stays as it was.
func TestForgetEvents(t *testing.T) {
	for name, test := range map[string]struct {
		keep                  change.Retention
		idle, busy, busyTotal int64 // the first that is kept
	}{
		"everything":        {change.Retention{}, 1, 1, 40},
		"by age":            {change.Retention{Age: 10 * time.Hour}, 3, 31, 40},
		"all are young":     {change.Retention{Age: 1000 * time.Hour}, 1, 1, 40},
		"all are old":       {change.Retention{Age: time.Nanosecond}, 3, 40, 40},
		"by count":          {change.Retention{Count: 2}, 2, 39, 40},
		"few":               {change.Retention{Count: 1000}, 1, 1, 40},
		"count is stricter": {change.Retention{Age: 10 * time.Hour, Count: 5}, 3, 36, 40},
		"age is stricter":   {change.Retention{Age: 3 * time.Hour, Count: 20}, 3, 38, 40},
	} {
		t.Run(name, func(t *testing.T) {
			testsite.Each(t, func(t *testing.T, s *testsite.Site) {
				w := scene.New(t, s)
				idle, busy := w.SomeCommitment(t), w.SomeCommitment(t) // one event each, of now
				for _, body := range []string{"Un.", "Deux."} {
					w.Comment(t, w.Alice, idle.ID, body)
				}
				for i := range 39 {
					w.Comment(t, w.Bob, busy.ID, fmt.Sprint("Heure ", i))
					w.Clock.Advance(time.Hour)
				}

				heads := w.LogHeads(t)
				forget(t, w, test.keep)

				if seqs := kept(t, w, idle.ID); !slices.Equal(seqs, span(test.idle, 3)) {
					t.Errorf("of the idle topic %v are kept", seqs)
				}
				if seqs := kept(t, w, busy.ID); !slices.Equal(seqs, span(test.busy, test.busyTotal)) {
					t.Errorf("of the busy topic %v are kept", seqs)
				}

				for topic, seq := range w.LogHeads(t) {
					if heads[topic] != seq || len(kept(t, w, topic)) == 0 {
						t.Errorf("%s: the head was %d and is %d, %d events are kept",
							topic, heads[topic], seq, len(kept(t, w, topic)))
					}
				}

				w.Comment(t, w.Alice, idle.ID, "Encore.") // its number follows the last one
				if seqs := kept(t, w, idle.ID); seqs[len(seqs)-1] != 4 {
					t.Errorf("after another comment %v are kept", seqs)
				}
			})
		})
	}
}

// However much there is to forget, no transaction deletes more than a batch, and one pass ends soon.
func TestForgetInBatches(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := scene.New(t, s)
		c := w.SomeCommitment(t)
		const many = 25_000
		_ = testsite.Got(s.Store.Write.ExecContext(t.Context(), `
			INSERT INTO events (id, topic, seq, nonce, previous_nonce, type, subject_id, data, at)
			WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
			SELECT 'event_' || i, $1, i, i, i - 1, 'VoteChanged', 'x', '{}', $2 FROM n`, c.ID, w.Now()))(t)
		_ = testsite.Got(s.Store.Write.ExecContext(t.Context(),
			`UPDATE topics SET seq = 25000, nonce = 25000 WHERE id = $1`, c.ID))(t)
		w.KeepEvents = change.Retention{Count: 100}
		more := testsite.Got(change.ForgetSome(w.DB, t.Context()))(t)
		if n := w.Read.Event.Query().Where(event.Topic(c.ID)).CountX(t.Context()); !more || n != many-10_000 {
			t.Errorf("after one go %d are kept, more: %v", n, more)
		}

		if times := forget(t, w, w.KeepEvents); times != 2 {
			t.Errorf("took %d more", times)
		}
		if seqs := kept(t, w, c.ID); !slices.Equal(seqs, span(many-99, many)) {
			t.Errorf("%d are kept, the first is %d", len(seqs), seqs[0])
		}
	})
}

// Somebody who comes back with a cursor of events that are forgotten gets one Reset, with a later one what follows it.
func TestResumeFromBeforeRetention(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := scene.New(t, s)
		c := w.SomeCommitment(t)
		for i := range 20 {
			w.Comment(t, w.Alice, c.ID, fmt.Sprint("Remarque ", i))
		}
		all := testsite.Got(w.Events(t.Context(), c.ID, 0, 100))(t)
		forget(t, w, change.Retention{Count: 5}) // 17 to 21 are left
		for seq, want := range map[int][]int64{1: {21}, 15: {21}, 16: span(17, 21), 20: {21}} {
			page := testsite.Got(w.EventsAfter(t.Context(), c.ID, all[seq-1].Cursor().String(), 50))(t)
			var seqs []int64
			for _, e := range page.Events {
				seqs = append(seqs, e.Seq)
			}
			if reset := page.Events[0].Type == live.Reset; reset != (seq < 16) || !slices.Equal(seqs, want) {
				t.Errorf("after %d come %v, reset: %v", seq, seqs, reset)
			}
		}

		page := testsite.Got(w.EventsAfter(t.Context(), c.ID, "", 50))(t)
		if page.Events[0].Seq != 17 || len(page.Events) != 5 {
			t.Errorf("from the oldest: %d events from %d", len(page.Events), page.Events[0].Seq)
		}
	})
}

// A job forgets events at once.
func TestJobForgetsEvents(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := scene.New(t, s)
		c := w.SomeCommitment(t)
		w.Comment(t, w.Alice, c.ID, "Un.")

		s.KeepEvents = change.Retention{Count: 1}
		s.RunJobs()

		late, tick := time.After(30*time.Second), time.NewTicker(5*time.Millisecond)
		defer tick.Stop()
		for len(kept(t, w, c.ID)) > 1 {
			select {
			case <-tick.C:
			case <-late:
				t.Fatal("nothing is forgotten")
			}
		}
	})
}
