package live_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/roadmap"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/live"
)

var update = flag.Bool("update", false, "write the stream of events anew")

// commitmentGolden is the file with the golden stream.
const commitmentGolden = "testdata/live/commitment.jsonl"

// goldenEvents asks of each event of a commitment what clients use of it.
const goldenEvents = `subscription($id: ID!, $after: EventCursor) { commitmentEvents(commitment: $id, after: $after) {
	__typename id cursor createdAt actor { __typename id name }
	... on CommentPosted { nodeId subjectId commentCount alignmentCounts { for against neutral }
		comment { body bodyHtml depth alignment parent { id } author { name } } }
	... on CommentEdited { nodeId subjectId comment { body editedAt edits { nodes { body } } } }
	... on CommentRemoved { nodeId commentCount comment { body removal } }
	... on VoteChanged { nodeId upCount downCount comment { upCount } }
	... on AmendmentSubmitted { amendmentCount amendment { title state author { name } } }
	... on AmendmentAccepted { amendment { state version { number } decision { decider { name } } } }
	... on AmendmentMergeStateChanged { mergeState amendment { mergeState } }
	... on VersionPublished { number supportCount earlierSupportCount version { body source author { name } } }
	... on SupportAdded { supporter { __typename name } supportCount earlierSupportCount }
	... on SupportConfirmed { supporter { name } supportCount earlierSupportCount }
	... on CommitmentStatusChanged { status commitment { status } }
} }`

// TestLiveGolden compares one watcher's stream with the golden one, one event per line, as it comes while things
// happen; in the middle the connection is cut, more happens, and the watcher comes back. With -update it writes the
// file.
func TestLiveGolden(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		s.NewID = testenv.NewIDs()
		nonce := uint64(0)
		s.NewNonce = func() uint64 { nonce++; return nonce }
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un comité", "Premier paragraphe.\n\nSecond paragraphe.")
		g := &recording{t: t, site: s, topic: c.ID, at: testsite.StreamCursor(t, s, c.ID)}
		g.connect()

		ctx := t.Context()
		alice, bob, signatory, steering := w.Alice.Ctx(ctx), w.Bob.Ctx(ctx), w.Signatory.Ctx(ctx), w.Steering.Ctx(ctx)
		side := comment.AlignmentFOR

		m := testsite.Got(s.PostComment(alice, roadmap.PostCommentInput{
			Subject: c.ID, Body: "**Oui**, @bob.", Alignment: &side,
		}))(t)
		g.take(1)
		reply := testsite.Got(s.PostComment(bob,
			roadmap.PostCommentInput{Subject: c.ID, Parent: &m.ID, Body: "Non."}))(t)
		g.take(1)
		testsite.Got(s.VoteComment(bob, roadmap.VoteCommentInput{Comment: m.ID, Value: 1}))(t)
		g.take(1)
		testsite.Got(s.AddSupport(alice, roadmap.AddSupportInput{Commitment: c.ID}))(t)
		g.take(1)
		testsite.Got(s.AddSupport(signatory, roadmap.AddSupportInput{
			Commitment: c.ID, Organization: &w.Organization.ID,
		}))(t)
		g.take(1)
		a := w.Amendment(t, w.Bob, c, "Tout premier paragraphe.\n\nSecond paragraphe.")
		g.take(1)
		rival := w.Amendment(t, w.Alice, c, "Vraiment premier paragraphe.\n\nSecond paragraphe.")
		g.take(1)

		g.cut() // and while nobody watches:
		testsite.Got(s.EditComment(alice, roadmap.EditCommentInput{Comment: m.ID, Body: "Oui, tout compte fait."}))(t)
		testsite.Got(s.DeleteComment(bob, roadmap.DeleteCommentInput{Comment: reply.ID}))(t)
		gone := w.Comment(t, w.Bob, rival.ID, "À effacer.")
		testsite.Got(s.DeleteComment(bob, roadmap.DeleteCommentInput{Comment: gone.ID}))(t)
		testsite.Got(s.AcceptAmendment(steering, roadmap.AcceptAmendmentInput{Amendment: a.ID, Reason: "Bien."}))(t)
		testsite.Must(t, s.Jobs.Do(ctx, "announce phases", "compare amendments"))
		g.connect()
		g.take(7)

		testsite.Got(s.ConfirmSupport(alice, roadmap.ConfirmSupportInput{Commitment: c.ID}))(t)
		g.take(1)
		testsite.Got(s.DeleteComment(alice, roadmap.DeleteCommentInput{Comment: m.ID}))(t)
		g.take(1)
		testsite.Got(s.ChangeCommitmentStatus(steering, roadmap.ChangeCommitmentStatusInput{
			Commitment: c.ID, Status: commitment.StatusUNDER_REVIEW,
		}))(t)
		g.take(1)

		g.socket.WantQuiet(t)
		g.compare()
	})
}

// recording is what a watcher has received, as lines.
type recording struct {
	t      *testing.T
	site   *testsite.Site
	topic  string
	at     string // the last cursor
	socket *testsite.Socket
	lines  bytes.Buffer
}

// connect watches from the last cursor.
func (g *recording) connect() { g.socket = testsite.Watch(g.t, g.site, goldenEvents, g.topic, g.at) }

// cut cuts the connection, and writes a line of that.
func (g *recording) cut() {
	g.socket.Kill()
	at, err := live.ParseCursor(g.at)
	testsite.Must(g.t, err)
	g.line(map[string]any{"reconnectedAfter": at.Seq})
}

// take records the next n events; then a minute passes.
func (g *recording) take(n int) {
	g.t.Helper()
	for range n {
		f := g.socket.Expect(g.t, "next")
		g.at = testsite.EventIn(g.t, f).Cursor
		var r testsite.Result
		testsite.Must(g.t, json.Unmarshal(f.Payload, &r))
		g.lines.Write(append(bytes.TrimSpace(r.Data["commitmentEvents"]), '\n'))
	}
	g.site.Clock.Advance(time.Minute)
}

// line records v as JSON.
func (g *recording) line(v any) {
	raw, err := json.Marshal(v)
	testsite.Must(g.t, err)
	g.lines.Write(append(raw, '\n'))
}

// compare wants the recording to be the golden one. With -update it first writes the recording on SQLite as that.
func (g *recording) compare() {
	g.t.Helper()
	if *update && strings.Contains(g.t.Name(), "/sqlite") {
		testsite.Must(g.t, os.WriteFile(commitmentGolden, g.lines.Bytes(), 0o644))
	}

	golden, err := os.ReadFile(commitmentGolden)
	testsite.Must(g.t, err)

	want, got := strings.Split(string(golden), "\n"), strings.Split(g.lines.String(), "\n")
	lineOf := func(all []string, i int) string { return strings.Join(all[min(i, len(all)):min(i+1, len(all))], "") }
	for i := range max(len(want), len(got)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			g.t.Fatalf("line %d of %s is another:\n%s\nwant:\n%s", i+1, commitmentGolden,
				lineOf(got, i), lineOf(want, i))
		}
	}
}
