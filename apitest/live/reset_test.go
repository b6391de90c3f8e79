package live_test

import (
	"fmt"
	"testing"
	"time"

	"ensemble/consultation/roadmap"
	"ensemble/ent/event"
	"ensemble/ent/predicate"
	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// TestLiveReset goes on from places from which nobody can go on: pruned ones, and those of a history that a restored
// database does not know. Each time one Reset comes first, with the cursor from which it goes on; the same when
// polling.
func TestLiveReset(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := testsite.With(t, url, live.NewMemoryBroker(), live.ReconcileEvery(50*time.Millisecond))
		w := testsite.NewWorld(t, s)
		h := &history{t: t, site: s, world: w, topic: w.Commitment(t, "Un", "Texte.").ID}
		h.cursors = []string{h.now()}

		h.wantResetsAfterPruning()
		h.wantResetsAfterRestoring()
	})
}

// history is the log of a commitment's topic, from which a test removes events.
type history struct {
	t       *testing.T
	site    *testsite.Site
	world   *testsite.World
	topic   string
	cursors []string // where the stream stood after each event
}

// now is where the stream stands.
func (h *history) now() string {
	h.t.Helper()
	return testsite.StreamCursor(h.t, h.site, h.topic)
}

// watch watches the commitment from a place.
func (h *history) watch(after string) *testsite.Socket {
	h.t.Helper()
	return testsite.Watch(h.t, h.site, testsite.CommitmentEvents, h.topic, after)
}

// post adds an event, a comment.
func (h *history) post() {
	h.t.Helper()
	h.world.Comment(h.t, h.world.Bob, h.topic, "Oui.")
	h.cursors = append(h.cursors, h.now())
}

// remove deletes the events of the topic that are also as where says.
func (h *history) remove(where predicate.Event) {
	h.t.Helper()
	testsite.Got(h.world.Write.Event.Delete().Where(event.Topic(h.topic), where).Exec(h.t.Context()))(h.t)
}

// wantAll wants all events after a place to come on k, which watches from there.
func (h *history) wantAll(k *testsite.Socket, after string) {
	h.t.Helper()
	k.WantAll(h.t, testsite.EventsAfter(h.t, h.site, h.topic, after))
}

// wantReset wants one Reset on k, which watches from a place, and when polling from there; then k goes on.
func (h *history) wantReset(name string, k *testsite.Socket, after string) {
	h.t.Helper()
	now := h.now()
	if e := k.Event(h.t); e.Typename != "Reset" || e.Cursor != now {
		h.t.Fatalf("%s: came %+v, want a Reset to %s", name, e, now)
	}

	page := poll(h.t, h.site, h.topic, after)
	if len(page.Nodes) != 1 || page.Nodes[0].Typename != "Reset" ||
		page.Nodes[0].Cursor != now || page.EndCursor != now || page.HasNextPage {
		h.t.Fatalf("%s: polling says %+v, want a Reset to %s", name, page, now)
	}

	h.world.Comment(h.t, h.world.Bob, h.topic, "Après "+name)
	h.wantAll(k, now)
}

// wantResetsAfterPruning removes the first events, and then all.
func (h *history) wantResetsAfterPruning() {
	h.t.Helper()
	for range 6 {
		h.post()
	}
	h.remove(event.SeqLTE(4))
	for i, after := range h.cursors { // the commitment was published with event 1
		k := h.watch(after)
		if i < 3 {
			h.wantReset(fmt.Sprintf("pruned %d", i), k, after)
			continue
		}

		h.wantAll(k, after) // at the edge: the event behind it tells what was before
		if page := poll(h.t, h.site, h.topic, after); len(page.Nodes) > 0 && page.Nodes[0].Typename == "Reset" {
			h.t.Errorf("polling resets %d", i)
		}
	}

	// An edit leaves nothing of the topic in memory; then nothing is in the log either.
	edited := h.world.Comment(h.t, h.world.Bob, h.topic, "Oui.")
	bob := h.world.Bob.Ctx(h.t.Context())
	testsite.Got(h.world.EditComment(bob, roadmap.EditCommentInput{Comment: edited.ID, Body: "Non."}))(h.t)
	h.remove(event.SeqLTE(testsite.Head(h.t, h.site, h.topic)))
	h.wantReset("all pruned", h.watch(h.cursors[5]), h.cursors[5])
}

// wantResetsAfterRestoring restores a backup: what came after it never happened.
func (h *history) wantResetsAfterRestoring() {
	h.t.Helper()
	ctx := h.t.Context()
	backup := testsite.Got(h.world.Read.Topic.Get(ctx, h.topic))(h.t)
	h.cursors = []string{h.now()}
	watching := h.watch(h.cursors[0])
	for range 3 {
		h.post()
	}
	h.wantAll(watching, h.cursors[0])

	h.remove(event.SeqGT(backup.Seq))
	testsite.Must(h.t, h.world.Write.Topic.UpdateOneID(h.topic).
		SetSeq(backup.Seq).
		SetNonce(backup.Nonce).
		SetPreviousNonce(backup.PreviousNonce).
		Exec(ctx))

	h.wantReset("watching a restored database", watching, h.cursors[3])
	for i, after := range h.cursors {
		k := h.watch(after)
		if i == 0 { // before the backup was made
			h.wantAll(k, after)
			continue
		}
		h.wantReset(fmt.Sprintf("restored %d", i), k, after)
	}
}
