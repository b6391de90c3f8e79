package live_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/ent/event"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// writers act on a commitment's thread, all at once, as people do: they post, answer, correct, delete and vote. The
// returned function waits for them.
func writers(t *testing.T, w *testsite.World, on *ent.Commitment, count, acts int) (wait func() error) {
	t.Helper()
	return writersWhile(t, w, on, count, acts, func() bool { return false })
}

// writersWhile are writers who act once, and as often again each time that more says so.
func writersWhile(t *testing.T, w *testsite.World, on *ent.Commitment, count, acts int, more func() bool) (wait func() error) {
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

func actsOf(ctx context.Context, w *testsite.World, on *ent.Commitment, random *rand.Rand, acts int) error {
	var mine []string
	for i := range acts {
		in := roadmap.PostCommentInput{Subject: on.ID, Body: fmt.Sprintf("Numéro %d", i)}
		var err error
		switch n := random.IntN(10); {
		case n < 5 || len(mine) == 0:
			if others, found := w.Read.Comment.Query().Where(comment.SubjectID(on.ID)).Limit(30).IDs(ctx); found == nil && len(others) > 0 && n%2 == 0 {
				in.Parent = &others[random.IntN(len(others))]
			}
			var m *ent.Comment
			if m, err = w.PostComment(ctx, in); err == nil {
				mine = append(mine, m.ID)
			}
		case n < 7:
			_, err = w.EditComment(ctx, roadmap.EditCommentInput{Comment: mine[random.IntN(len(mine))], Body: fmt.Sprintf("Corrigé %d", i)})
		case n < 8:
			_, err = w.DeleteComment(ctx, roadmap.DeleteCommentInput{Comment: mine[random.IntN(len(mine))]})
		default:
			others, found := w.Read.Comment.Query().Where(comment.SubjectID(on.ID)).Limit(30).IDs(ctx)
			if found == nil && len(others) > 0 {
				_, err = w.VoteComment(ctx, roadmap.VoteCommentInput{Comment: others[random.IntN(len(others))], Value: 1 - 2*random.IntN(2)})
			}
		}
		if err != nil && refusal.CodeOf(err) == "" { // refusals are part of the game: too deep, removed, one's own
			return err
		}
	}
	return nil
}

// thread is what somebody shows who read a page and then follows the events: what each comment says, null where its
// place is kept.
type thread map[string]string

const threadPage = `query($id: ID!, $after: Cursor) { commitment(id: $id) { streamCursor
	comments(first: 50, after: $after) { nodes { id body } pageInfo { hasNextPage endCursor } } } }`

// read reads all pages, and where the stream stood before the first.
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

// apply does what the schema asks of clients: put in place by id what is there, drop what is not.
func (all thread) apply(h testsite.Happening) {
	switch {
	case h.CommentID == "":
	case h.Comment == nil:
		delete(all, h.CommentID)
	default:
		all[h.CommentID] = h.Comment.Body
	}
}

// TestLiveJoin takes pages while 20 people write and goes on from where each page says the stream stood: nothing is
// lost between the two, and what events make of the page is what a fresh page shows.
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
			joiners = append(joiners, &joiner{page, at.Seq, testsite.Watch(t, s, testsite.CommitmentEvents, c.ID, cursor)})
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
				t.Errorf("joiner %d shows %d comments, a fresh page %d: %v, %v", i, len(j.thread), len(fresh), j.thread, fresh)
			}
		}
		t.Logf("%d events, %d comments, %d of %d joined while people wrote", last, len(fresh), late, len(joiners))
		if late < len(joiners)/2 {
			t.Errorf("only %d joined while people wrote", late)
		}
	})
}

// TestLiveReconnects cuts the connection again and again during a burst, after a random number of events, and comes
// back each time with the last cursor: the events that were taken are all of them, each once.
func TestLiveReconnects(t *testing.T) {
	const seed = 4
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		cursor, at := testsite.StreamCursor(t, s, c.ID), testsite.Head(t, s, c.ID)
		random := rand.New(rand.NewPCG(seed, 0))
		wait := writers(t, w, c, 10, 30)
		written := testsite.InBackground(wait)
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
			if h := k.Event(t); h.ID != want.ID || h.Cursor != want.Cursor || h.Typename != want.Typename || h.CommentID != want.CommentID {
				t.Fatalf("event %d: the socket says %+v, polling %+v", i, h, want)
			}
		}
		k.WantQuiet(t)
	})
}

type eventPage struct {
	Nodes       []testsite.Happening
	EndCursor   string
	HasNextPage bool
}

func poll(t testing.TB, s *testsite.Site, topic, after string) eventPage {
	t.Helper()
	var answer struct{ Events eventPage }
	s.Must(t, "", `query($id: ID!, $after: EventCursor) { events(topic: $id, after: $after, first: 7) { endCursor hasNextPage nodes `+testsite.Seen+` } }`,
		map[string]any{"id": topic, "after": after}, &answer)
	return answer.Events
}

// TestLiveReset goes on from places that nobody can go on from: pruned ones, and those of a history that a restored
// database does not know. Each time one Reset comes first, with the cursor from which it goes on; the same when polling.
func TestLiveReset(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := testsite.With(t, url, live.NewMemoryBroker(), live.ReconcileEvery(50*time.Millisecond))
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		cursors := []string{testsite.StreamCursor(t, s, c.ID)} // where the stream stood after each event
		post := func() {
			t.Helper()
			w.Comment(t, w.Bob, c.ID, "Oui.")
			cursors = append(cursors, testsite.StreamCursor(t, s, c.ID))
		}
		wantReset := func(name string, k *testsite.Socket, after string) {
			t.Helper()
			now := testsite.StreamCursor(t, s, c.ID)
			if h := k.Event(t); h.Typename != "Reset" || h.Cursor != now {
				t.Fatalf("%s: came %+v, want a Reset to %s", name, h, now)
			}
			if page := poll(t, s, c.ID, after); len(page.Nodes) != 1 || page.Nodes[0].Typename != "Reset" ||
				page.Nodes[0].Cursor != now || page.EndCursor != now || page.HasNextPage {
				t.Fatalf("%s: polling says %+v, want a Reset to %s", name, page, now)
			}
			w.Comment(t, w.Bob, c.ID, "Après "+name)
			k.WantAll(t, testsite.EventsAfter(t, s, c.ID, now))
		}
		for range 6 {
			post()
		}
		prune := func(below int64) {
			testsite.Got(w.Write.Event.Delete().Where(event.Topic(c.ID), event.SeqLTE(below)).Exec(t.Context()))(t)
		}
		prune(4)
		for i, after := range cursors { // the commitment was published with event 1
			k := testsite.Watch(t, s, testsite.CommitmentEvents, c.ID, after)
			if i >= 3 { // at the edge: the event behind it tells what was before
				k.WantAll(t, testsite.EventsAfter(t, s, c.ID, after))
				if page := poll(t, s, c.ID, after); len(page.Nodes) > 0 && page.Nodes[0].Typename == "Reset" {
					t.Errorf("polling resets %d", i)
				}
				continue
			}
			wantReset(fmt.Sprintf("pruned %d", i), k, after)
		}
		edited := w.Comment(t, w.Bob, c.ID, "Oui.")
		testsite.Got(w.EditComment(w.Bob.Ctx(t.Context()), roadmap.EditCommentInput{Comment: edited.ID, Body: "Non."}))(t) // nothing is kept in memory
		prune(testsite.Head(t, s, c.ID))                                                                                   // nor in the log
		k := testsite.Watch(t, s, testsite.CommitmentEvents, c.ID, cursors[5])
		wantReset("all pruned", k, cursors[5])

		// A backup is restored: what came after it never happened.
		backup := testsite.Got(w.Read.Topic.Get(t.Context(), c.ID))(t)
		cursors = []string{testsite.StreamCursor(t, s, c.ID)}
		watching := testsite.Watch(t, s, testsite.CommitmentEvents, c.ID, cursors[0])
		for range 3 {
			post()
		}
		watching.WantAll(t, testsite.EventsAfter(t, s, c.ID, cursors[0]))
		testsite.Got(w.Write.Event.Delete().Where(event.Topic(c.ID), event.SeqGT(backup.Seq)).Exec(t.Context()))(t)
		testsite.Must(t, w.Write.Topic.UpdateOneID(c.ID).SetSeq(backup.Seq).SetNonce(backup.Nonce).SetPreviousNonce(backup.PreviousNonce).Exec(t.Context()))
		wantReset("watching a restored database", watching, cursors[3])
		for i, after := range cursors {
			k := testsite.Watch(t, s, testsite.CommitmentEvents, c.ID, after)
			if i == 0 { // before the backup was made
				k.WantAll(t, testsite.EventsAfter(t, s, c.ID, after))
				continue
			}
			wantReset(fmt.Sprintf("restored %d", i), k, after)
		}
	})
}

// TestLiveAmendmentThread is the thread of an amendment, which shares its topic with everything else.
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
				if h := k.Event(t); h.CommentID != id || h.SubjectID != subject {
					t.Fatalf("came %+v, want %s", h, id)
				}
			}
			k.WantQuiet(t)
		}
		// Going on from the commitment's cursor, past what is not in this thread.
		k := testsite.Watch(t, s, testsite.CommentEvents, b.ID, testsite.StreamCursor(t, s, c.ID))
		w.Comment(t, w.Signatory, a.ID, "Là.")
		m := w.Comment(t, w.Signatory, b.ID, "Et là.")
		if h := k.Event(t); h.CommentID != m.ID {
			t.Fatalf("came %+v, want %s", h, m.ID)
		}
	})
}
