package live_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/moderation"
	"ensemble/consultation/people"
	"ensemble/consultation/processes"
	"ensemble/ent"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/report"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// What people watch of moderation: the public log, the moderators' queue, and what comes and goes of a commitment.
const (
	logEvents = `subscription($id: ID!, $after: EventCursor) {
		moderationEvents(process: $id, after: $after) {
			__typename id cursor nodeId
			... on ModerationLogged { moderation { id itemId action reason ground isAutomated } }
		}
	}`
	queueEvents = `subscription($id: ID!, $after: EventCursor) {
		viewerModerationQueueEvents(process: $id, after: $after) {
			__typename id cursor ... on ModerationQueueChanged { nodeId }
		}
	}`
	hiddenAmendment = `subscription($id: ID!, $after: EventCursor) {
		commitmentEvents(commitment: $id, after: $after) {
			__typename id cursor
			... on AmendmentSubmitted { amendment { id body } }
			... on AmendmentHidden { nodeId amendmentCount amendment { id body } }
			... on AmendmentRestored { nodeId amendmentCount amendment { id body } }
			... on CommentPosted { comment { id body } }
		}
	}`
)

// hide has the moderator hide an item.
func hide(t testing.TB, w *testsite.World, item string) *ent.Moderation {
	t.Helper()
	return testsite.Got(w.Decide(w.Moderator.Ctx(t.Context()), moderation.Decision{
		Item: item, Action: entmoderation.ActionHIDE, Reason: new(entmoderation.ReasonOFFENSIVE), Facts: "Non.",
	}))(t)
}

// restore has the moderator restore an item.
func restore(t testing.TB, w *testsite.World, item string) {
	t.Helper()
	testsite.Got(w.Decide(w.Moderator.Ctx(t.Context()), moderation.Decision{
		Item: item, Action: entmoderation.ActionRESTORE, Facts: "Relu.",
	}))(t)
}

// unspeakable is the text of what moderators hide.
const unspeakable = "indicible"

// silent takes the next n events and fails if one of them, or what the page answers now, has the hidden words.
func silent(t testing.TB, s *testsite.Site, k *testsite.Socket, topic string, n int) {
	t.Helper()
	for range n {
		if f := k.Expect(t, "next"); strings.Contains(string(f.Payload), unspeakable) {
			t.Errorf("it is still told: %s", f.Payload)
		}
	}

	a := s.Do(t, "", `query($id: ID!) {
		commitment(id: $id) {
			comments { nodes { body } }
			amendments { nodes { body comments { nodes { body } } } }
		}
		events(topic: $id, first: 50) {
			nodes {
				... on CommentPosted { comment { body } }
				... on CommentRemoved { comment { body } }
				... on AmendmentSubmitted { amendment { body } }
				... on AmendmentHidden { amendment { body } }
			}
		}
	}`, map[string]any{"id": topic})
	if len(a.Errors) > 0 || strings.Contains(string(a.Data), unspeakable) {
		t.Errorf("read anew: %+v %s", a.Errors, a.Data)
	}
}

// What was hidden comes to nobody any more: not to those who were there and come back, not to those who lag behind, not
// to those who come anew.
func TestLiveHidden(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.")
		start := testsite.StreamCursor(t, s, c.ID)
		there := testsite.Watch(t, s, hiddenAmendment, c.ID, start) // it has in memory what was not hidden yet

		m := w.Comment(t, w.Alice, c.ID, unspeakable)
		a := w.Amendment(t, w.Alice, c, unspeakable)
		below := w.Comment(t, w.Bob, a.ID, unspeakable)
		for range 3 {
			if f := there.Expect(t, "next"); !strings.Contains(string(f.Payload), unspeakable) {
				t.Fatalf("not told before: %s", f.Payload)
			}
		}

		// Somebody asks the same, takes one event, and gets the others from what the group has in memory.
		lagging := testsite.Watch(t, s, hiddenAmendment, c.ID, start)
		lagging.Expect(t, "next")

		hide(t, w, m.ID)
		hide(t, w, a.ID)
		silent(t, s, there, c.ID, 2)
		silent(t, s, testsite.Watch(t, s, hiddenAmendment, c.ID, start), c.ID, 5)

		again := testsite.Watch(t, s, hiddenAmendment, c.ID, testsite.StreamCursor(t, s, c.ID))
		w.Comment(t, w.Bob, c.ID, "Autre chose.")
		silent(t, s, again, c.ID, 1)
		for _, id := range []string{m.ID, a.ID, below.ID} {
			got := s.Do(t, w.Moderator.Token, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id})
			if string(got.Data) != `{"node":null}` {
				t.Errorf("%s: %s", id, got.Data)
			}
		}

		restore(t, w, m.ID)
		restore(t, w, a.ID)
		there.Expect(t, "next") // the other comment
		there.Expect(t, "next") // CommentRestored
		restored := string(there.Expect(t, "next").Payload)
		if !strings.Contains(restored, "AmendmentRestored") || !strings.Contains(restored, unspeakable) {
			t.Errorf("restored: %s", restored)
		}
		got := s.Do(t, "", `query($id: ID!) { node(id: $id) { ... on Comment { body } } }`,
			map[string]any{"id": below.ID})
		if !strings.Contains(string(got.Data), unspeakable) {
			t.Errorf("the comment on a restored amendment: %s", got.Data)
		}
	})
}

// Whoever watches the thread of an amendment gets the event that it was hidden, or at once the error that they cannot
// watch it any more.
func TestLiveThreadOfAHiddenAmendment(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.")
		a := w.Amendment(t, w.Alice, c, "Autre.")
		k := testsite.Watch(t, s, testsite.CommentEvents, a.ID, testsite.StreamCursor(t, s, c.ID))

		w.Comment(t, w.Bob, a.ID, "x")
		k.Event(t)
		hide(t, w, a.ID)
		w.Comment(t, w.Bob, c.ID, "y")

		f := k.Take(t)
		if f.Type == "next" {
			if h := testsite.EventIn(t, f); h.Typename != string(live.AmendmentHidden) {
				t.Errorf("came %s", h.Typename)
			}
			f = k.Take(t)
		}
		if f.Type != "error" || !strings.Contains(string(f.Payload), "NOT_FOUND") {
			t.Errorf("the end is %s %s", f.Type, f.Payload)
		}
	})
}

// What is hidden on one server does not come from the other any more, once the other has learned of it, by Redis or by
// comparing with the log.
func TestLiveHiddenOnAnotherServer(t *testing.T) {
	for name, reconcile := range map[string]time.Duration{"with Redis": never, "without": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, reconcile)
			if name == "without" {
				p.redis.Kill()
			}
			c := p.a.Commitment(t, "Un", "Texte.")
			start := testsite.StreamCursor(t, p.b.Site, c.ID)
			k := testsite.Watch(t, p.b.Site, hiddenAmendment, c.ID, start)

			m, a := p.a.Comment(t, p.a.Alice, c.ID, unspeakable), p.a.Amendment(t, p.a.Alice, c, unspeakable)
			for range 2 {
				if f := k.Expect(t, "next"); !strings.Contains(string(f.Payload), unspeakable) {
					t.Fatalf("not told before: %s", f.Payload)
				}
			}

			hide(t, p.a, m.ID)
			hide(t, p.a, a.ID)
			silent(t, p.b.Site, k, c.ID, 2)
			silent(t, p.b.Site, testsite.Watch(t, p.b.Site, hiddenAmendment, c.ID, start), c.ID, 4)
		})
	}
}

// The public log comes as it grows, with a reconnect in the middle; from a cursor that fits no history a Reset comes,
// and what is no log of a public process is refused.
func TestLiveModerationLog(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.")
		var page struct {
			ModerationLog struct{ StreamCursor, Topic string }
		}
		s.Must(t, "", `query($id: ID!) { moderationLog(process: $id) { streamCursor topic } }`,
			map[string]any{"id": w.Process.ID}, &page)
		at, topic := page.ModerationLog.StreamCursor, page.ModerationLog.Topic

		at = wantLogged(t, w, c, at)
		var events struct {
			Events struct{ Nodes []struct{ ID string } }
		}
		s.Must(t, "", `query($id: ID!) { events(topic: $id, first: 50) { nodes { id } } }`,
			map[string]any{"id": topic}, &events)
		if len(events.Events.Nodes) != 4 {
			t.Errorf("the log holds %d events", len(events.Events.Nodes))
		}

		lost, err := live.ParseCursor(at)
		testsite.Must(t, err)
		lost.Nonce++
		strayed := testsite.Watch(t, s, logEvents, w.Process.ID, lost.String())
		if h := strayed.Event(t); h.Typename != string(live.Reset) {
			t.Errorf("a cursor of another history gives %s", h.Typename)
		}

		draft := testsite.Got(w.CreateProcess(w.Admin.Ctx(t.Context()), processes.CreateProcessInput{
			Slug: "draft", Languages: []string{"fr"},
			Title: testsite.Both("Non", "No")[:1], Description: testsite.Both("Non", "No")[:1],
			CommentMaxLength: 1000, EvaluatingLimit: 3,
		}))(t)
		for _, id := range []string{draft.ID, c.ID, topic} {
			refused := testsite.Watch(t, s, logEvents, id, "")
			if e := refused.Refusal(t, "1"); e.Extensions["code"] != "NOT_FOUND" || e.Extensions["field"] != "process" {
				t.Errorf("%s: %+v", id, e)
			}
		}
	})
}

// wantLogged hides four comments and wants their decisions on the public log, from the cursor at. The second is missed
// and comes first after a reconnect. It returns the last cursor.
func wantLogged(t *testing.T, w *testsite.World, c *ent.Commitment, at string) string {
	t.Helper()
	k := testsite.Watch(t, w.Site, logEvents, w.Process.ID, at)
	for i := range 4 {
		row := hide(t, w, w.Comment(t, w.Alice, c.ID, fmt.Sprint(i)).ID)
		switch i {
		case 1:
			k.Kill()
			continue
		case 2:
			k = testsite.Watch(t, w.Site, logEvents, w.Process.ID, at)
			k.Event(t) // the one that was missed
		}

		f := k.Expect(t, "next")
		at = testsite.EventIn(t, f).Cursor
		for _, part := range []string{
			`"ModerationLogged"`, row.ID, row.ItemID, `"HIDE"`, `"OFFENSIVE"`, `"nodeId":"` + row.ID + `"`,
		} {
			if !strings.Contains(string(f.Payload), part) {
				t.Errorf("event %d does not say %s: %s", i, part, f.Payload)
			}
		}
	}
	return at
}

// The queue's events come to its moderators alone, and no more to somebody who was one and no longer is.
func TestLiveModerationQueue(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		m := w.Comment(t, w.Alice, w.Commitment(t, "Un comité", "Premier paragraphe.").ID, "x")
		topic := moderation.ModerationQueueTopic(w.Process.ID)

		for _, token := range []string{"", w.Bob.Token, w.Steering.Token} {
			k := testsite.Dial(t, s, token)
			k.Subscribe(t, "1", queueEvents, map[string]any{"id": w.Process.ID})
			want := map[bool]string{true: "UNAUTHENTICATED", false: "NOT_FOUND"}[token == ""]
			if e := k.Refusal(t, "1"); e.Extensions["code"] != want {
				t.Errorf("%+v", e)
			}
		}
		a := s.Do(t, w.Moderator.Token, `query($id: ID!) { events(topic: $id) { endCursor } }`,
			map[string]any{"id": topic})
		if a.Code() != "NOT_FOUND" {
			t.Errorf("the queue's log answers %s", a.Data)
		}

		k := testsite.Dial(t, s, w.Moderator.Token)
		k.Subscribe(t, "1", queueEvents, map[string]any{"id": w.Process.ID})
		testsite.Eventually(t, "the moderator watches", func() bool { return s.Hub.Subscriptions() == 1 })

		testsite.Got(s.Report(w.Bob.Ctx(t.Context()), moderation.ReportContentInput{Item: m.ID, Reason: report.ReasonSPAM}))(t)

		f := k.Expect(t, "next")
		var got struct {
			Data struct {
				Changed struct{ Typename, NodeID string } `json:"viewerModerationQueueEvents"`
			}
		}
		testsite.Must(t, json.Unmarshal(f.Payload, &got))
		if got.Data.Changed.NodeID == "" || strings.Contains(string(f.Payload), w.Bob.ID) {
			t.Errorf("came %s", f.Payload)
		}

		// The role goes, and another session of theirs says so.
		_, err := s.Write.Role.Delete().Where(role.UserID(w.Moderator.ID)).Exec(t.Context())
		testsite.Must(t, err)
		token := auth.NewToken()
		hash, _ := auth.HashToken(token)
		testsite.Must(t, s.Write.Session.Create().
			SetID(s.NewID("session")).
			SetUserID(w.Moderator.ID).
			SetTokenHash(hash).
			SetCreatedAt(s.Now()).
			SetExpiresAt(s.Now().Add(time.Hour)).
			Exec(t.Context()))
		other := testsite.Got(s.Viewer(t.Context(), token))(t)
		testsite.Got(s.SignOut(auth.WithViewer(t.Context(), other), people.SignOutInput{}))(t)

		if e := k.Refusal(t, "1"); e.Extensions["code"] != "NOT_FOUND" {
			t.Errorf("the end: %+v", e)
		}
		testsite.Got(s.Report(w.Signatory.Ctx(t.Context()),
			moderation.ReportContentInput{Item: m.ID, Reason: report.ReasonSPAM}))(t)
		k.WantQuiet(t)
	})
}
