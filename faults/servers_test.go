package faults

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"ensemble/internal/testenv"
)

// The only server is killed again and again, and comes back at the same address.
func TestServerKilled(t *testing.T) {
	n := size(t)
	kills := testenv.Rounds(t, 2, 10, 10)
	s := newSite(t, testenv.Postgres(t))
	k := s.serve()

	c := s.watch(n.clients, k)
	w := s.write(k)

	for i := range kills {
		w.reach(n.events * (i + 1) / (kills + 1))
		k.Kill()
		k.Start()
	}

	w.reach(n.events)
	w.stop()
	c.await()
	c.judge("a server killed (SIGKILL) in a burst, "+times(kills), w, none)
}

// Of two servers one is killed and stays away for a while, and then the other one.
func TestOneOfTwoServersKilled(t *testing.T) {
	n := size(t)
	s, _ := pair(t)
	a, b := s.servers[0], s.servers[1]

	c := s.watch(n.clients, a, b)
	w := s.write(a, b)

	w.reach(n.events / 4)
	a.Kill()
	w.reach(n.events / 2)
	a.Start()
	b.Kill()
	w.reach(n.events * 3 / 4)
	b.Start()

	w.reach(n.events)
	w.stop()
	c.await()
	c.judge("two servers, one killed in a burst, then the other", w, none)
}

// drainSeconds is how long a server has to stop. It closes its sockets during the first half of that.
const drainSeconds = "4"

// A server is asked to stop. From the first socket that it closes it is not ready. It closes them one after the other
// with a code after which clients come back, and they find the other server.
func TestServerStopped(t *testing.T) {
	n := size(t)
	s := newSite(t, testenv.Postgres(t))
	s.redisURL = testenv.RedisServer(t).URL
	a, b := s.serve("ENSEMBLE_DRAIN_SECONDS="+drainSeconds), s.serve()
	s.whole()

	c := &crowd{site: s}
	var mu sync.Mutex
	var closes []time.Time
	c.closed = func(k *server, code int) {
		mu.Lock()
		defer mu.Unlock()
		closes = append(closes, time.Now())
		status, _, err := k.readiness(t.Context())
		if k != a || code != websocket.CloseServiceRestart || err == nil && status == http.StatusOK {
			t.Errorf("a client was told %d by %s, whose readiness was %d (%v)", code, k.url, status, err)
		}
	}

	c.begin(n.clients, a)
	c.move(b, a)

	w := s.write(a, b)
	w.reach(n.events / 3)

	a.Stop()
	w.reach(n.events)
	w.stop()
	c.await()

	if len(closes) != n.clients {
		t.Fatalf("%d of %d clients were told to come back", len(closes), n.clients)
	}
	if spread := closes[len(closes)-1].Sub(closes[0]); spread < 500*time.Millisecond {
		t.Errorf("all sockets were closed within %s", spread)
	}
	if codes := c.codes(); codes[websocket.CloseServiceRestart] != n.clients {
		t.Errorf("connections ended with %v, 0 is without a code", codes)
	}

	c.judge("a server stopped (SIGTERM) in a burst, its clients go to another", w, none)
}
