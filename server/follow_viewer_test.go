package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"ensemble/consultation/people"
	"ensemble/internal/testsite"
	"ensemble/live"
	"ensemble/server"
)

// Somebody signs out, and another gets a role, through a server whose hints do not arrive. Their sockets find both in
// the log.
func TestSignOutElsewhere(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		elsewhere := s.Elsewhere()

		open := func(p *testsite.Person) *rawSocket {
			k := dialRaw(t, s, transportWS)
			k.say(t, `{"type":"connection_init","payload":{"authorization":"Bearer `+p.Token+`"}}`)
			k.wantMessage(t, `{"type":"connection_ack"}`)
			return k
		}

		leaving, again, risen := open(w.Bob), open(w.Bob), open(w.Alice)
		risen.say(t, subscription("1", steered, c.ID))
		watchedBy(t, s, 1, 1)

		testsite.Must(t, elsewhere.SetSiteAdmin(t.Context(), "alice@example.org", true, "Élu."))
		testsite.Eventually(t, "the role counts", func() bool {
			w.Comment(t, w.Signatory, c.ID, fmt.Sprint("Oui ", s.NewID("comment")))
			return strings.Contains(risen.message(t), `"viewerCanRevise":true`)
		})

		testsite.Got(elsewhere.SignOut(w.Bob.Ctx(t.Context()), people.SignOutInput{Everywhere: true}))(t)
		leaving.wantClose(t, 4403)
		again.wantClose(t, 4403)
	})
}

// gatedLog answers nothing about one topic before its gate is opened.
type gatedLog struct {
	live.Log
	topic string
	asked chan struct{} // closed when somebody has asked about it
	once  sync.Once
	gate  chan struct{}
}

// Heads implements live.Log.
func (l *gatedLog) Heads(ctx context.Context, topics []string) (map[string]live.Cursor, error) {
	if slices.Contains(topics, l.topic) {
		l.once.Do(func() { close(l.asked) })
		select {
		case <-l.gate:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return l.Log.Heads(ctx, topics)
}

// steered asks, for each comment, whether the viewer may revise the commitment that it is on.
const steered = `subscription($id: ID!, $after: EventCursor) { commentEvents(subject: $id, after: $after) {
	... on CommentPosted { comment { subject { ... on Commitment { viewerCanRevise } } } } } }`

// Somebody gets a role while one of their subscriptions waits to be admitted. It is answered by what they may do now,
// as are those that were admitted before.
func TestRoleWhileAdmitted(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	slow, quick := w.Commitment(t, "Un", "Texte."), w.Commitment(t, "Deux", "Texte.")
	log := &gatedLog{Log: s.Service, topic: slow.ID, asked: make(chan struct{}), gate: make(chan struct{})}
	hub := s.Process(live.NewMemoryBroker(), live.ReadFrom(log)).Hub
	s.Publisher = hub
	s.Run(hub.Run)
	own, _ := s.Beside(t, func(api *server.Server) { api.Hub = hub })

	always := greeted(t, own) // keeps the head of its topic known
	always.say(t, subscription("1", testsite.CommentEvents, quick.ID))
	answers := func(k *rawSocket, id string) string {
		w.Comment(t, w.Bob, id, fmt.Sprint("Oui ", s.NewID("comment")))
		return k.message(t)
	}
	joined := func(before int) {
		t.Helper()
		testsite.Eventually(t, "one more watches", func() bool { return hub.Subscriptions() == before+1 })
	}
	joined(0)
	answers(always, quick.ID)

	k := dialRaw(t, own, transportWS)
	k.say(t, `{"type":"connection_init","payload":{"authorization":"Bearer `+w.Alice.Token+`"}}`)
	k.wantMessage(t, `{"type":"connection_ack"}`)
	k.say(t, subscription("slow", steered, slow.ID))

	// While the slow subscription waits, the quick one is admitted, and its viewer has no role yet.
	<-log.asked
	before := hub.Subscriptions()
	k.say(t, subscription("quick", steered, quick.ID))
	joined(before)
	if m := answers(k, quick.ID); !strings.Contains(m, `"viewerCanRevise":false`) {
		t.Fatalf("%s came", m)
	}

	testsite.Must(t, s.SetSiteAdmin(t.Context(), "alice@example.org", true, "Élu."))
	may := func(id string) func() bool {
		return func() bool { return strings.Contains(answers(k, id), `"viewerCanRevise":true`) }
	}
	// Operations are looked at in turn, so by then the slow one has been looked at, too.
	testsite.Eventually(t, "the role counts", may(quick.ID))

	before = hub.Subscriptions()
	close(log.gate)
	joined(before)
	testsite.Eventually(t, "the role counts for what was slow", may(slow.ID))
}
