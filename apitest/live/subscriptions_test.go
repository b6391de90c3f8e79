package live_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/processes"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/internal/testsite"
	"ensemble/live"
)

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
			socket           *testsite.Socket
		}{
			{query: testsite.ProcessEvents, id: w.Process.ID, topic: w.Process.ID, wanted: all},
			{query: testsite.CommitmentEvents, id: c.ID, topic: c.ID, wanted: all},
			{query: testsite.CommentEvents, id: c.ID, topic: c.ID, wanted: about(c.ID)},
			{query: testsite.CommentEvents, id: a.ID, topic: c.ID, wanted: about(a.ID)},
			{query: testsite.AmendmentEvents, id: c.ID, topic: c.ID, wanted: ofAmendments},
		}
		for i := range watchers {
			x := &watchers[i]
			x.at = testsite.StreamCursor(t, s, x.topic)
			x.socket = testsite.Watch(t, s, x.query, x.id, x.at)
		}

		types := map[live.Type]bool{}
		for round := range 2 { // the second shows that nothing of the first was late
			everythingHappens(t, w, c, a, round)
			for i := range watchers {
				x := &watchers[i]
				var part []live.Event
				for _, e := range testsite.EventsAfter(t, s, x.topic, x.at) {
					if x.at = e.Cursor().String(); x.wanted(e) {
						part = append(part, e)
						types[e.Type] = true
					}
				}
				if len(part) == 0 {
					t.Fatalf("nothing happened for %s", x.query)
				}
				x.socket.WantAll(t, part)
				x.socket.WantQuiet(t)
			}
		}

		if len(types) < 20 { // all but Reset, CommentRestored and ProcessPublished, which has happened before
			t.Errorf("only %d types of events: %v", len(types), slices.Sorted(maps.Keys(types)))
		}
	})
}

// facts is all that an event says of itself, and nothing of what it is about, which may have changed since, nor what is
// not said once that cannot be seen: who did it, sides, and which comment was edited or voted on.
const facts = `{ __typename id cursor createdAt
	... on CommentPosted { nodeId subjectId commentCount }
	... on CommentEdited { subjectId }
	... on CommentRemoved { nodeId subjectId commentCount }
	... on VoteChanged { subjectId upCount downCount }
	... on AmendmentSubmitted { amendmentCount }
	... on AmendmentMergeStateChanged { mergeState }
	... on VersionPublished { number supportCount earlierSupportCount }
	... on SupportAdded { supportCount earlierSupportCount }
	... on SupportConfirmed { supportCount earlierSupportCount }
	... on SupportRemoved { nodeId supportCount earlierSupportCount }
	... on CommitmentStatusChanged { status } }`

// TestLiveFacts compares events as they come, in memory from the rules to the socket, with the same events out of the
// log: they say the same.
func TestLiveFacts(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.\n\nSecond paragraphe.")
		a := w.Amendment(t, w.Alice, c, "Premier paragraphe, revu.\n\nSecond paragraphe.")
		after := testsite.StreamCursor(t, s, c.ID)
		k := testsite.Watch(t, s, "subscription($id: ID!, $after: EventCursor) {"+
			" commitmentEvents(commitment: $id, after: $after) "+facts+" }", c.ID, after)
		everythingHappens(t, w, c, a, 0)

		for more := true; more; {
			var page struct {
				Events struct {
					Nodes       []json.RawMessage
					EndCursor   string
					HasNextPage bool
				}
			}
			s.Must(t, "", "query($id: ID!, $after: EventCursor) {"+
				" events(topic: $id, after: $after) { endCursor hasNextPage nodes "+facts+" } }",
				map[string]any{"id": c.ID, "after": after}, &page)

			for _, want := range page.Events.Nodes {
				var r testsite.Result
				testsite.Must(t, json.Unmarshal(k.Expect(t, "next").Payload, &r))
				if got := r.Data["commitmentEvents"]; string(got) != string(want) {
					t.Errorf("came %s, the log says %s", got, want)
				}
			}
			after, more = page.Events.EndCursor, page.Events.HasNextPage
		}
	})
}

// everythingHappens lets everything happen to a commitment, its process and an amendment that stays under evaluation.
func everythingHappens(t *testing.T, w *testsite.World, c *ent.Commitment, a *ent.Amendment, round int) {
	t.Helper()
	ctx := t.Context()
	alice, bob, signatory := w.Alice.Ctx(ctx), w.Bob.Ctx(ctx), w.Signatory.Ctx(ctx)

	m := w.Comment(t, w.Alice, c.ID, fmt.Sprintf("Oui, %d fois.", round))
	reply := testsite.Got(w.PostComment(bob, roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "Non."}))(t)
	w.Comment(t, w.Bob, a.ID, "Sur l’amendement.")
	testsite.Got(w.EditComment(alice, roadmap.EditCommentInput{Comment: m.ID, Body: "Peut-être."}))(t)
	testsite.Got(w.VoteComment(bob, roadmap.VoteCommentInput{Comment: m.ID, Value: 1}))(t)
	testsite.Got(w.DeleteComment(bob, roadmap.DeleteCommentInput{Comment: reply.ID}))(t)

	testsite.Got(w.AddSupport(alice, roadmap.AddSupportInput{Commitment: c.ID}))(t)
	testsite.Got(w.AddSupport(signatory, roadmap.AddSupportInput{
		Commitment: c.ID, Organization: &w.Organization.ID,
	}))(t)

	amendmentsHappen(t, w, c, round)
	officialsAct(t, w, c, round)
}

// amendmentsHappen accepts an amendment, after which supports are confirmed and removed; it rejects, promotes and
// withdraws others.
func amendmentsHappen(t *testing.T, w *testsite.World, c *ent.Commitment, round int) {
	t.Helper()
	ctx := t.Context()
	alice, bob, signatory, steering := w.Alice.Ctx(ctx), w.Bob.Ctx(ctx), w.Signatory.Ctx(ctx), w.Steering.Ctx(ctx)

	won := w.Amendment(t, w.Bob, c, fmt.Sprintf("Premier paragraphe.\n\nSecond paragraphe.\n\nEt %d.", round))
	testsite.Got(w.AcceptAmendment(steering, roadmap.AcceptAmendmentInput{
		Amendment: won.ID, On: testsite.CurrentVersion(t, w, c),
		Text: &roadmap.AmendedTextInput{Title: "Un comité", Body: fmt.Sprintf("Tout autre chose, %d.", round)},
	}))(t)
	testsite.Must(t, w.Jobs.Do(ctx, "announce phases", "compare amendments")) // others are compared with the new text
	testsite.Got(w.ConfirmSupport(alice, roadmap.ConfirmSupportInput{Commitment: c.ID}))(t)
	testsite.Got(w.RemoveSupport(alice, roadmap.RemoveSupportInput{Commitment: c.ID}))(t)
	testsite.Got(w.RemoveSupport(signatory, roadmap.RemoveSupportInput{
		Commitment: c.ID, Organization: &w.Organization.ID,
	}))(t)

	lost := w.Amendment(t, w.Signatory, c, fmt.Sprintf("À part, %d.", round))
	testsite.Got(w.RejectAmendment(steering, roadmap.RejectAmendmentInput{
		Amendment: lost.ID, Reason: "À part, justement.",
	}))(t)
	testsite.Got(w.PromoteAmendment(signatory, roadmap.PromoteAmendmentInput{Amendment: lost.ID}))(t)
	testsite.Got(w.WithdrawAmendment(bob, roadmap.WithdrawAmendmentInput{
		Amendment: w.Amendment(t, w.Bob, c, "Ou pas.").ID,
	}))(t)
}

// officialsAct changes the status of a commitment, withdraws another, adds an axis, and lets a phase open and close.
func officialsAct(t *testing.T, w *testsite.World, c *ent.Commitment, round int) {
	t.Helper()
	ctx := t.Context()
	steering, admin := w.Steering.Ctx(ctx), w.Admin.Ctx(ctx)

	for _, status := range []commitment.Status{commitment.StatusUNDER_REVIEW, commitment.StatusOPEN} {
		testsite.Got(w.ChangeCommitmentStatus(steering, roadmap.ChangeCommitmentStatusInput{
			Commitment: c.ID, Status: status,
		}))(t)
	}
	other := w.Commitment(t, fmt.Sprintf("Autre %d", round), "Texte.")
	testsite.Got(w.WithdrawCommitment(steering, roadmap.WithdrawCommitmentInput{Commitment: other.ID}))(t)

	testsite.Got(w.CreateAxis(admin, processes.CreateAxisInput{
		Process: w.Process.ID, Title: testsite.Both("Axe", "Axis"),
	}))(t)
	opens, closes := w.Now(), w.Now().Add(time.Minute)
	testsite.Got(w.CreatePhase(admin, processes.CreatePhaseInput{
		Process: w.Process.ID,
		PhaseSettings: processes.PhaseSettings{
			Name: testsite.Both("Courte", "Short"), OpensAt: &opens, ClosesAt: &closes,
		},
	}))(t)
	testsite.Must(t, w.Jobs.Do(ctx, "announce phases", "compare amendments"))

	w.Clock.Advance(time.Hour)
	testsite.Must(t, w.Jobs.Do(ctx, "announce phases", "compare amendments"))
}

// TestLiveOneSocket opens several subscriptions on one socket: each has its own answers, and ends alone.
func TestLiveOneSocket(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c, other := w.Commitment(t, "Un", "Texte."), w.Commitment(t, "Deux", "Texte.")
		k := testsite.Dial(t, s, w.Alice.Token)
		for id, on := range map[string]string{"a": c.ID, "b": c.ID, "c": other.ID} {
			k.Subscribe(t, id, testsite.CommentEvents,
				map[string]any{"id": on, "after": testsite.StreamCursor(t, s, on)})
		}

		m := w.Comment(t, w.Bob, c.ID, "Pour a et b")
		got := map[string]string{}
		for range 2 {
			f := k.Expect(t, "next")
			got[f.ID] = testsite.EventIn(t, f).NodeID
		}
		if want := map[string]string{"a": m.ID, "b": m.ID}; !maps.Equal(got, want) {
			t.Fatalf("came %v, want %v", got, want)
		}

		testsite.Must(t, k.Send(testsite.Frame{ID: "a", Type: "complete"}))
		testsite.Must(t, k.Send(testsite.Frame{Type: "ping"}))
		for k.Take(t).Type != "pong" { // the server has read that; it may answer complete, and need not
		}

		m = w.Comment(t, w.Bob, c.ID, "Pour b")
		f := k.Take(t)
		if f.Type == "complete" && f.ID == "a" {
			f = k.Take(t)
		}
		if f.ID != "b" || f.Type != "next" || testsite.EventIn(t, f).NodeID != m.ID {
			t.Fatalf("came %s %s", f.Type, f.ID)
		}

		m = w.Comment(t, w.Bob, other.ID, "Pour c")
		if f := k.Expect(t, "next"); f.ID != "c" || testsite.EventIn(t, f).NodeID != m.ID {
			t.Fatalf("came %s", f.ID)
		}
	})
}

// TestLiveRefusals subscribes to what nobody, or not this person, may watch, and from places that are none.
func TestLiveRefusals(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c, other := w.Commitment(t, "Un", "Texte."), w.Commitment(t, "Deux", "Texte.")
		hidden := w.Draft(t, "Trois", "Texte.")
		body := "Brouillon."
		a := testsite.Got(w.DraftAmendment(w.Alice.Ctx(t.Context()), roadmap.DraftAmendmentInput{
			Commitment: c.ID, Body: &body,
		}))(t)
		m := w.Comment(t, w.Bob, c.ID, "Oui.")
		p := testsite.Got(w.CreateProcess(w.Admin.Ctx(t.Context()), processes.CreateProcessInput{
			Slug: "draft", Languages: []string{"fr"},
			Title: testsite.Both("Non", "No")[:1], Description: testsite.Both("Non", "No")[:1],
			CommentMaxLength: 1000, EvaluatingLimit: 3,
		}))(t)

		elsewhere, tail := testsite.StreamCursor(t, s, other.ID), testsite.StreamCursor(t, s, c.ID)+"A"
		for _, refused := range []refusedStream{
			{"a draft", testsite.CommitmentEvents, hidden.ID, "", "NOT_FOUND", "commitment"},
			{"a draft's amendments", testsite.AmendmentEvents, hidden.ID, "", "NOT_FOUND", "commitment"},
			{"a draft's comments", testsite.CommentEvents, hidden.ID, "", "NOT_FOUND", "subject"},
			{"an amendment not submitted", testsite.CommentEvents, a.ID, "", "NOT_FOUND", "subject"},
			{"a process not public", testsite.ProcessEvents, p.ID, "", "NOT_FOUND", "process"},
			{"a commitment as a process", testsite.ProcessEvents, c.ID, "", "NOT_FOUND", "process"},
			{"a process as a commitment", testsite.CommitmentEvents, w.Process.ID, "", "NOT_FOUND", "commitment"},
			{"a process's comments", testsite.CommentEvents, w.Process.ID, "", "NOT_FOUND", "subject"},
			{"a process's amendments", testsite.AmendmentEvents, w.Process.ID, "", "NOT_FOUND", "commitment"},
			{"a comment", testsite.CommentEvents, m.ID, "", "NOT_FOUND", "subject"},
			{"a person", testsite.CommitmentEvents, w.Alice.ID, "", "NOT_FOUND", "commitment"},
			{"nothing", testsite.CommitmentEvents, "", "", "NOT_FOUND", "commitment"},
			{"a cursor of another topic", testsite.CommitmentEvents, c.ID, elsewhere, "BAD_USER_INPUT", "after"},
			{"a cursor of another topic, of comments", testsite.CommentEvents, c.ID, elsewhere,
				"BAD_USER_INPUT", "after"},
			{"no cursor", testsite.AmendmentEvents, c.ID, "?", "BAD_USER_INPUT", "after"},
			{"a cursor with something behind", testsite.CommitmentEvents, c.ID, tail, "BAD_USER_INPUT", "after"},
			{"a place of a list", testsite.CommitmentEvents, c.ID, "WyJwcm9jZXNzZXMiXQ", "BAD_USER_INPUT", "after"},
		} {
			t.Run(refused.name, func(t *testing.T) { wantRefused(t, w, c, refused) })
		}

		k := testsite.Dial(t, s, "")
		k.Subscribe(t, "1", testsite.CommitmentEvents, map[string]any{"id": c.ID, "after": ""})
		if e := k.Refusal(t, "1"); e.Extensions["code"] != "BAD_USER_INPUT" || e.Extensions["field"] != "after" {
			t.Errorf("an empty cursor is refused with %v", e.Extensions)
		}
	})
}

// refusedStream is a subscription that must be refused, with the code and the field of the error.
type refusedStream struct{ name, query, id, after, code, field string }

// wantRefused subscribes to refused as Alice, and then on the same socket to the comments of c.
func wantRefused(t *testing.T, w *testsite.World, c *ent.Commitment, refused refusedStream) {
	t.Helper()
	k := testsite.Dial(t, w.Site, w.Alice.Token) // the draft's own author gets no more than others
	variables := map[string]any{"id": refused.id}
	if refused.after != "" {
		variables["after"] = refused.after
	}
	k.Subscribe(t, "1", refused.query, variables)

	e := k.Refusal(t, "1")
	if e.Extensions["code"] != refused.code || e.Extensions["field"] != refused.field {
		t.Errorf("refused with %v, want %s on %s", e.Extensions, refused.code, refused.field)
	}

	// The socket is as good as before.
	k.Subscribe(t, "1", testsite.CommentEvents,
		map[string]any{"id": c.ID, "after": testsite.StreamCursor(t, w.Site, c.ID)})
	posted := w.Comment(t, w.Bob, c.ID, "Oui.")
	if h := k.Event(t); h.NodeID != posted.ID {
		t.Errorf("came %s, want %s", h.NodeID, posted.ID)
	}
}

// TestLiveRollback undoes a mutation in its last moment: nobody gets an event of it, and no number is missing.
func TestLiveRollback(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		at := testsite.StreamCursor(t, s, c.ID)
		k := testsite.Watch(t, s, testsite.CommitmentEvents, c.ID, at)
		first := w.Comment(t, w.Bob, c.ID, "Avant")

		taken := testsite.EventsAfter(t, s, c.ID, at)[0].ID
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
		events := testsite.EventsAfter(t, s, c.ID, at)
		if len(events) != 2 || events[1].Seq != events[0].Seq+1 {
			t.Fatalf("the log holds %v", events)
		}

		for _, want := range []string{first.ID, second.ID} {
			if h := k.Event(t); h.NodeID != want {
				t.Fatalf("came %s, want %s", h.NodeID, want)
			}
		}
		k.WantQuiet(t)

		var page struct{ Commitment struct{ CommentCount int } }
		s.Must(t, "", `query($id: ID!) { commitment(id: $id) { commentCount } }`, map[string]any{"id": c.ID}, &page)
		if page.Commitment.CommentCount != 2 {
			t.Errorf("%d comments are counted", page.Commitment.CommentCount)
		}
	})
}
