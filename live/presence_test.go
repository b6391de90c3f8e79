package live

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// joinAs subscribes a connection to a topic. It counts as a watcher of processA.
func joinAs(t testing.TB, h *Hub, connection any, topic string) *viewer {
	t.Helper()
	v := &viewer{connection: connection}
	q := Question{Topic: topic, Within: processA, Key: "type", Open: func() Renderer { return echo{} }}
	if err := h.Join(t.Context(), q, "", &v.Subscription, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Connections are counted, not their subscriptions.
func TestWatchersAreConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := startHub(t, newMemoryLog(), NewMemoryBroker())
		want := func(n int) {
			t.Helper()
			if got := h.Watchers(processA); got != n {
				t.Errorf("%d watch, want %d", got, n)
			}
		}

		want(0)
		one := []*viewer{joinAs(t, h, 1, topicA), joinAs(t, h, 1, topicA), joinAs(t, h, 1, topicB)}
		want(1)
		two := joinAs(t, h, 2, processA)
		want(2)

		one[0].Leave()
		one[0].Leave()
		one[1].Leave()
		want(2)
		one[2].Leave()
		want(1)
		two.Leave()
		want(0)

		// This one belongs to no connection and is counted nowhere.
		if _, err := h.Subscribe(t.Context(), topicA, ""); err != nil {
			t.Fatal(err)
		}
		want(0)

		if len(h.presence.here) != 0 {
			t.Error("the count remembers those who left")
		}
	})
}

// Hubs that share a broker know of each other's watchers. Those of a hub that has stopped are forgotten.
func TestWatchersElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker, m := NewMemoryBroker(), newMemoryMeter()
		here, _ := startHub(t, newMemoryLog(), broker, MeasureWith(m))
		there, stop := startHub(t, newMemoryLog(), broker, MeasureWith(m))
		me := watchPulse(t, here, processA, "q")

		elapse(time.Second)
		joinAs(t, there, 1, topicA)
		joinAs(t, there, 2, topicA)
		elapse(defaultHeadcount + defaultEvery + pulseEvery)
		if me.saw() != "[0 by 1 0 by 3]" {
			t.Errorf("saw %s", me.saw())
		}
		for _, h := range []*Hub{here, there} {
			if n := h.Watchers(processA); n != 3 {
				t.Errorf("%d watch, want 3", n)
			}
		}

		elapse(time.Hour)
		if n := here.Watchers(processA); n != 3 {
			t.Errorf("an hour later %d watch, want 3", n)
		}

		stop()
		elapse((missedHeadcounts+1)*defaultHeadcount + defaultEvery + pulseEvery)
		if me.saw() != "[0 by 1 0 by 3 0 by 1]" {
			t.Errorf("saw %s", me.saw())
		}

		if m.measures.Load() != 1 {
			t.Errorf("measured %d times, though nothing happened", m.measures.Load())
		}
		if len(here.presence.there) != 0 {
			t.Error("remembers a process that is gone")
		}
	})
}

// A process whose last watcher leaves reports that once, and then nothing. What others report is counted until they are
// silent for too long.
func TestReports(t *testing.T) {
	p := newPresence("me")
	v := &viewer{connection: 1}
	want := func(ok bool, n int) {
		t.Helper()
		r, told := p.report()
		if told != ok || r.Watching[processA] != n {
			t.Errorf("reports %v, %v", r, told)
		}
	}
	want(false, 0)
	p.enter(processA, v)
	want(true, 1)
	want(true, 1)
	p.leave(processA, v)
	want(true, 0)
	want(false, 0)

	now := time.Now()
	p.hear(Headcount{From: "me", Watching: map[string]int{processA: 5}}, now)
	p.hear(Headcount{From: "you", Watching: map[string]int{processA: 2}}, now)
	p.hear(Headcount{From: "she", Watching: map[string]int{processA: 3, processB: 9}}, now.Add(defaultHeadcount))
	p.hear(Headcount{From: "she", Watching: map[string]int{processA: 4}}, now.Add(defaultHeadcount))

	for after, n := range map[time.Duration]int{0: 6, missedHeadcounts * defaultHeadcount: 6} {
		if got := p.count(processA, now.Add(after)); got != n {
			t.Errorf("%v later %d watch, want %d", after, got, n)
		}
	}
	if got := p.count(processA, now.Add(missedHeadcounts*defaultHeadcount+1)); got != 4 {
		t.Errorf("%d watch when one process is silent, want 4", got)
	}

	p.hear(Headcount{From: "she"}, now)
	if got := p.count(processA, now); got != 0 {
		t.Errorf("%d watch when all have left", got)
	}
}

const (
	childRedis = "LIVE_TEST_CHILD_REDIS" // makes the test binary a process with watchers
	quickly    = 200 * time.Millisecond  // between reports
	watchers   = 3
)

// A second process, with a hub of its own, is killed in the middle. Its watchers are counted while it lives, and
// forgotten when it reports nothing any more.
func TestWatchersOfAKilledProcess(t *testing.T) {
	if url := os.Getenv(childRedis); url != "" {
		watchUntilKilled(t, url)
		return
	}

	r := startRedis(t)
	h, _ := startHub(t, newMemoryLog(), r.broker(t), HeadcountEvery(quickly))
	joinAs(t, h, "mine", topicA)
	for range 2 {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWatchersOfAKilledProcess$")
		child.Env = append(os.Environ(), childRedis+"="+r.url())
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}

		lines := bufio.NewScanner(out)
		for lines.Scan() && lines.Text() != strconv.Itoa(watchers) {
		}
		eventually(t, "the other process's watchers are counted",
			func() bool { return h.Watchers(processA) == 1+watchers })

		if err := child.Process.Kill(); err != nil { // SIGKILL: it cannot say goodbye
			t.Fatal(err)
		}
		_ = child.Wait()
		eventually(t, "they are forgotten", func() bool { return h.Watchers(processA) == 1 })
	}
}

// watchUntilKilled is what the second process does: it has watchers, writes how many, and waits.
func watchUntilKilled(t *testing.T, url string) {
	h, _ := startHub(t, newMemoryLog(), newPatientBroker(t, url), HeadcountEvery(quickly))
	for i := range watchers {
		joinAs(t, h, i, topicA)
	}
	fmt.Println(h.Watchers(processA))
	<-time.After(time.Minute) // killed before
}

// While Redis is away, a process counts only its own watchers. When it is back, all are counted again.
func TestWatchersWithoutRedis(t *testing.T) {
	r := startRedis(t)
	var hubs [2]*Hub
	for i := range hubs {
		b := r.broker(t, RedisHeartbeat(quick), RedisTimeout(time.Second))
		hubs[i], _ = startHub(t, newMemoryLog(), b, HeadcountEvery(quickly))
		joinAs(t, hubs[i], "mine", topicA)
	}

	both := func(n int) func() bool {
		return func() bool { return hubs[0].Watchers(processA) == n && hubs[1].Watchers(processA) == n }
	}

	eventually(t, "each counts both", both(2))
	r.kill()
	eventually(t, "each counts itself", both(1))
	r.start()
	eventually(t, "each counts both again", both(2))
}

// A report is decoded as it was encoded, and what is no report is refused.
func TestReportRoundTrips(t *testing.T) {
	want := Headcount{From: "a", Watching: map[string]int{processA: 1, processB: 20_000}}
	got, err := decodeHeadcount(encodeHeadcount(want))
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, %v", got, err)
	}

	for _, payload := range []string{
		"", "p", "p{}", "1{}", "p[]", `p{"f":""}`, `p{"f":"a","w":{"x":-1}}`, `p{"f":"a","w":{"x":0}}`,
		`p{"f":"a","w":{"x":1.5}}`,
	} {
		if r, err := decodeHeadcount(payload); err == nil {
			t.Errorf("decodeHeadcount(%q) = %v", payload, r)
		}
	}
}

// FuzzDecodeHeadcount decodes any text at all. What is decoded can be heard, and is the same when it is encoded again.
func FuzzDecodeHeadcount(f *testing.F) {
	f.Add(encodeHeadcount(Headcount{From: "a", Watching: map[string]int{processA: 1}}))
	f.Add("p{}")

	f.Fuzz(func(t *testing.T, payload string) {
		r, err := decodeHeadcount(payload)
		if err != nil {
			return
		}

		p := newPresence("me")
		p.hear(r, time.Now())

		again, err := decodeHeadcount(encodeHeadcount(r))
		if err != nil || again.From != r.From || len(again.Watching) != len(r.Watching) {
			t.Errorf("%v came back as %v, %v", r, again, err)
		}
	})
}
