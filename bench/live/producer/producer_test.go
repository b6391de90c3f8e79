package producer

import (
	"testing"

	"ensemble/bench/live/crowd"
	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// The bench's author may comment, one by one and many at once, and each comment is an event.
func TestProducer(t *testing.T) {
	database, redis := testenv.Postgres(t), testenv.RedisServer(t).URL
	w, err := Fill(t.Context(), database, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Commitments) != 2 || len(w.People) != 3 {
		t.Errorf("%d commitments, %d people", len(w.Commitments), len(w.People))
	}

	p, err := New(t.Context(), w, database, redis)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)

	for _, to := range []Target{Ensemble, Reference} {
		begin := func() error { return nil }
		if _, err := p.Burst(t.Context(), to, w.Commitments, crowd.EventMark, 0, 3, begin); err != nil {
			t.Error(err)
		}
	}

	written, err := p.Mutations(t.Context(), "", w.Commitments[0], 2, 0)
	if err != nil || len(written) != 2 {
		t.Errorf("%d were written, %v", len(written), err)
	}

	for i, events := range []int64{1 + 8, 1 + 6} { // the commitment itself was published
		if got, err := p.head(t.Context(), w.Commitments[i]); err != nil || got != events {
			t.Errorf("commitment %d has %d events, %v; want %d", i, got, err, events)
		}
	}
}
