package live

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// quick is a heartbeat for tests of faults: three of them are long for a busy machine, and short for a test.
const quick = 250 * time.Millisecond

// testFault has two processes listen and publish while harm is done to Redis. Both must be told that they may have
// missed something, and their state must say meanwhile that events come late. Then they hear each other again without
// help, on every partition and in order.
func testFault(t *testing.T, newBroker func(*testing.T, ...RedisOption) *RedisBroker, harm func()) {
	t.Helper()
	var brokers [2]*RedisBroker
	var heard [2]*ears
	for i := range brokers {
		brokers[i] = newBroker(t, RedisHeartbeat(quick), RedisTimeout(time.Second))
		heard[i] = listen(t, brokers[i])
	}

	stop := flow(t, brokers[:])

	harm()
	for _, l := range heard {
		if state := l.wantGap(t); !strings.Contains(state, "hear Redis") {
			t.Errorf("told of a gap while the state was %q", state)
		}
	}

	eventually(t, "both are fine again", func() bool {
		return brokers[0].State() == StateOK && brokers[1].State() == StateOK
	})

	stop()
	round := 0
	eventually(t, "events flow again", func() bool {
		round++
		return flows(t, round, brokers, heard)
	})
}

// flow publishes events on every partition, 200 a second, until the test ends or stop is called.
func flow(t *testing.T, brokers []*RedisBroker) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		log, tick := newMemoryLog(), time.NewTicker(5*time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = brokers[i%2].Publish(ctx, log.commit(fmt.Sprint("workshop_", i%64)))
			}
		}
	})

	stop = func() { cancel(); running.Wait() }
	t.Cleanup(stop)
	return stop
}

// flows reports whether both processes hear what both publish in this round. It gives up when one is told of another
// gap, or after a second, because what is published then may be lost.
func flows(t *testing.T, round int, brokers [2]*RedisBroker, heard [2]*ears) bool {
	t.Helper()
	log, published := newMemoryLog(), 0
	for _, l := range heard {
		drain(l.gaps)
	}

	for i, b := range brokers {
		for n := range 128 {
			_ = b.Publish(t.Context(), log.commit(fmt.Sprint("round_", round, "_from_", i, "_topic_", n%64)))
			published++
		}
	}

	late := time.After(time.Second)
	for _, l := range heard {
		var got []Event
		for len(got) < published {
			select {
			case e := <-l.events:
				if strings.HasPrefix(e.Topic, fmt.Sprint("round_", round, "_")) {
					got = append(got, e)
				}
			case <-l.gaps:
				return false
			case <-late:
				return false
			}
		}
		wantOnEachTopic(t, log, got)
	}
	return true
}
