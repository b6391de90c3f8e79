package live

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// naming is a Renderer that answers each event with what somebody is called now.
type naming struct{ name *atomic.Pointer[string] }

// Render implements Renderer.
func (n naming) Render(_ context.Context, events []Event) ([][]byte, error) {
	return slices.Repeat([][]byte{[]byte(*n.name.Load())}, len(events)), nil
}

// collector is a subscriber that reads only when a test calls Next.
type collector struct{ Subscription }

func (*collector) Wake()     {}
func (*collector) End(error) {}

// names returns the answers that a new subscriber after at is given: those in memory, and those made for them.
func names(t *testing.T, h *Hub, name *atomic.Pointer[string], at Cursor) (all []string) {
	t.Helper()
	c := &collector{}
	q := Question{Topic: at.Topic, Key: "name", Open: func() Renderer { return naming{name} }}
	if err := h.Join(t.Context(), q, at.String(), &c.Subscription, c); err != nil {
		t.Fatal(err)
	}
	defer c.Leave()

	synctest.Wait()
	c.Next() // this asks for what is not in memory
	synctest.Wait()

	for _, a := range c.Next() {
		all = append(all, string(a.Payload))
	}
	return all
}

// Somebody is called otherwise, and no hint says so. With the next comparison no answer in memory says their old name:
// neither those that everybody shares, nor those made for somebody who came late. So it is while the topic is busy and
// the answers are young.
func TestSiteTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, &gapBroker{})
		var name atomic.Pointer[string]
		is := func(s string) { name.Store(&s) }
		is("Jeanne")

		for round := range 3 {
			is("Jeanne")
			at := log.head(topicA)
			stays := &collector{} // so that the group does
			q := Question{Topic: topicA, Key: "name", Open: func() Renderer { return naming{&name} }}
			if err := h.Join(t.Context(), q, at.String(), &stays.Subscription, stays); err != nil {
				t.Fatal(err)
			}

			h.receive(log.commit(topicA))
			if got := names(t, h, &name, at); !slices.Equal(got, []string{"Jeanne"}) {
				t.Fatalf("round %d: at first %q", round, got)
			}

			is("Deleted account")
			log.commit(SiteTopic)
			h.receive(log.commit(topicA)) // keeps the ring young
			if got := names(t, h, &name, at); !slices.Contains(got, "Jeanne") {
				t.Fatalf("round %d: made anew for no reason: %q", round, got)
			}

			<-time.After(defaultEvery)
			h.receive(log.commit(topicA))
			if got := names(t, h, &name, at); len(got) != 3 || slices.Contains(got, "Jeanne") {
				t.Errorf("round %d: %q", round, got)
			}

			stays.Leave()
		}
	})
}

// A hint that a name has changed has answers forgotten at once.
func TestSiteTopicHinted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker())
		before := h.doubts.Load()
		h.Publish(t.Context(), log.commit(SiteTopic))
		if h.doubts.Load() == before {
			t.Error("nothing was forgotten")
		}
	})
}
