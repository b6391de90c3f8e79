package live_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// writers act on a commitment's thread, all at once, as people do: each acts as often as acts says, and posts, answers,
// edits, deletes or votes. The returned function waits for them.
func writers(t *testing.T, w *testsite.World, on *ent.Commitment, count, acts int) (wait func() error) {
	t.Helper()
	return writersWhile(t, w, on, count, acts, func() bool { return false })
}

// writersWhile are writers who begin again as long as more returns true.
func writersWhile(
	t *testing.T, w *testsite.World, on *ent.Commitment, count, acts int, more func() bool,
) (wait func() error) {
	t.Helper()
	var g errgroup.Group
	for i := range count {
		p := w.Person(t, fmt.Sprintf("writer-%d", i))
		ctx, random := p.Ctx(t.Context()), rand.New(rand.NewPCG(1, uint64(i)))
		g.Go(func() error {
			err := actsOf(ctx, w, on, random, acts)
			for err == nil && more() {
				err = actsOf(ctx, w, on, random, acts)
			}
			return err
		})
	}
	return g.Wait
}

// actsOf has one person act on a thread.
func actsOf(ctx context.Context, w *testsite.World, on *ent.Commitment, random *rand.Rand, acts int) error {
	var mine []string
	others := func() []string { // nil also on an error
		ids, _ := w.Read.Comment.Query().Where(comment.SubjectID(on.ID)).Limit(30).IDs(ctx)
		return ids
	}

	for i := range acts {
		var err error
		switch n := random.IntN(10); {
		case n < 5 || len(mine) == 0:
			in := roadmap.PostCommentInput{Subject: on.ID, Body: fmt.Sprintf("Numéro %d", i)}
			if among := others(); len(among) > 0 && n%2 == 0 {
				in.Parent = &among[random.IntN(len(among))]
			}
			var m *ent.Comment
			if m, err = w.PostComment(ctx, in); err == nil {
				mine = append(mine, m.ID)
			}
		case n < 7:
			_, err = w.EditComment(ctx, roadmap.EditCommentInput{
				Comment: mine[random.IntN(len(mine))], Body: fmt.Sprintf("Corrigé %d", i),
			})
		case n < 8:
			_, err = w.DeleteComment(ctx, roadmap.DeleteCommentInput{Comment: mine[random.IntN(len(mine))]})
		default:
			if among := others(); len(among) > 0 {
				_, err = w.VoteComment(ctx, roadmap.VoteCommentInput{
					Comment: among[random.IntN(len(among))], Value: 1 - 2*random.IntN(2),
				})
			}
		}

		if err != nil && refusal.CodeOf(err) == "" { // refusals are part of the game: too deep, removed, one's own
			return err
		}
	}
	return nil
}

// thread is what somebody sees who read a page and then follows the events: the text of each comment by its id, which
// is empty if only its place is left.
type thread map[string]string

// threadPage reads a page of a thread and the position of its stream.
const threadPage = `query($id: ID!, $after: Cursor) {
	commitment(id: $id) {
		streamCursor
		comments(first: 50, after: $after) { nodes { id body } pageInfo { hasNextPage endCursor } }
	}
}`

// readThread reads all pages, and the position of the stream before the first.
func readThread(t testing.TB, s *testsite.Site, id string) (all thread, streamCursor string) {
	t.Helper()
	all = thread{}
	for after := (any)(nil); ; {
		var page struct {
			Commitment struct {
				StreamCursor string
				Comments     struct {
					Nodes    []struct{ ID, Body string }
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
				}
			}
		}
		s.Must(t, "", threadPage, map[string]any{"id": id, "after": after}, &page)

		c := page.Commitment
		if streamCursor == "" {
			streamCursor = c.StreamCursor
		}
		for _, m := range c.Comments.Nodes {
			all[m.ID] = m.Body
		}

		if !c.Comments.PageInfo.HasNextPage {
			return all, streamCursor
		}
		after = c.Comments.PageInfo.EndCursor
	}
}

// apply does what the schema asks of clients: it puts in place by id what is there, and drops what is not.
func (all thread) apply(h testsite.Happening) {
	switch {
	case h.NodeID == h.SubjectID: // of what was removed since
	case h.Comment == nil:
		delete(all, h.NodeID)
	default:
		all[h.NodeID] = h.Comment.Body
	}
}

// TestLiveJoin reads pages while 20 people write, and goes on from where each page says the stream stood: nothing is
// lost between the two, and a page to which the events are applied is the same as a fresh page.
func TestLiveJoin(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")

		var joined atomic.Bool
		wait := writersWhile(t, w, c, 20, 12, func() bool { return !joined.Load() })
		type joiner struct {
			thread thread
			at     int64
			socket *testsite.Socket
		}
		var joiners []*joiner

		for range 8 {
			page, cursor := readThread(t, s, c.ID)
			at, err := live.ParseCursor(cursor)
			testsite.Must(t, err)
			socket := testsite.Watch(t, s, testsite.CommitmentEvents, c.ID, cursor)
			joiners = append(joiners, &joiner{page, at.Seq, socket})
		}
		joined.Store(true)
		testsite.Must(t, wait())

		fresh, _ := readThread(t, s, c.ID)
		last := testsite.Head(t, s, c.ID)

		late := 0
		for i, j := range joiners {
			if j.at < last {
				late++
			}
			for ; j.at < last; j.at++ {
				h := j.socket.Event(t)
				if h.Seq(t) != j.at+1 {
					t.Fatalf("joiner %d: event %d comes after %d", i, h.Seq(t), j.at)
				}
				j.thread.apply(h)
			}

			j.socket.WantQuiet(t)
			if !maps.Equal(j.thread, fresh) {
				t.Errorf("joiner %d shows %d comments, a fresh page %d: %v, %v", i, len(j.thread),
					len(fresh), j.thread, fresh)
			}
		}

		t.Logf("%d events, %d comments, %d of %d joined while people wrote", last, len(fresh), late, len(joiners))
		if late < len(joiners)/2 {
			t.Errorf("only %d joined while people wrote", late)
		}
	})
}

// TestLiveReconnects cuts the connection again and again during a burst, after a random number of events, and comes
// back each time with the last cursor: every event comes, each once.
func TestLiveReconnects(t *testing.T) {
	const seed = 4
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		cursor, at := testsite.StreamCursor(t, s, c.ID), testsite.Head(t, s, c.ID)

		random := rand.New(rand.NewPCG(seed, 0))
		written := testsite.InBackground(writers(t, w, c, 10, 30))
		cuts, more := 0, true
		for ; more; cuts++ {
			k := testsite.Watch(t, s, testsite.CommitmentEvents, c.ID, cursor)
			for n := random.IntN(10); n > 0 && more; n-- {
				var f testsite.Frame
				select {
				case f = <-k.Frames:
				case <-written.Done:
					testsite.Must(t, written.Err)
					if more = at < testsite.Head(t, s, c.ID); more {
						f = k.Take(t)
					}
				}
				if !more {
					break
				}

				h := testsite.EventIn(t, f)
				if h.Seq(t) != at+1 {
					t.Fatalf("seed %d, connection %d: event %d comes after %d", seed, cuts, h.Seq(t), at)
				}
				at, cursor = at+1, h.Cursor
			}

			k.Kill()
		}

		t.Logf("%d events over %d connections", at, cuts)
		if cuts < 20 {
			t.Errorf("the connection was only cut %d times", cuts)
		}
	})
}

// TestLivePolling reads the same stream as a query, in small pages while people write: the same events, in the same
// order, under the same cursors.
func TestLivePolling(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		start := testsite.StreamCursor(t, s, c.ID)
		k := testsite.Watch(t, s, testsite.CommitmentEvents, c.ID, start)
		written := testsite.InBackground(writers(t, w, c, 8, 12))

		var polled []testsite.Happening
		for after, more := start, true; more; {
			over := written.Over()
			page := poll(t, s, c.ID, after)
			polled = append(polled, page.Nodes...)
			after, more = page.EndCursor, page.HasNextPage || !over
		}

		testsite.Must(t, written.Err)

		for i, want := range polled {
			h := k.Event(t)
			// Which comment was edited or voted on is no longer said once it is removed, between the two perhaps.
			mayBeUnnamed := h.Typename == "CommentEdited" || h.Typename == "VoteChanged"
			removed := mayBeUnnamed && (h.NodeID == h.SubjectID || want.NodeID == want.SubjectID)
			if h.ID != want.ID || h.Cursor != want.Cursor || h.Typename != want.Typename ||
				h.NodeID != want.NodeID && !removed {
				t.Fatalf("event %d: the socket says %+v, polling %+v", i, h, want)
			}
		}
		k.WantQuiet(t)
	})
}

// eventPage is a page of a topic's log.
type eventPage struct {
	Nodes       []testsite.Happening
	EndCursor   string
	HasNextPage bool
}

// poll reads a page of seven events of a topic.
func poll(t testing.TB, s *testsite.Site, topic, after string) eventPage {
	t.Helper()
	var answer struct{ Events eventPage }
	s.Must(t, "", `query($id: ID!, $after: EventCursor) {
		events(topic: $id, after: $after, first: 7) { endCursor hasNextPage nodes `+testsite.Seen+` }
	}`, map[string]any{"id": topic, "after": after}, &answer)
	return answer.Events
}

// TestLiveAmendmentThread watches the threads of amendments, which share their topic with everything else: each gets
// what is in it, and goes on from the topic's cursor.
func TestLiveAmendmentThread(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		a, b := w.Amendment(t, w.Alice, c, "Autre texte."), w.Amendment(t, w.Bob, c, "Autre texte encore.")

		start := testsite.StreamCursor(t, s, c.ID)
		sockets := map[string]*testsite.Socket{}
		for _, subject := range []string{a.ID, b.ID, c.ID} {
			sockets[subject] = testsite.Watch(t, s, testsite.CommentEvents, subject, start)
		}

		want := map[string][]string{}
		for i := range 12 {
			subject := []string{a.ID, c.ID, b.ID, a.ID}[i%4]
			want[subject] = append(want[subject], w.Comment(t, w.Signatory, subject, "Ici.").ID)
		}

		for subject, k := range sockets {
			for _, id := range want[subject] {
				if h := k.Event(t); h.NodeID != id || h.SubjectID != subject {
					t.Fatalf("came %+v, want %s", h, id)
				}
			}
			k.WantQuiet(t)
		}

		// Going on from the commitment's cursor, past what is not in this thread.
		k := testsite.Watch(t, s, testsite.CommentEvents, b.ID, testsite.StreamCursor(t, s, c.ID))
		w.Comment(t, w.Signatory, a.ID, "Là.")
		m := w.Comment(t, w.Signatory, b.ID, "Et là.")
		if h := k.Event(t); h.NodeID != m.ID {
			t.Fatalf("came %+v, want %s", h, m.ID)
		}
	})
}
