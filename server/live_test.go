package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// The subscriptions, asked for what happening holds.
const (
	seen = `{ __typename id cursor
		... on CommentPosted { commentId subjectId comment { id body } }
		... on CommentEdited { commentId subjectId comment { id body } }
		... on CommentRemoved { commentId subjectId comment { id body } }
		... on VoteChanged { commentId subjectId comment { id body } } }`
	processEvents    = `subscription($id: ID!, $after: EventCursor) { processEvents(process: $id, after: $after) { __typename id cursor } }`
	commitmentEvents = `subscription($id: ID!, $after: EventCursor) { commitmentEvents(commitment: $id, after: $after) ` + seen + ` }`
	commentEvents    = `subscription($id: ID!, $after: EventCursor) { comments(subject: $id, after: $after) ` + seen + ` }`
	amendmentEvents  = `subscription($id: ID!, $after: EventCursor) { amendments(commitment: $id, after: $after) { __typename id cursor } }`
)

// watch subscribes over a socket of its own; after is a cursor, or "" for from now on.
func watch(t testing.TB, s *testsite.Site, query, id, after string) *socket {
	t.Helper()
	k := dial(t, s, "")
	variables := map[string]any{"id": id}
	if after != "" {
		variables["after"] = after
	}
	k.subscribe(t, "1", query, variables)
	return k
}

// streamCursor is where the stream of a process or commitment stands, as a page says.
func streamCursor(t testing.TB, s *testsite.Site, id string) string {
	t.Helper()
	var at struct{ Node struct{ StreamCursor string } }
	s.Must(t, "", `query($id: ID!) { node(id: $id) { ... on Process { streamCursor } ... on Commitment { streamCursor } } }`,
		map[string]any{"id": id}, &at)
	return at.Node.StreamCursor
}

// logged is what the log holds of a topic behind a cursor.
func logged(t testing.TB, s *testsite.Site, topic, after string) []live.Event {
	t.Helper()
	at, err := live.ParseCursor(after)
	if err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(t.Context(), topic, at.Seq, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// wantAll fails unless the next events are these, in order and each once.
func (k *socket) wantAll(t testing.TB, events []live.Event) {
	t.Helper()
	for i, e := range events {
		h := k.event(t)
		if h.Typename != string(e.Type) || h.ID != e.ID || h.Cursor != e.Cursor().String() {
			t.Fatalf("event %d of %d is %s %d, want %s %d", i, len(events), h.Typename, h.seq(t), e.Type, e.Seq)
		}
	}
}

// wantQuiet fails if an event waits: the answer to a ping comes behind what was sent before.
func (k *socket) wantQuiet(t testing.TB) {
	t.Helper()
	if err := k.send(frame{Type: "ping"}); err != nil {
		t.Fatal(err)
	}
	k.expect(t, "pong")
}

// refusal is why the operation with that id is refused: as an error, or as its only result.
func (k *socket) refusal(t testing.TB, id string) testsite.Error {
	t.Helper()
	f := k.take(t)
	var r result
	var err error
	switch f.Type {
	case "error":
		err = json.Unmarshal(f.Payload, &r.Errors)
	case "next":
		err = json.Unmarshal(f.Payload, &r)
		if end := k.expect(t, "complete"); end.ID != id {
			t.Fatalf("%s is complete, want %s", end.ID, id)
		}
	}
	if err != nil || f.ID != id || len(r.Errors) != 1 || len(r.Data) > 0 {
		t.Fatalf("operation %s is not refused: %v %s %s", id, err, f.Type, f.Payload)
	}
	return r.Errors[0]
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func have[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		ok(t, err)
		return v
	}
}

// TestLiveSubscriptions has everything happen that can, twice, and compares each subscription with its part of the log.
func TestLiveSubscriptions(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.\n\nSecond paragraphe.")
		a := w.Amendment(t, w.Alice, c, "Premier paragraphe, revu.\n\nSecond paragraphe.")
		all := func(live.Event) bool { return true }
		about := func(subject string) func(live.Event) bool {
			return func(e live.Event) bool { return e.Data["subject"] == subject }
		}
		ofAmendments := func(e live.Event) bool { return strings.HasPrefix(string(e.Type), "Amendment") }
		watchers := []struct {
			query, id, topic string
			wanted           func(live.Event) bool
			at               string
			socket           *socket
		}{
			{query: processEvents, id: w.Process.ID, topic: w.Process.ID, wanted: all},
			{query: commitmentEvents, id: c.ID, topic: c.ID, wanted: all},
			{query: commentEvents, id: c.ID, topic: c.ID, wanted: about(c.ID)},
			{query: commentEvents, id: a.ID, topic: c.ID, wanted: about(a.ID)},
			{query: amendmentEvents, id: c.ID, topic: c.ID, wanted: ofAmendments},
		}
		for i := range watchers {
			x := &watchers[i]
			x.at = streamCursor(t, s, x.topic)
			x.socket = watch(t, s, x.query, x.id, x.at)
		}
		types := map[live.Type]bool{}
		for round := range 2 { // the second shows that nothing of the first was late
			everythingHappens(t, w, c, a, round)
			for i := range watchers {
				x := &watchers[i]
				var part []live.Event
				for _, e := range logged(t, s, x.topic, x.at) {
					if x.at = e.Cursor().String(); x.wanted(e) {
						part = append(part, e)
						types[e.Type] = true
					}
				}
				if len(part) == 0 {
					t.Fatalf("nothing happened for %s", x.query)
				}
				x.socket.wantAll(t, part)
				x.socket.wantQuiet(t)
			}
		}
		if len(types) < 20 { // all but Reset, CommentRestored and ProcessPublished, which has happened before
			t.Errorf("only %d types of events: %v", len(types), slices.Sorted(maps.Keys(types)))
		}
	})
}

// facts is all that an event says of itself, and nothing of what it is about, which may have changed since.
const facts = `{ __typename id cursor at actor { id }
	... on CommentPosted { commentId subjectId commentCount alignmentCounts { for against neutral } }
	... on CommentEdited { commentId subjectId }
	... on CommentRemoved { commentId subjectId commentCount alignmentCounts { for against neutral } }
	... on VoteChanged { commentId subjectId upCount downCount }
	... on AmendmentSubmitted { amendmentCount }
	... on AmendmentMergeStateChanged { mergeState }
	... on VersionPublished { number supportCount earlierSupportCount }
	... on SupportAdded { supporter { id } supportCount earlierSupportCount }
	... on SupportConfirmed { supporter { id } supportCount earlierSupportCount }
	... on SupportRemoved { supporter { id } supportCount earlierSupportCount }
	... on CommitmentStatusChanged { status } }`

// TestLiveFacts compares events as they come, in memory from the rules to the socket, with the same events out of the
// log: they say the same.
func TestLiveFacts(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.\n\nSecond paragraphe.")
		a := w.Amendment(t, w.Alice, c, "Premier paragraphe, revu.\n\nSecond paragraphe.")
		after := streamCursor(t, s, c.ID)
		k := watch(t, s, "subscription($id: ID!, $after: EventCursor) { commitmentEvents(commitment: $id, after: $after) "+facts+" }", c.ID, after)
		everythingHappens(t, w, c, a, 0)
		for more := true; more; {
			var page struct {
				Events struct {
					Nodes       []json.RawMessage
					EndCursor   string
					HasNextPage bool
				}
			}
			s.Must(t, "", "query($id: ID!, $after: EventCursor) { events(topic: $id, after: $after) { endCursor hasNextPage nodes "+facts+" } }",
				map[string]any{"id": c.ID, "after": after}, &page)
			for _, want := range page.Events.Nodes {
				var r result
				ok(t, json.Unmarshal(k.expect(t, "next").Payload, &r))
				if got := r.Data["commitmentEvents"]; string(got) != string(want) {
					t.Errorf("came %s, the log says %s", got, want)
				}
			}
			after, more = page.Events.EndCursor, page.Events.HasNextPage
		}
	})
}

// everythingHappens to a commitment, its process and an amendment that stays under evaluation.
func everythingHappens(t *testing.T, w *testsite.World, c *ent.Commitment, a *ent.Amendment, round int) {
	t.Helper()
	ctx := t.Context()
	alice, bob, signatory, steering, admin := w.Alice.Ctx(ctx), w.Bob.Ctx(ctx), w.Signatory.Ctx(ctx), w.Steering.Ctx(ctx), w.Admin.Ctx(ctx)
	m := w.Comment(t, w.Alice, c.ID, fmt.Sprintf("Oui, %d fois.", round))
	reply := have[*ent.Comment](t)(w.PostComment(bob, roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "Non."}))
	w.Comment(t, w.Bob, a.ID, "Sur l’amendement.")
	ok(t, second(w.EditComment(alice, m.ID, "Peut-être.", nil)))
	ok(t, second(w.VoteComment(bob, m.ID, 1, nil)))
	ok(t, second(w.DeleteComment(bob, reply.ID, nil)))
	ok(t, second(w.AddSupport(alice, roadmap.SupportInput{Commitment: c.ID})))
	ok(t, second(w.AddSupport(signatory, roadmap.SupportInput{Commitment: c.ID, Organization: &w.Organization.ID})))
	won := w.Amendment(t, w.Bob, c, fmt.Sprintf("Premier paragraphe.\n\nSecond paragraphe.\n\nEt %d.", round))
	ok(t, second(w.AcceptAmendment(steering, roadmap.AcceptAmendmentInput{Amendment: won.ID, On: current(t, w, c), Text: &roadmap.AmendedTextInput{
		Title: "Un comité", Body: fmt.Sprintf("Tout autre chose, %d.", round),
	}})))
	ok(t, w.Sweep(ctx)) // a stands otherwise now
	ok(t, second(w.ConfirmSupport(alice, roadmap.SupportInput{Commitment: c.ID})))
	ok(t, second(w.RemoveSupport(alice, roadmap.SupportInput{Commitment: c.ID})))
	ok(t, second(w.RemoveSupport(signatory, roadmap.SupportInput{Commitment: c.ID, Organization: &w.Organization.ID})))
	lost := w.Amendment(t, w.Signatory, c, fmt.Sprintf("À part, %d.", round))
	ok(t, second(w.RejectAmendment(steering, lost.ID, "À part, justement.", nil)))
	ok(t, second(w.PromoteAmendment(signatory, lost.ID, nil)))
	ok(t, second(w.WithdrawAmendment(bob, w.Amendment(t, w.Bob, c, "Ou pas.").ID, nil)))
	ok(t, second(w.ChangeCommitmentStatus(steering, c.ID, commitment.StatusUNDER_REVIEW, nil)))
	ok(t, second(w.ChangeCommitmentStatus(steering, c.ID, commitment.StatusOPEN, nil)))
	other := w.Commitment(t, fmt.Sprintf("Autre %d", round), "Texte.")
	ok(t, second(w.WithdrawCommitment(steering, other.ID, nil)))
	ok(t, second(w.CreateAxis(admin, roadmap.CreateAxisInput{Process: w.Process.ID, Title: testsite.Both("Axe", "Axis")})))
	opens, closes := w.Now(), w.Now().Add(time.Minute)
	ok(t, second(w.CreatePhase(admin, w.Process.ID, roadmap.PhaseSettings{Name: testsite.Both("Courte", "Short"), OpensAt: &opens, ClosesAt: &closes}, nil)))
	ok(t, w.Sweep(ctx))
	w.Clock.Advance(time.Hour)
	ok(t, w.Sweep(ctx))
}

func current(t testing.TB, w *testsite.World, c *ent.Commitment) *string {
	t.Helper()
	return &have[*ent.Commitment](t)(w.Read.Commitment.Get(t.Context(), c.ID)).VersionID
}

// TestLiveOneSocket has several subscriptions share a socket: each has its own answers, and ends alone.
func TestLiveOneSocket(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c, other := w.Commitment(t, "Un", "Texte."), w.Commitment(t, "Deux", "Texte.")
		k := dial(t, s, w.Alice.Token)
		for id, on := range map[string]string{"a": c.ID, "b": c.ID, "c": other.ID} {
			k.subscribe(t, id, commentEvents, map[string]any{"id": on, "after": streamCursor(t, s, on)})
		}
		m := w.Comment(t, w.Bob, c.ID, "Pour a et b")
		got := map[string]string{}
		for range 2 {
			f := k.expect(t, "next")
			got[f.ID] = eventIn(t, f).CommentID
		}
		if want := map[string]string{"a": m.ID, "b": m.ID}; !maps.Equal(got, want) {
			t.Fatalf("came %v, want %v", got, want)
		}
		ok(t, k.send(frame{ID: "a", Type: "complete"}))
		ok(t, k.send(frame{Type: "ping"}))
		for k.take(t).Type != "pong" { // the server has read that; it may answer complete, and need not
		}
		m = w.Comment(t, w.Bob, c.ID, "Pour b")
		f := k.take(t)
		if f.Type == "complete" && f.ID == "a" {
			f = k.take(t)
		}
		if f.ID != "b" || f.Type != "next" || eventIn(t, f).CommentID != m.ID {
			t.Fatalf("came %s %s", f.Type, f.ID)
		}
		m = w.Comment(t, w.Bob, other.ID, "Pour c")
		if f := k.expect(t, "next"); f.ID != "c" || eventIn(t, f).CommentID != m.ID {
			t.Fatalf("came %s", f.ID)
		}
	})
}

// TestLiveRefusals names what nobody, or not this one, may listen to.
func TestLiveRefusals(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c, other, hidden := w.Commitment(t, "Un", "Texte."), w.Commitment(t, "Deux", "Texte."), w.Draft(t, "Trois", "Texte.")
		body := "Brouillon."
		a := have[*ent.Amendment](t)(w.DraftAmendment(w.Alice.Ctx(t.Context()), roadmap.DraftAmendmentInput{Commitment: c.ID, Body: &body}))
		m := w.Comment(t, w.Bob, c.ID, "Oui.")
		p := have[*ent.Process](t)(w.CreateProcess(w.Admin.Ctx(t.Context()), roadmap.CreateProcessInput{
			Slug: "draft", Languages: []string{"fr"}, Title: testsite.Both("Non", "No")[:1], Description: testsite.Both("Non", "No")[:1],
			CommentMaxLength: 1000, EvaluatingLimit: 3,
		}))
		elsewhere := streamCursor(t, s, other.ID)
		for _, refused := range []struct{ name, query, id, after, code, field string }{
			{"a draft", commitmentEvents, hidden.ID, "", "NOT_FOUND", "commitment"},
			{"a draft's amendments", amendmentEvents, hidden.ID, "", "NOT_FOUND", "commitment"},
			{"a draft's comments", commentEvents, hidden.ID, "", "NOT_FOUND", "subject"},
			{"an amendment not submitted", commentEvents, a.ID, "", "NOT_FOUND", "subject"},
			{"a process not public", processEvents, p.ID, "", "NOT_FOUND", "process"},
			{"a commitment as a process", processEvents, c.ID, "", "NOT_FOUND", "process"},
			{"a process as a commitment", commitmentEvents, w.Process.ID, "", "NOT_FOUND", "commitment"},
			{"a process's comments", commentEvents, w.Process.ID, "", "NOT_FOUND", "subject"},
			{"a process's amendments", amendmentEvents, w.Process.ID, "", "NOT_FOUND", "commitment"},
			{"a comment", commentEvents, m.ID, "", "NOT_FOUND", "subject"},
			{"a person", commitmentEvents, w.Alice.ID, "", "NOT_FOUND", "commitment"},
			{"nothing", commitmentEvents, "", "", "NOT_FOUND", "commitment"},
			{"a cursor of another topic", commitmentEvents, c.ID, elsewhere, "BAD_USER_INPUT", "after"},
			{"a cursor of another topic, of comments", commentEvents, c.ID, elsewhere, "BAD_USER_INPUT", "after"},
			{"no cursor", amendmentEvents, c.ID, "?", "BAD_USER_INPUT", "after"},
			{"a cursor with something behind", commitmentEvents, c.ID, streamCursor(t, s, c.ID) + "A", "BAD_USER_INPUT", "after"},
			{"a place of a list", commitmentEvents, c.ID, "WyJwcm9jZXNzZXMiXQ", "BAD_USER_INPUT", "after"},
		} {
			t.Run(refused.name, func(t *testing.T) {
				k := dial(t, s, w.Alice.Token) // the draft's own author hears no more than others
				variables := map[string]any{"id": refused.id}
				if refused.after != "" {
					variables["after"] = refused.after
				}
				k.subscribe(t, "1", refused.query, variables)
				e := k.refusal(t, "1")
				if e.Extensions["code"] != refused.code || e.Extensions["field"] != refused.field {
					t.Errorf("refused with %v, want %s on %s", e.Extensions, refused.code, refused.field)
				}
				k.subscribe(t, "1", commentEvents, map[string]any{"id": c.ID, "after": streamCursor(t, s, c.ID)}) // the socket is as good as before
				posted := w.Comment(t, w.Bob, c.ID, "Oui.")
				if h := k.event(t); h.CommentID != posted.ID {
					t.Errorf("came %s, want %s", h.CommentID, posted.ID)
				}
			})
		}
		k := dial(t, s, "")
		k.subscribe(t, "1", commitmentEvents, map[string]any{"id": c.ID, "after": ""})
		if e := k.refusal(t, "1"); e.Extensions["code"] != "BAD_USER_INPUT" || e.Extensions["field"] != "after" {
			t.Errorf("an empty cursor is refused with %v", e.Extensions)
		}
	})
}

// TestLiveBadToken closes sockets of those who are not who they say, with the code that clients do not retry blindly.
func TestLiveBadToken(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		ended := have[int](t)(s.SignOut(w.Bob.Ctx(t.Context()), true))
		if ended != 1 {
			t.Fatalf("%d sessions ended", ended)
		}
		for _, token := range []string{"wrong", w.Bob.Token, w.Alice.Token + "x"} {
			k, err := dialed(s, token)
			ok(t, err)
			if code := k.closeCode(t); code != 4403 {
				t.Errorf("closed with %d", code)
			}
		}
	})
}

// TestLiveRollback undoes a mutation in its last moment: nobody hears of it, and no number is missing.
func TestLiveRollback(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		at := streamCursor(t, s, c.ID)
		k := watch(t, s, commitmentEvents, c.ID, at)
		first := w.Comment(t, w.Bob, c.ID, "Avant")
		taken := logged(t, s, c.ID, at)[0].ID
		newID := s.NewID
		s.NewID = func(kind string) string {
			if kind == "event" {
				return taken // the log refuses a second event of that id
			}
			return newID(kind)
		}
		input := map[string]any{"subject": c.ID, "body": "Jamais"}
		const post = `mutation($input: PostCommentInput!) { postComment(input: $input) { comment { id } } }`
		if a := s.Do(t, w.Bob.Token, post, map[string]any{"input": input}); a.Code() != "INTERNAL_SERVER_ERROR" {
			t.Fatalf("the mutation is not undone: %+v", a.Errors)
		}
		s.NewID = newID
		second := w.Comment(t, w.Bob, c.ID, "Après")
		events := logged(t, s, c.ID, at)
		if len(events) != 2 || events[1].Seq != events[0].Seq+1 {
			t.Fatalf("the log holds %v", events)
		}
		for _, want := range []string{first.ID, second.ID} {
			if h := k.event(t); h.CommentID != want {
				t.Fatalf("came %s, want %s", h.CommentID, want)
			}
		}
		k.wantQuiet(t)
		var page struct{ Commitment struct{ CommentCount int } }
		s.Must(t, "", `query($id: ID!) { commitment(id: $id) { commentCount } }`, map[string]any{"id": c.ID}, &page)
		if page.Commitment.CommentCount != 2 {
			t.Errorf("%d comments are counted", page.Commitment.CommentCount)
		}
	})
}

// TestLiveGoroutinesEnd has clients come and go, politely and not, and looks for what they leave behind.
func TestLiveGoroutinesEnd(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		var sockets []*socket
		for i := range 24 {
			k := watch(t, s, []string{commitmentEvents, commentEvents, amendmentEvents}[i%3], c.ID, streamCursor(t, s, c.ID))
			k.subscribe(t, "2", processEvents, map[string]any{"id": w.Process.ID})
			sockets = append(sockets, k)
		}
		w.Comment(t, w.Bob, c.ID, "Oui.")
		for i, k := range sockets {
			if i%3 != 2 {
				k.event(t)
			}
		}
		eventually(t, "sockets on which nothing happens have no goroutine", func() bool { return serving() == 0 })
		for i, k := range sockets {
			switch i % 4 {
			case 0:
				k.kill()
			case 1:
				ok(t, k.send(frame{ID: "1", Type: "complete"}))
				fallthrough
			case 2:
				ok(t, k.conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")))
			default:
				_ = k.conn.Close()
			}
		}
		eventually(t, "those who left are forgotten", func() bool { return s.Hub.Subscriptions() == 0 })
		eventually(t, "nothing is done for them", func() bool { return serving() == 0 })
	})
}

// serving is how many goroutines of this process serve sockets or subscribers.
func serving() int {
	stacks := make([]byte, 8<<20)
	n := 0
	for _, stack := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		for _, frame := range []string{"ensemble/live.(*group)", "ensemble/server.(*socket)", "ensemble/server.(*webSocket)", "ensemble/server.(*eventStream)", "ensemble/server.(*operation)"} {
			if strings.Contains(stack, frame) {
				n++
				break
			}
		}
	}
	return n
}
