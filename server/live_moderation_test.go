package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"ensemble/auth"
	"ensemble/consultation/moderation"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	entmoderation "ensemble/ent/moderation"
	"ensemble/ent/report"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/live"
)

const (
	logEvents = `subscription($id: ID!, $after: EventCursor) { moderationEvents(process: $id, after: $after) { __typename id cursor actor { id }
		... on ModerationLogged { moderation { id itemId action reason ground isAutomated } } } }`
	queueEvents     = `subscription($id: ID!, $after: EventCursor) { viewerModerationQueueEvents(process: $id, after: $after) { __typename id cursor ... on ModerationQueueChanged { caseId } } }`
	hiddenAmendment = `subscription($id: ID!, $after: EventCursor) { commitmentEvents(commitment: $id, after: $after) { __typename id cursor
		... on AmendmentSubmitted { amendment { id body } } ... on AmendmentHidden { amendmentId amendmentCount amendment { id body } }
		... on AmendmentRestored { amendmentId amendmentCount amendment { id body } } ... on CommentPosted { comment { id body } } } }`
)

func hide(t testing.TB, w *testsite.World, item string) *ent.Moderation {
	t.Helper()
	return have[*ent.Moderation](t)(w.Decide(w.Moderator.Ctx(t.Context()), moderation.Decision{
		Item: item, Action: entmoderation.ActionHIDE, Reason: new(entmoderation.ReasonOFFENSIVE), Facts: "Non.",
	}, nil))
}

func restore(t testing.TB, w *testsite.World, item string) {
	t.Helper()
	ok(t, second(w.Decide(w.Moderator.Ctx(t.Context()), moderation.Decision{Item: item, Action: entmoderation.ActionRESTORE, Facts: "Relu."}, nil)))
}

const unspeakable = "indicible"

// silent takes the next n events and fails if one of them, or what the page says now, holds the hidden words.
func silent(t testing.TB, s *testsite.Site, k *socket, topic string, n int) {
	t.Helper()
	for range n {
		if f := k.expect(t, "next"); strings.Contains(string(f.Payload), unspeakable) {
			t.Errorf("it is still told: %s", f.Payload)
		}
	}
	a := s.Do(t, "", `query($id: ID!) { commitment(id: $id) { comments { nodes { body } } amendments { nodes { body comments { nodes { body } } } } } events(topic: $id, first: 50) { nodes {
		... on CommentPosted { comment { body } } ... on CommentRemoved { comment { body } } ... on AmendmentSubmitted { amendment { body } } ... on AmendmentHidden { amendment { body } } } } }`, map[string]any{"id": topic})
	if len(a.Errors) > 0 || strings.Contains(string(a.Data), unspeakable) {
		t.Errorf("read anew: %+v %s", a.Errors, a.Data)
	}
}

// What was hidden is told no more: not to who was there and comes back, not to who lags behind, not to who comes anew.
func TestLiveHidden(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.")
		start := streamCursor(t, s, c.ID)
		there := watch(t, s, hiddenAmendment, c.ID, start) // whose rings hold what was not hidden yet
		m := w.Comment(t, w.Alice, c.ID, unspeakable)
		a := w.Amendment(t, w.Alice, c, unspeakable)
		below := w.Comment(t, w.Bob, a.ID, unspeakable)
		for range 3 {
			if f := there.expect(t, "next"); !strings.Contains(string(f.Payload), unspeakable) {
				t.Fatalf("not told before: %s", f.Payload)
			}
		}
		lagging := watch(t, s, hiddenAmendment, c.ID, start) // asks the same, and is given what the group's ring holds
		lagging.expect(t, "next")
		hide(t, w, m.ID)
		hide(t, w, a.ID)
		silent(t, s, there, c.ID, 2)
		silent(t, s, watch(t, s, hiddenAmendment, c.ID, start), c.ID, 5)
		again := watch(t, s, hiddenAmendment, c.ID, streamCursor(t, s, c.ID))
		w.Comment(t, w.Bob, c.ID, "Autre chose.")
		silent(t, s, again, c.ID, 1)
		for _, id := range []string{m.ID, a.ID, below.ID} {
			if got := s.Do(t, w.Moderator.Token, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id}); string(got.Data) != `{"node":null}` {
				t.Errorf("%s: %s", id, got.Data)
			}
		}
		restore(t, w, m.ID)
		restore(t, w, a.ID)
		there.expect(t, "next") // the other comment
		there.expect(t, "next") // CommentRestored
		if f := there.expect(t, "next"); !strings.Contains(string(f.Payload), "AmendmentRestored") || !strings.Contains(string(f.Payload), unspeakable) {
			t.Errorf("restored: %s", f.Payload)
		}
		if got := s.Do(t, "", `query($id: ID!) { node(id: $id) { ... on Comment { body } } }`, map[string]any{"id": below.ID}); !strings.Contains(string(got.Data), unspeakable) {
			t.Errorf("the comment on a restored amendment: %s", got.Data)
		}
	})
}

// Whoever watches the thread of an amendment hears that it was hidden, or at once that they cannot watch it any more.
func TestLiveThreadOfAHiddenAmendment(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.")
		a := w.Amendment(t, w.Alice, c, "Autre.")
		k := watch(t, s, commentEvents, a.ID, streamCursor(t, s, c.ID))
		w.Comment(t, w.Bob, a.ID, "x")
		k.event(t)
		hide(t, w, a.ID)
		w.Comment(t, w.Bob, c.ID, "y")
		f := k.take(t)
		if f.Type == "next" {
			if h := eventIn(t, f); h.Typename != string(live.AmendmentHidden) {
				t.Errorf("came %s", h.Typename)
			}
			f = k.take(t)
		}
		if f.Type != "error" || !strings.Contains(string(f.Payload), "NOT_FOUND") {
			t.Errorf("the end is %s %s", f.Type, f.Payload)
		}
	})
}

// What is hidden on one server is not told by the other any more once it has heard of it, by Redis or by comparing.
func TestLiveHiddenOnAnotherServer(t *testing.T) {
	for name, reconcile := range map[string]time.Duration{"with Redis": never, "without": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, reconcile)
			if name == "without" {
				p.redis.Kill()
			}
			c := p.a.Commitment(t, "Un", "Texte.")
			start := streamCursor(t, p.b.Site, c.ID)
			k := watch(t, p.b.Site, hiddenAmendment, c.ID, start)
			m, a := p.a.Comment(t, p.a.Alice, c.ID, unspeakable), p.a.Amendment(t, p.a.Alice, c, unspeakable)
			for range 2 {
				if f := k.expect(t, "next"); !strings.Contains(string(f.Payload), unspeakable) {
					t.Fatalf("not told before: %s", f.Payload)
				}
			}
			hide(t, p.a, m.ID)
			hide(t, p.a, a.ID)
			silent(t, p.b.Site, k, c.ID, 2)
			silent(t, p.b.Site, watch(t, p.b.Site, hiddenAmendment, c.ID, start), c.ID, 4)
		})
	}
}

// The public log as it grows, with a reconnect in the middle, and from a cursor that fits no history.
func TestLiveModerationLog(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.")
		var page struct {
			ModerationLog struct{ StreamCursor, Topic string }
		}
		s.Must(t, "", `query($id: ID!) { moderationLog(process: $id) { streamCursor topic } }`, map[string]any{"id": w.Process.ID}, &page)
		at := page.ModerationLog.StreamCursor
		k := watch(t, s, logEvents, w.Process.ID, at)
		var rows []*ent.Moderation
		for i := range 4 {
			rows = append(rows, hide(t, w, w.Comment(t, w.Alice, c.ID, fmt.Sprint(i)).ID))
			if i == 1 {
				k.kill()
				continue
			}
			if i == 2 {
				k = watch(t, s, logEvents, w.Process.ID, at)
				k.event(t) // the one that was missed
			}
			f := k.expect(t, "next")
			at = eventIn(t, f).Cursor
			for _, part := range []string{`"ModerationLogged"`, rows[i].ID, rows[i].ItemID, `"HIDE"`, `"OFFENSIVE"`, `"actor":null`} {
				if !strings.Contains(string(f.Payload), part) {
					t.Errorf("event %d does not say %s: %s", i, part, f.Payload)
				}
			}
		}
		var events struct {
			Events struct{ Nodes []struct{ ID string } }
		}
		s.Must(t, "", `query($id: ID!) { events(topic: $id, first: 50) { nodes { id } } }`, map[string]any{"id": page.ModerationLog.Topic}, &events)
		if len(events.Events.Nodes) != 4 {
			t.Errorf("the log holds %d events", len(events.Events.Nodes))
		}
		lost, err := live.ParseCursor(at)
		ok(t, err)
		lost.Nonce++
		if h := watch(t, s, logEvents, w.Process.ID, lost.String()).event(t); h.Typename != string(live.Reset) {
			t.Errorf("a cursor of another history gives %s", h.Typename)
		}
		draft := have[*ent.Process](t)(w.CreateProcess(w.Admin.Ctx(t.Context()), roadmap.CreateProcessInput{
			Slug: "draft", Languages: []string{"fr"}, Title: testsite.Both("Non", "No")[:1], Description: testsite.Both("Non", "No")[:1], CommentMaxLength: 1000, EvaluatingLimit: 3,
		}))
		for _, id := range []string{draft.ID, c.ID, page.ModerationLog.Topic} {
			refused := watch(t, s, logEvents, id, "")
			if e := refused.refusal(t, "1"); e.Extensions["code"] != "NOT_FOUND" || e.Extensions["field"] != "process" {
				t.Errorf("%s: %+v", id, e)
			}
		}
	})
}

// The queue is told to its moderators alone, and no more to one who is none any more.
func TestLiveModerationQueue(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		m := w.Comment(t, w.Alice, w.Commitment(t, "Un comité", "Premier paragraphe.").ID, "x")
		topic := moderation.ModerationQueueTopic(w.Process.ID)
		for _, token := range []string{"", w.Bob.Token, w.Steering.Token} {
			k := dial(t, s, token)
			k.subscribe(t, "1", queueEvents, map[string]any{"id": w.Process.ID})
			if e := k.refusal(t, "1"); e.Extensions["code"] != map[bool]string{true: "UNAUTHENTICATED", false: "NOT_FOUND"}[token == ""] {
				t.Errorf("%+v", e)
			}
		}
		a := s.Do(t, w.Moderator.Token, `query($id: ID!) { events(topic: $id) { endCursor } }`, map[string]any{"id": topic})
		if a.Code() != "NOT_FOUND" {
			t.Errorf("the queue's log answers %s", a.Data)
		}
		k := dial(t, s, w.Moderator.Token)
		k.subscribe(t, "1", queueEvents, map[string]any{"id": w.Process.ID})
		eventually(t, "the moderator watches", func() bool { return s.Hub.Subscriptions() == 1 })
		ok(t, second(s.Report(w.Bob.Ctx(t.Context()), moderation.ReportInput{Item: m.ID, Reason: report.ReasonSPAM})))
		f := k.expect(t, "next")
		var got struct {
			Data struct {
				Changed struct{ Typename, CaseID string } `json:"viewerModerationQueueEvents"`
			}
		}
		ok(t, json.Unmarshal(f.Payload, &got))
		if got.Data.Changed.CaseID == "" || strings.Contains(string(f.Payload), w.Bob.ID) {
			t.Errorf("came %s", f.Payload)
		}

		// The role goes, and another session of theirs says so.
		_, err := s.Write.Role.Delete().Where(role.UserID(w.Moderator.ID)).Exec(t.Context())
		ok(t, err)
		token := auth.NewToken()
		hash, _ := auth.HashToken(token)
		ok(t, s.Write.Session.Create().SetID(s.NewID("session")).SetUserID(w.Moderator.ID).SetTokenHash(hash).SetCreatedAt(s.Now()).
			SetExpiresAt(s.Now().Add(time.Hour)).Exec(t.Context()))
		other := have[auth.Viewer](t)(s.Viewer(t.Context(), token))
		ok(t, second(s.SignOut(auth.WithViewer(t.Context(), other), false)))
		if e := k.refusal(t, "1"); e.Extensions["code"] != "NOT_FOUND" {
			t.Errorf("the end: %+v", e)
		}
		ok(t, second(s.Report(w.Signatory.Ctx(t.Context()), moderation.ReportInput{Item: m.ID, Reason: report.ReasonSPAM})))
		k.wantQuiet(t)
	})
}
