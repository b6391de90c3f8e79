package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"ensemble/consultation/bulk"
	"ensemble/consultation/change"
	"ensemble/consultation/search"
	"ensemble/consultation/search/words"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/version"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/live"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// imported is a commitment with comments, as another site might have had it.
type imported struct {
	*testsite.World
	rows bulk.Rows
	made *ent.Commitment
	all  []*ent.Comment
}

// imports makes the rows. Every second comment answers the one before, every fourth agrees, and every tenth is deleted.
// Each is announced on the commitment, and every third is announced on the process too.
func imports(w *testsite.World, comments int) *imported {
	at, agree := w.Moment().Add(-time.Hour), comment.AlignmentFOR
	c := &ent.Commitment{
		ID: w.NewID("commitment"), ProcessID: w.Process.ID, AxisID: w.Axis.ID, Number: 900, Reference: "imported-900",
		Status: commitment.StatusOPEN, VersionID: w.NewID("version"), VersionNumber: 1,
		PublishedAt: &at, ActiveAt: at, CreatedAt: at,
		CommentCount: 77, // wrong, until the comments are counted
	}

	i := &imported{World: w, made: c}
	i.rows.Commitments = []*ent.Commitment{c}
	i.rows.Versions = []*ent.Version{{
		ID: c.VersionID, CommitmentID: c.ID, Number: 1, AuthorID: w.Steering.ID,
		Source: version.SourceEDIT, CreatedAt: at,
		Title: map[string]string{"fr": "Une zibeline"}, Body: map[string]string{"fr": "Importée."},
	}}

	for n := range comments {
		m := &ent.Comment{
			ID: w.NewID("comment"), SubjectID: c.ID, Topic: c.ID, Body: fmt.Sprint("Remarque ", n), Language: "fr",
			AuthorID: w.Alice.ID, CreatedAt: at,
		}
		m.Path = m.ID + "/"
		switch {
		case n%4 == 0:
			m.Alignment = &agree
		case n%2 == 1:
			above := i.all[n-1]
			m.ParentID, m.Depth, m.Path = &above.ID, 1, above.Path+m.Path
		}
		if n%10 == 9 {
			m.DeletedAt = &at
		}

		i.all = append(i.all, m)
		i.announce(c.ID, m.ID, at)
		if n%3 == 0 {
			i.announce(w.Process.ID, m.ID, at)
		}
	}
	i.rows.Comments = i.all
	return i
}

// announce adds an event to the rows: a comment was posted.
func (i *imported) announce(topic, subject string, at time.Time) {
	i.rows.Events = append(i.rows.Events, live.Event{
		ID: i.NewID("event"), Topic: topic, Type: live.CommentPosted, Subject: subject, At: at,
	})
}

// write writes the rows to the database.
func (i *imported) write(ctx context.Context) error {
	return bulk.Write(ctx, i.DB, i.Index, func(string, int, int) {},
		func(context.Context, *change.Tx) (*bulk.Rows, error) {
			return &i.rows, nil
		})
}

// chain returns the log of a topic. It has no gap, and each event in it knows the one before.
func (i *imported) chain(t *testing.T, topic string) []live.Event {
	t.Helper()
	events := got(i.Events(t.Context(), topic, 0, math.MaxInt32))(t)

	var before live.Event
	for _, e := range events {
		if e.Seq != before.Seq+1 || e.Previous != before.Nonce || e.Nonce == 0 {
			t.Fatalf("%d after %d, which was %d, follows %d", e.Seq, e.Previous, before.Nonce, before.Seq)
		}
		before = e
	}

	if head := got(i.Heads(t.Context(), []string{topic}))(t)[topic]; head != before.Cursor() {
		t.Errorf("the head is %v, the last event %v", head, before.Cursor())
	}

	return events
}

// Events are numbered without gaps after those that were there, in their order, across batches. What is done later by
// the rules is numbered after them.
func TestEventsAreNumbered(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		i := imports(testsite.NewWorld(t, s), 1700)
		there := len(i.chain(t, i.Process.ID))
		must(t, i.write(t.Context()))

		events := i.chain(t, i.made.ID)
		if len(events) != len(i.all) {
			t.Fatalf("%d events of %d", len(events), len(i.all))
		}
		for n, e := range events {
			if e.Subject != i.all[n].ID {
				t.Fatalf("event %d is about %s, want %s", n, e.Subject, i.all[n].ID)
			}
		}
		if n := len(i.chain(t, i.Process.ID)); there == 0 || n != there+567 {
			t.Errorf("the process has %d events after %d", n, there)
		}

		m := i.Comment(t, i.Bob, i.made.ID, "Et maintenant ?")
		if after := i.chain(t, i.made.ID); len(after) != len(events)+1 || after[len(events)].Subject != m.ID {
			t.Errorf("the rules go on with %v", after[len(events):])
		}
	})
}

// Counters are counted from the rows, whatever the rows said, and search finds what is public.
func TestCountersAndSearch(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		i := imports(testsite.NewWorld(t, s), 20)
		i.rows.Votes = []*ent.CommentVote{
			{ID: i.NewID("vote"), CommentID: i.all[0].ID, UserID: i.Bob.ID, Value: -1, CreatedAt: i.made.CreatedAt},
		}
		must(t, i.write(t.Context()))

		c := got(i.Read.Commitment.Get(t.Context(), i.made.ID))(t)
		first := got(i.Read.Comment.Get(t.Context(), i.all[0].ID))(t)
		if c.CommentCount != 18 || c.ForCount != 5 || c.NeutralCount != 5 || c.AmendmentCount != 0 {
			t.Errorf("%d comments, %d for, %d neutral, %d amendments",
				c.CommentCount, c.ForCount, c.NeutralCount, c.AmendmentCount)
		}
		if first.ReplyCount != 1 || first.DescendantCount != 1 || first.DownCount != 1 || first.Score != -1 {
			t.Errorf("the first comment has %+v", first)
		}
		if n := got(i.Search(words.Parse("zibeline ", ""), search.SearchFilter{}).Count(t.Context()))(t); n != 1 {
			t.Errorf("%d are found", n)
		}
	})
}

// What is written is neither published nor announced to anybody.
func TestNobodyIsTold(t *testing.T) {
	i := imports(testsite.NewWorld(t, testsite.SQLite(t)), 20)
	i.Publisher = publisher(func(events []live.Event) { t.Errorf("%v is published", events) })
	must(t, i.write(t.Context()))

	if n := got(i.Read.Fanout.Query().Count(t.Context()))(t); n != 0 {
		t.Errorf("%d events look for whom they concern", n)
	}
}

// publisher is a function that is a Publisher.
type publisher func(events []live.Event)

// Publish calls the function.
func (p publisher) Publish(_ context.Context, events ...live.Event) { p(events) }

// Rows that cannot all be stored are not stored at all.
func TestAllOrNothing(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		i := imports(testsite.NewWorld(t, s), 20)
		there := len(i.chain(t, i.Process.ID))
		i.rows.Events[19].ID = i.rows.Events[3].ID

		if err := i.write(t.Context()); err == nil {
			t.Fatal("an event was stored twice")
		}

		if n := len(i.chain(t, i.Process.ID)); n != there {
			t.Errorf("the process has %d events after %d", n, there)
		}
		if _, err := i.Read.Commitment.Get(t.Context(), i.made.ID); !ent.IsNotFound(err) {
			t.Errorf("the commitment: %v", err)
		}

		refused := errors.New("there is something already")
		err := bulk.Write(t.Context(), i.DB, i.Index, nil, func(context.Context, *change.Tx) (*bulk.Rows, error) {
			return nil, refused
		})
		if !errors.Is(err, refused) {
			t.Errorf("the error is %v", err)
		}
	})
}

// must ends the test when err is not nil.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got returns the value of a call that must succeed: got(f())(t).
func got[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		must(t, err)
		return v
	}
}
