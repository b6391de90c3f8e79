package change_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"ensemble/consultation/change"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// When an event is published, everybody can already read it and what it is about: it was committed before.
func TestPublishedAfterCommit(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		calls := 0

		w.Publisher = scene.PublisherFunc(func(ctx context.Context, events ...live.Event) {
			calls++
			for _, e := range events {
				logged, err := w.Events(ctx, e.Topic, e.Seq-1, 1)
				if err != nil || len(logged) != 1 || logged[0].ID != e.ID {
					t.Errorf("the log holds %v, %v", logged, err)
				}

				if m, err := w.Read.Comment.Get(ctx, e.Subject); err != nil || m.Body != "Bonjour" {
					t.Errorf("the comment is %v, %v", m, err)
				}

				if n := w.CommitmentNow(t, c).CommentCount; n != 1 {
					t.Errorf("the count is %d", n)
				}
			}
		})

		w.Comment(t, w.Alice, c.ID, "Bonjour")
		if calls != 1 {
			t.Errorf("published %d times", calls)
		}
	})
}

// What is committed is published, even when the request has ended by then.
func TestPublishedForARequestThatIsGone(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		ctx, cancel := context.WithCancel(scene.As(t, w.Alice))
		var outlived error

		w.Publisher = scene.PublisherFunc(func(ctx context.Context, _ ...live.Event) {
			cancel()
			outlived = ctx.Err()
		})

		testsite.Must(t, w.TryComment(ctx, roadmap.PostCommentInput{Subject: c.ID, Body: "x"}))
		if outlived != nil {
			t.Errorf("the publisher's context ended with the request's: %v", outlived)
		}
	})
}

// A transaction that fails publishes nothing and changes nothing.
func TestNothingIsPublishedWhenNothingIsCommitted(t *testing.T) {
	failed := errors.New("failed")
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		record := func(tx *change.Tx) {
			tx.Record(live.Event{Topic: c.ID, Type: live.CommentPosted, Subject: c.ID})
		}

		for name, do := range map[string]func(stop func(), tx *change.Tx) error{
			"the change fails":    func(_ func(), tx *change.Tx) error { record(tx); return failed },
			"the request is gone": func(stop func(), tx *change.Tx) error { record(tx); stop(); return nil },
			"the log cannot be written": func(_ func(), tx *change.Tx) error {
				tx.Record(live.Event{
					Topic: c.ID, Type: live.CommentPosted, Subject: c.ID, Data: scene.Data{"x": func() {}},
				})
				return nil
			},
		} {
			t.Run(name, func(t *testing.T) {
				before := w.Contents(t)
				w.Told.Take()

				ctx, cancel := context.WithCancel(t.Context())
				err := w.In(ctx, func(ctx context.Context, tx *change.Tx) error {
					testsite.Must(t, tx.Commitment.UpdateOneID(c.ID).AddCommentCount(1).Exec(ctx))
					return do(cancel, tx)
				})
				if cancel(); err == nil {
					t.Error("it was committed")
				}

				if told := w.Told.Take(); len(told) > 0 {
					t.Errorf("published %s", scene.AsJSON(told))
				}
				w.Unchanged(t, before)
			})
		}
	})
}

// A panic is rolled back, and it gives the connection back to others: SQLite has a single one to write with.
func TestPanicIsRolledBack(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		before := w.Contents(t)

		func() {
			defer func() {
				if cause := recover(); cause != "ouch" {
					t.Errorf("recovered %v", cause)
				}
			}()
			_ = w.In(t.Context(), func(ctx context.Context, tx *change.Tx) error {
				testsite.Must(t, tx.Commitment.UpdateOneID(c.ID).AddCommentCount(1).Exec(ctx))
				panic("ouch")
			})
		}()

		w.Unchanged(t, before)
		w.Comment(t, w.Alice, c.ID, "x")
	})
}

// Events of several topics are logged topic by topic, in the order of the topics' ids, which is the order of locks.
// Within a topic they are logged as they were recorded.
func TestEventsAreLoggedInTheOrderOfTopics(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		heads := w.LogHeads(t)
		testsite.Must(t, w.In(t.Context(), func(_ context.Context, tx *change.Tx) error {
			for _, e := range []struct{ topic, subject string }{
				{"b", "1"}, {"c", "2"}, {"a", "3"}, {"b", "4"}, {"a", "5"},
			} {
				tx.Record(live.Event{Topic: e.topic, Type: live.CommentPosted, Subject: e.subject})
			}
			return nil
		}))

		want := []struct {
			topic, subject string
			seq            int64
		}{{"a", "3", 1}, {"a", "5", 2}, {"b", "1", 1}, {"b", "4", 2}, {"c", "2", 1}}

		published := w.Told.Take()
		logged := w.EventsSince(t, heads)
		if scene.AsJSON(published) != scene.AsJSON(logged) || len(logged) != len(want) {
			t.Fatalf("published %s\nlogged %s", scene.AsJSON(published), scene.AsJSON(logged))
		}

		for i, e := range published {
			if e.Topic != want[i].topic || e.Subject != want[i].subject || e.Seq != want[i].seq {
				t.Errorf("event %d is %s %d about %s, want %v", i, e.Topic, e.Seq, e.Subject, want[i])
			}
		}
	})
}

// An event comes back from the log as it was published, except that numbers in its data have another type.
func TestEventsAndHeads(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		w.Told.Take()
		for range 3 {
			w.Comment(t, w.Alice, c.ID, "x")
		}
		published := w.Told.Take()

		for _, page := range []struct {
			after int64
			limit int
			want  []live.Event
		}{{1, 10, published}, {1, 2, published[:2]}, {3, 10, published[2:]}, {4, 10, nil}, {100, 10, nil}} {
			events := testsite.Got(w.Events(t.Context(), c.ID, page.after, page.limit))(t)
			if scene.AsJSON(events) != scene.AsJSON(append([]live.Event{}, page.want...)) {
				t.Errorf("after %d: %s\nwant %s", page.after, scene.AsJSON(events), scene.AsJSON(page.want))
			}
		}

		heads := testsite.Got(w.Heads(t.Context(), []string{c.ID, w.Process.ID, "unknown"}))(t)
		if len(heads) != 2 || heads[c.ID] != published[2].Cursor() {
			t.Errorf("the heads are %v", heads)
		}
		if none := testsite.Got(w.Heads(t.Context(), nil))(t); len(none) != 0 {
			t.Errorf("the heads of nothing are %v", none)
		}
	})
}

// EventsAfter answers with one page of a topic's events, says where it ends, and says whether there are more.
func TestEventsAfter(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		for range 3 {
			w.Comment(t, w.Alice, c.ID, "x")
		}
		all := testsite.Got(w.Events(t.Context(), c.ID, 0, 10))(t)

		page := func(after string, limit int) public.EventPage {
			return testsite.Got(w.EventsAfter(t.Context(), c.ID, after, limit))(t)
		}

		for _, p := range []struct {
			name  string
			after string
			limit int
			want  []live.Event
			more  bool
		}{
			{"from the beginning", "", 10, all, false},
			{"exactly all", "", 4, all, false},
			{"a part", "", 3, all[:3], true},
			{"before the first", live.Cursor{Topic: c.ID}.String(), 1, all[:1], true},
			{"in the middle", all[1].Cursor().String(), 10, all[2:], false},
			{"at the end", all[3].Cursor().String(), 10, nil, false},
		} {
			got := page(p.after, p.limit)
			if scene.AsJSON(got.Events) != scene.AsJSON(append([]live.Event{}, p.want...)) || got.More != p.more {
				t.Errorf("%s: %s, more %t", p.name, scene.AsJSON(got.Events), got.More)
			}

			if n := len(p.want); n > 0 && got.End != p.want[n-1].Cursor() || n == 0 && got.End.String() != p.after {
				t.Errorf("%s: it ends at %+v", p.name, got.End)
			}
		}
	})
}

// A cursor from which one cannot continue is answered with one Reset, at the head.
func TestEventsAfterThatCannotContinue(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		for range 4 {
			w.Comment(t, w.Alice, c.ID, "x")
		}

		all := testsite.Got(w.Events(t.Context(), c.ID, 0, 10))(t)
		head := all[4].Cursor()
		// Retention deletes events in the same way.
		_, err := w.Store.Write.ExecContext(t.Context(), "DELETE FROM events WHERE topic = $1 AND seq <= 2", c.ID)
		testsite.Must(t, err)

		for name, cursor := range map[string]live.Cursor{
			"pruned":                {Topic: c.ID, Seq: 1, Nonce: all[0].Nonce},
			"before the first":      {Topic: c.ID},
			"of another history":    {Topic: c.ID, Seq: 3, Nonce: all[2].Nonce + 1},
			"head, another history": {Topic: c.ID, Seq: 5, Nonce: head.Nonce + 1},
			"beyond the head":       {Topic: c.ID, Seq: 6, Nonce: 1},
		} {
			page := testsite.Got(w.EventsAfter(t.Context(), c.ID, cursor.String(), 10))(t)
			if len(page.Events) != 1 || page.Events[0].Type != live.Reset || page.Events[0].Cursor() != head ||
				page.End != head || page.More {
				t.Errorf("%s: %+v", name, page)
			}
		}

		for name, p := range map[string]struct {
			after string
			want  []live.Event
		}{
			"at the edge of retention": {all[1].Cursor().String(), all[2:]},
			"from the oldest kept":     {"", all[2:]},
		} {
			page := testsite.Got(w.EventsAfter(t.Context(), c.ID, p.after, 10))(t)
			if scene.AsJSON(page.Events) != scene.AsJSON(p.want) {
				t.Errorf("%s: %s", name, scene.AsJSON(page.Events))
			}
		}

		rewind(t, w, all)
	})
}

// Where all events were pruned, the page is empty and ends at the head. One can continue from there without a Reset.
func TestEventsAfterWhereAllWasPruned(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		all := testsite.Got(w.Events(t.Context(), c.ID, 0, 10))(t)
		_, err := w.Store.Write.ExecContext(t.Context(), "DELETE FROM events WHERE topic = $1", c.ID)
		testsite.Must(t, err)

		page := testsite.Got(w.EventsAfter(t.Context(), c.ID, "", 10))(t)
		if len(page.Events) != 0 || page.End != all[0].Cursor() {
			t.Fatalf("the page is %+v", page)
		}

		m := w.Comment(t, w.Alice, c.ID, "x")
		page = testsite.Got(w.EventsAfter(t.Context(), c.ID, page.End.String(), 10))(t)
		if len(page.Events) != 1 || page.Events[0].Subject != m.ID {
			t.Errorf("then it goes on with %s", scene.AsJSON(page.Events))
		}

		rewind(t, w, all)
	})
}

// rewind writes pruned events again, so that the log is whole when the test ends.
func rewind(t testing.TB, w *scene.World, events []live.Event) {
	t.Helper()
	for _, e := range events {
		err := w.Write.Event.Create().SetID(e.ID).SetTopic(e.Topic).SetSeq(e.Seq).SetNonce(int64(e.Nonce)).
			SetPreviousNonce(int64(e.Previous)).SetType(string(e.Type)).SetSubjectID(e.Subject).
			SetAt(e.At).Exec(t.Context())
		if err != nil && !ent.IsConstraintError(err) {
			t.Fatal(err)
		}
	}
}

// EventsAfter refuses topics that are none or are not public, and cursors that are none or are of another topic.
func TestEventsAfterRefusals(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, other, secret := w.SomeCommitment(t), w.SomeCommitment(t), w.Draft(t, "Secret", "Secret.")
		a := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille")

		for name, topic := range map[string]string{
			"draft": secret.ID, "no such commitment": w.NewID("commitment"), "amendment": a.ID,
			"user": w.Alice.ID, "not an id": "x", "nothing": "",
		} {
			if _, err := w.EventsAfter(t.Context(), topic, "", 10); refusal.CodeOf(err) != refusal.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}

		for name, after := range map[string]string{
			"not a cursor": "x", "of another topic": live.Cursor{Topic: other.ID, Seq: 1, Nonce: 1}.String(),
		} {
			if _, err := w.EventsAfter(t.Context(), c.ID, after, 10); !errors.Is(err, live.ErrCursor) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// The topic of a commitment and of its amendments is the commitment. What is not public has none.
func TestTopicOf(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c, secret := w.SomeCommitment(t), w.Draft(t, "Secret", "Secret.")
		a, d := w.Submitted(t, w.Alice, c, "dix mille", "vingt mille"), w.DraftOf(t, w.Alice, c, "publie", "tait")

		for _, subject := range []string{c.ID, a.ID} {
			topic, process, err := w.TopicOf(t.Context(), "subject", subject)
			if err != nil || topic != c.ID || process.ID != c.ProcessID ||
				!slices.Equal(process.Languages, w.Process.Languages) {
				t.Errorf("the topic of %s is %s in %v: %v", subject, topic, process, err)
			}
		}

		for _, subject := range []string{d.ID, secret.ID, "x", w.NewID("amendment")} {
			if _, _, err := w.TopicOf(t.Context(), "subject", subject); refusal.CodeOf(err) != refusal.NotFound {
				t.Errorf("the topic of %s: %v", subject, err)
			}
		}
	})
}
