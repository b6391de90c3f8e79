package live

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

// stubborn is a Renderer that cannot answer an event at first, and can after it has tried a few times.
type stubborn struct {
	echo
	bad   int64
	tries int
}

// Render implements Renderer.
func (s *stubborn) Render(ctx context.Context, events []Event) ([][]byte, error) {
	for _, e := range events {
		if e.Seq == s.bad && s.tries < 3 {
			s.tries++
			return nil, errors.New("not yet")
		}
	}
	return s.echo.Render(ctx, events)
}

// Whoever comes back to a place before an event that cannot be answered at first gets it as late as those who were
// there, but does get it.
func TestStragglersPassWhatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		before := log.commitN(topicA, 4)
		h, _ := startHub(t, log, NewMemoryBroker(), RememberEvents(1))
		r := newReader()
		q := Question{Topic: topicA, Key: "stubborn", Open: func() Renderer { return &stubborn{bad: 3} }}
		if err := h.Join(t.Context(), q, before[0].Cursor().String(), &r.Subscription, r); err != nil {
			t.Fatal(err)
		}
		go r.read(t.Context())
		wantChain(t, before[0].Cursor(), take(t, r.out, 3))
	})
}

// eager is a subscriber that takes what there is as soon as it is woken, as a socket does whose client keeps up.
type eager struct {
	Subscription
	mu   sync.Mutex
	took chan Event
}

func (r *eager) End(error) {}

// Wake takes all that there is.
func (r *eager) Wake() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for answers := r.Next(); len(answers) > 0; answers = r.Next() {
		for _, a := range answers {
			r.took <- a.Event
			r.Advance(a)
		}
	}
}

// overtaken is a Renderer that has something hidden elsewhere each time, while it renders.
type overtaken struct {
	echo
	hub  *Hub
	most int // events rendered at once that are not overtaken
}

// Render implements Renderer.
func (o *overtaken) Render(ctx context.Context, events []Event) ([][]byte, error) {
	if len(events) > o.most {
		o.hub.receive(Event{ID: newEventID(), Topic: topicB, Type: CommentEdited})
	}
	return o.echo.Render(ctx, events)
}

// Whoever comes back gets everything, however often something is hidden meanwhile.
func TestStragglersPassWhatHides(t *testing.T) {
	for _, most := range []int{0, 1, 20} {
		synctest.Test(t, func(t *testing.T) {
			const missed = 3 * batch
			log := newMemoryLog()
			before := log.commitN(topicA, 1+missed)
			h, _ := startHub(t, log, NewMemoryBroker(), RememberEvents(1))

			r := &eager{took: make(chan Event, missed)}
			q := Question{
				Topic: topicA, Key: "overtaken", Open: func() Renderer { return &overtaken{hub: h, most: most} },
			}
			if err := h.Join(t.Context(), q, before[0].Cursor().String(), &r.Subscription, r); err != nil {
				t.Fatal(err)
			}

			synctest.Wait()
			wantChain(t, before[0].Cursor(), take(t, r.took, missed))
		})
	}
}

// What this process announces comes back by way of the broker: answers are forgotten once.
func TestForgetsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := startHub(t, newMemoryLog(), NewMemoryBroker())
		synctest.Wait()
		before := h.doubts.Load()
		h.Publish(t.Context(), Event{ID: newEventID(), Topic: topicA, Type: CommentRemoved})
		synctest.Wait()
		if n := h.doubts.Load() - before; n != 1 {
			t.Errorf("forgot %d times", n)
		}
	})
}
