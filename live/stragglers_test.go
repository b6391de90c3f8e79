package live

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// stubborn is a Renderer that cannot answer an event at first, and can after it has tried a few times.
type stubborn struct {
	echo
	bad   int64
	tries int
}

func (s *stubborn) Render(ctx context.Context, events []Event) ([][]byte, error) {
	for _, e := range events {
		if e.Seq == s.bad && s.tries < 3 {
			s.tries++
			return nil, errors.New("not yet")
		}
	}
	return s.echo.Render(ctx, events)
}

// Who comes back to a place before an event that cannot be answered at first is told of it as late as those who were
// there, not never.
func TestStragglersPassWhatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		before := log.commitN(topicA, 4)
		h, _ := startHub(t, log, NewMemoryBroker(), KeepEvents(1))
		r := newReader()
		q := Question{Topic: topicA, Key: "stubborn", Open: func() Renderer { return &stubborn{bad: 3} }}
		if err := h.Join(t.Context(), q, before[0].Cursor().String(), &r.Subscription, r); err != nil {
			t.Fatal(err)
		}
		go r.read(t.Context())
		wantChain(t, before[0].Cursor(), take(t, r.out, 3))
	})
}
