package live_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/internal/testsite"
)

// named asks who did what happened to a commitment.
const named = `{ __typename id cursor ... on CommitmentEvent { actor { id } }
	... on SupportAdded { supporter { id } } ... on SupportConfirmed { supporter { id } }
	... on SupportRemoved { nodeId supporter { id } } }`

// traces are what Alice did and what Bob did to a commitment.
type traces struct {
	commitment       *ent.Commitment
	start            string       // the cursor before all of it
	deleted, hidden  *ent.Comment // Alice's; Bob answers, so that their places stay
	amendment        *ent.Amendment
	aliceDid, bobDid int // events that name them
}

// leaveTraces lets Alice comment, edit, amend and support, and Bob vote for her and answer her.
func leaveTraces(t *testing.T, w *testsite.World) *traces {
	t.Helper()
	c := w.Commitment(t, "Un comité", "Premier paragraphe.")
	x := &traces{commitment: c, start: testsite.StreamCursor(t, w.Site, c.ID), aliceDid: 6, bobDid: 2}
	alice, bob := w.Alice.Ctx(t.Context()), w.Bob.Ctx(t.Context())

	x.deleted, x.hidden = w.Comment(t, w.Alice, c.ID, "Oui."), w.Comment(t, w.Alice, c.ID, "Non.")
	for _, m := range []*ent.Comment{x.deleted, x.hidden} {
		testsite.Got(w.EditComment(alice, roadmap.EditCommentInput{Comment: m.ID, Body: "Peut-être."}))(t)
		testsite.Got(w.VoteComment(bob, roadmap.VoteCommentInput{Comment: m.ID, Value: 1}))(t)
		testsite.Got(w.PostComment(bob, roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "Si."}))(t)
	}
	x.amendment = w.Amendment(t, w.Alice, c, "Autre.")
	testsite.Got(w.AddSupport(alice, roadmap.AddSupportInput{Commitment: c.ID}))(t)
	return x
}

// cover makes all that Alice did invisible: she deletes a comment and takes her support back, a moderator does the rest.
func (x *traces) cover(t *testing.T, w *testsite.World) {
	t.Helper()
	alice := w.Alice.Ctx(t.Context())
	testsite.Got(w.DeleteComment(alice, roadmap.DeleteCommentInput{Comment: x.deleted.ID}))(t)
	hide(t, w, x.hidden.ID)
	hide(t, w, x.amendment.ID)
	testsite.Got(w.RemoveSupport(alice, roadmap.RemoveSupportInput{Commitment: x.commitment.ID}))(t)
}

// heard takes the next n events, and returns all that they say.
func heard(t *testing.T, k *testsite.Socket, n int) string {
	t.Helper()
	var all strings.Builder
	for range n {
		all.Write(k.Expect(t, "next").Payload)
	}
	return all.String()
}

// wantNamed checks how often events name Alice and Bob: her twice with a support, as its supporter as well.
func wantNamed(t *testing.T, w *testsite.World, when, events string, alice, bob int) {
	t.Helper()
	if n := strings.Count(events, w.Alice.ID); n != alice {
		t.Errorf("%s Alice is named %d times, want %d: %s", when, n, alice, events)
	}
	if n := strings.Count(events, w.Bob.ID); n != bob {
		t.Errorf("%s Bob is named %d times, want %d: %s", when, n, bob, events)
	}
}

// ofComments asks what events tell of comments.
const ofComments = `query($id: ID!) { events(topic: $id, first: 50) { nodes { __typename
	... on CommentPosted { nodeId comment { id } subjectId alignmentCounts { for against neutral } }
	... on CommentEdited { nodeId comment { id } subjectId }
	... on CommentRemoved { nodeId comment { id } subjectId alignmentCounts { for against neutral } }
	... on CommentRestored { nodeId comment { id } subjectId alignmentCounts { for against neutral } }
	... on VoteChanged { nodeId comment { id } subjectId } } } }`

// wantUntold checks that no event tells the side of the comments that are gone, nor which of them was edited or voted
// on, and that all others tell. unnamed are the events that name no comment.
func wantUntold(t *testing.T, s *testsite.Site, x *traces, unnamed int, gone ...string) {
	t.Helper()
	var got struct {
		Events struct {
			Nodes []struct {
				Typename        string `json:"__typename"`
				NodeID          string
				Comment         *struct{ ID string }
				SubjectID       string
				AlignmentCounts *struct{ For, Against, Neutral int }
			}
		}
	}
	testsite.Must(t, json.Unmarshal(s.Do(t, "", ofComments, map[string]any{"id": x.commitment.ID}).Data, &got))

	now := map[string]struct{ For, Against, Neutral int }{} // by subject: numbers that change with a comment tell its side
	for _, e := range got.Events.Nodes {
		if counts, told := now[e.SubjectID]; e.AlignmentCounts != nil && told && counts != *e.AlignmentCounts {
			t.Errorf("%+v, and another event %+v", *e.AlignmentCounts, counts)
		} else if e.AlignmentCounts != nil {
			now[e.SubjectID] = *e.AlignmentCounts
		}
		switch e.Typename {
		case "CommentEdited", "VoteChanged":
			if e.NodeID == e.SubjectID {
				unnamed--
			}
			if slices.Contains(gone, e.NodeID) || (e.NodeID == e.SubjectID) != (e.Comment == nil) {
				t.Errorf("%+v tells of a comment that is gone", e)
			}
		case "CommentPosted", "CommentRemoved", "CommentRestored":
			if e.NodeID == e.SubjectID || slices.Contains(gone, e.NodeID) != (e.AlignmentCounts == nil) {
				t.Errorf("%+v, gone are %v", e, gone)
			}
		}
	}
	if unnamed != 0 {
		t.Errorf("%d more events should name no comment", unnamed)
	}
}

// Events name nobody for what was deleted, hidden or taken back: not to those who come back, not to those who lag
// behind, not to those who come anew, nor in the log. What is restored names its author again.
func TestNobodyIsNamedForWhatIsGone(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		x := leaveTraces(t, w)
		const before, after = 10, 14 // events
		topic := map[string]any{"id": x.commitment.ID}
		watching := "subscription($id: ID!, $after: EventCursor) {" +
			" commitmentEvents(commitment: $id, after: $after) " + named + "}"
		log := "query($id: ID!) { events(topic: $id, first: 50) { nodes " + named + "} }"
		there := testsite.Watch(t, s, watching, x.commitment.ID, x.start)
		lagging := testsite.Watch(t, s, watching, x.commitment.ID, x.start)
		wantNamed(t, w, "while it can be seen", heard(t, there, before), x.aliceDid+1, x.bobDid)
		wantUntold(t, s, x, 0)
		heard(t, lagging, 1)

		x.cover(t, w)
		wantNamed(t, w, "as it goes", heard(t, there, after-before), 0, 0)
		anew := testsite.Watch(t, s, watching, x.commitment.ID, x.start)
		wantNamed(t, w, "to whoever comes anew", heard(t, anew, after), 0, x.bobDid)
		wantNamed(t, w, "in the log", string(s.Do(t, "", log, topic).Data), 0, x.bobDid)
		wantNamed(t, w, "to herself", string(s.Do(t, w.Alice.Token, log, topic).Data), 0, x.bobDid)
		wantUntold(t, s, x, 4, x.deleted.ID, x.hidden.ID)

		restore(t, w, x.hidden.ID)
		restore(t, w, x.amendment.ID)
		wantNamed(t, w, "once restored", string(s.Do(t, "", log, topic).Data), 3, x.bobDid)
		wantUntold(t, s, x, 2, x.deleted.ID)
	})
}
