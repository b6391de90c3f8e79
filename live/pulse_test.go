package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const processA, processB = "process_a", "process_b"

// memoryMeter measures numbers that a test sets.
type memoryMeter struct {
	mu      sync.Mutex
	marks   map[string]int64
	numbers map[string]int

	looks, measures atomic.Int64
	fail            atomic.Pointer[error]
}

// newMemoryMeter returns a meter in which nothing has happened.
func newMemoryMeter() *memoryMeter {
	return &memoryMeter{marks: map[string]int64{}, numbers: map[string]int{}}
}

// happen notes that something has happened which belongs to a topic, and adds to the topic's numbers.
func (m *memoryMeter) happen(topic string, more int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.marks[topic]++
	m.numbers[topic] += more
}

// failing returns the error that a test has set, or nil.
func (m *memoryMeter) failing() error {
	if err := m.fail.Load(); err != nil {
		return *err
	}
	return nil
}

// Marks implements Meter.
func (m *memoryMeter) Marks(_ context.Context, topics []string) (map[string]int64, error) {
	m.looks.Add(1)
	m.mu.Lock()
	defer m.mu.Unlock()

	marks := map[string]int64{}
	for _, topic := range topics {
		if mark := m.marks[topic]; mark > 0 {
			marks[topic] = mark
		}
	}
	return marks, m.failing()
}

// Measure implements Meter.
func (m *memoryMeter) Measure(_ context.Context, topic string) (any, error) {
	m.measures.Add(1)
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.numbers[topic], m.failing()
}

// readings is a Renderer that answers each pulse with its numbers and its watchers.
type readings struct{}

// Render implements Renderer.
func (readings) Render(_ context.Context, events []Event) ([][]byte, error) {
	answers := make([][]byte, len(events))
	for i, e := range events {
		r, ok := e.Reading()
		if !ok || e.Type != Pulse {
			return nil, fmt.Errorf("%s is no pulse", e.Type)
		}
		answers[i] = fmt.Appendf(nil, "%v by %d", r.Numbers, r.Watchers)
	}
	return answers, nil
}

// viewer is a subscriber that notes what it is sent, and when. Its connection may have other subscriptions.
type viewer struct {
	Subscription
	connection any
	deaf       atomic.Bool // takes nothing

	mu   sync.Mutex
	seen []string
	at   []time.Time
	err  error
}

// Connection returns what the viewer is counted by.
func (v *viewer) Connection() any { return v.connection }

// Wake takes all that there is, unless the viewer is deaf.
func (v *viewer) Wake() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for !v.deaf.Load() {
		answers := v.Next()
		if len(answers) == 0 {
			return
		}

		for _, a := range answers {
			v.seen, v.at = append(v.seen, string(a.Payload)), append(v.at, time.Now())
			v.Advance(a)
		}
	}
}

// End notes why the subscription ended.
func (v *viewer) End(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.err = err
}

// all returns what the viewer was sent so far, and when.
func (v *viewer) all() ([]string, []time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.seen), slices.Clone(v.at)
}

// saw returns what the viewer was sent so far, as one text.
func (v *viewer) saw() string {
	seen, _ := v.all()
	return fmt.Sprint(seen)
}

// elapse lets time go by in a synctest bubble, and waits until everything has happened that happens in it.
func elapse(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// pulsesOf returns the question of somebody who watches the pulse of a topic.
func pulsesOf(topic, key string) Question {
	return Question{Topic: topic, Pulse: true, Within: topic, Key: key, Open: func() Renderer { return readings{} }}
}

// watchPulse joins a viewer with a connection of its own.
func watchPulse(t testing.TB, h *Hub, topic, key string) *viewer {
	t.Helper()
	v := &viewer{}
	v.connection = v
	if err := h.Join(t.Context(), pulsesOf(topic, key), "", &v.Subscription, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// startMetering runs a Hub with this meter.
func startMetering(t *testing.T, m *memoryMeter) *Hub {
	t.Helper()
	h, _ := startHub(t, newMemoryLog(), NewMemoryBroker(), MeasureWith(m))
	synctest.Wait()
	return h
}

// happened publishes a hint about something that belongs to no topic in particular.
func happened(t testing.TB, h *Hub) {
	t.Helper()
	h.Publish(t.Context(), Event{ID: newEventID(), Topic: "commitment_1", Seq: 1, Nonce: 1, Type: CommentPosted})
}

// Whoever begins to watch gets a pulse at once, measured once for all who come together.
func TestPulseComesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemoryMeter()
		m.happen(processA, 7)
		h := startMetering(t, m)

		began := time.Now()
		first := watchPulse(t, h, processA, "q")
		synctest.Wait()
		second, other := watchPulse(t, h, processA, "q"), watchPulse(t, h, processA, "another question")
		synctest.Wait()

		for _, v := range []*viewer{first, second, other} {
			if _, at := v.all(); v.saw() != "[7 by 1]" || !at[0].Equal(began) {
				t.Errorf("saw %s", v.saw())
			}
		}
		if n := m.measures.Load(); n != 1 {
			t.Errorf("measured %d times", n)
		}

		<-time.After(5 * time.Second) // answers in memory are older than fresh
		late := watchPulse(t, h, processA, "q")
		synctest.Wait()
		if late.saw() != "[7 by 3]" {
			t.Errorf("saw %s", late.saw())
		}
	})
}

// However many things happen, there are four pulses a second, and the last one has all. Each is measured and rendered
// once for a thousand watchers.
func TestPulsePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemoryMeter()
		h := startMetering(t, m)

		var viewers []*viewer
		for range 1000 {
			viewers = append(viewers, watchPulse(t, h, processA, "q"))
		}
		elapse(2 * time.Second)

		looks, measures, rendered := m.looks.Load(), m.measures.Load(), h.Metrics.Rendered.Load()
		before, _ := viewers[0].all()

		for range 1000 { // for two seconds
			m.happen(processA, 1)
			happened(t, h)
			elapse(2 * time.Millisecond)
		}
		elapse(2 * time.Second)

		for _, v := range viewers {
			seen, at := v.all()
			if n := len(seen) - len(before); n < 8 || n > 9 {
				t.Fatalf("%d pulses in two seconds: %s", n, v.saw())
			}
			if last := seen[len(seen)-1]; last != "1000 by 1000" {
				t.Fatalf("the last is %s", last)
			}
			for i := range at[1:] {
				if gap := at[i+1].Sub(at[i]); gap < pulseEvery {
					t.Fatalf("%v between two pulses", gap)
				}
			}
		}

		looks, measures = m.looks.Load()-looks, m.measures.Load()-measures
		rendered = h.Metrics.Rendered.Load() - rendered
		t.Logf("1000 watchers, 1000 events: %d looks, %d measures, %d executions", looks, measures, rendered)
		if rendered > 9 || measures != rendered || looks > 9+4 {
			t.Errorf("%d looks, %d measures, %d executions", looks, measures, rendered)
		}
	})
}

// There are no more pulses when those who watch come and go.
func TestPulsePaceOfComingAndGoing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemoryMeter()
		m.happen(processA, 7)
		h := startMetering(t, m)
		looks := m.looks.Load()

		for range 100 { // for two seconds
			v := watchPulse(t, h, processA, "q")
			elapse(20 * time.Millisecond)
			v.Leave()
		}

		if n := m.measures.Load(); n > 9 || m.looks.Load()-looks > 9+4 {
			t.Errorf("measured %d times, looked %d times", n, m.looks.Load()-looks)
		}

		last := watchPulse(t, h, processA, "q")
		elapse(pulseEvery + patience)
		if last.saw() != "[7 by 1]" {
			t.Errorf("saw %s", last.saw())
		}
	})
}

// Nothing is looked at while nobody watches, and there is no pulse while nothing changes.
func TestPulseOnlyWhenSomethingChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemoryMeter()
		m.happen(processA, 1)
		h := startMetering(t, m)

		happened(t, h)
		elapse(10 * time.Second)
		if m.looks.Load() != 0 {
			t.Error("looked while nobody watches")
		}

		v := watchPulse(t, h, processA, "q")
		elapse(10 * time.Second)

		m.happen(processA, 0) // such as a vote
		happened(t, h)
		m.happen(processB, 5) // which nobody watches
		happened(t, h)
		elapse(10 * time.Second)
		if v.saw() != "[1 by 1]" || m.measures.Load() != 2 {
			t.Errorf("saw %s, measured %d times", v.saw(), m.measures.Load())
		}

		v.Leave()
		looks := m.looks.Load()
		m.happen(processA, 1)
		happened(t, h)
		elapse(10 * time.Second)
		if m.looks.Load() != looks || len(h.topics) != 0 || h.pulses.Load() != 0 {
			t.Error("still looks when everybody has left")
		}
	})
}

// Without hints a change is found within a second. A meter that fails is asked again.
func TestPulseWithoutHints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemoryMeter()
		h := startMetering(t, m)

		gone := errors.New("no database")
		m.fail.Store(&gone)
		v := watchPulse(t, h, processA, "q")
		elapse(5 * time.Second)
		if v.saw() != "[]" {
			t.Fatalf("saw %s", v.saw())
		}

		m.fail.Store(nil)
		elapse(defaultEvery + pulseEvery)
		if v.saw() != "[0 by 1]" {
			t.Fatalf("saw %s", v.saw())
		}

		m.happen(processA, 3)
		elapse(defaultEvery + pulseEvery)
		if v.saw() != "[0 by 1 3 by 1]" {
			t.Errorf("saw %s", v.saw())
		}
	})
}

// Whoever does not keep up is sent the newest pulse and not those they missed, whether it is still in memory or not.
func TestPulseOfALaggard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemoryMeter()
		h := startMetering(t, m)
		slow, fast := watchPulse(t, h, processA, "q"), watchPulse(t, h, processA, "q")
		elapse(2 * time.Second)

		for round := range 2 {
			slow.deaf.Store(true)
			for range 10 {
				m.happen(processA, 1)
				happened(t, h)
				elapse(time.Second)
			}

			if round == 1 {
				h.forget() // something was hidden
			}

			slow.deaf.Store(false)
			slow.Wake()
			synctest.Wait()
		}

		if slow.saw() != "[0 by 2 10 by 2 20 by 2]" && slow.saw() != "[0 by 1 0 by 2 10 by 2 20 by 2]" {
			t.Errorf("saw %s", slow.saw())
		}
		if seen, _ := fast.all(); len(seen) < 21 {
			t.Errorf("the other saw %d", len(seen))
		}
	})
}

// A hub without a meter refuses pulses, and so does one that has stopped.
func TestPulseRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain, _ := startHub(t, newMemoryLog(), NewMemoryBroker())
		v := &viewer{}
		err := plain.Join(t.Context(), pulsesOf(processA, "q"), "", &v.Subscription, v)
		if !errors.Is(err, errNoMeter) {
			t.Errorf("without a meter: %v", err)
		}

		h, stop := startHub(t, newMemoryLog(), NewMemoryBroker(), MeasureWith(newMemoryMeter()))
		there := watchPulse(t, h, processA, "q")
		stop()
		if !errors.Is(there.err, ErrStopped) || h.Watchers(processA) != 0 {
			t.Errorf("told %v, %d watchers", there.err, h.Watchers(processA))
		}

		if err := h.Join(t.Context(), pulsesOf(processA, "q"), "", &v.Subscription, v); !errors.Is(err, ErrStopped) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// The hints of other processes are enough: here nothing is compared without one.
func TestPulseAcrossProcesses(t *testing.T) {
	r, m := startRedis(t), newMemoryMeter()
	var hubs [2]*Hub
	for i := range hubs {
		b := r.broker(t)
		hubs[i], _ = startHub(t, newMemoryLog(), b, MeasureWith(m), ReconcileEvery(time.Hour))
		eventually(t, "the broker is fine", func() bool { return b.State() == StateOK })
	}

	v := watchPulse(t, hubs[0], processA, "q")
	eventually(t, "the first pulse", func() bool { return v.saw() == "[0 by 1]" })
	for n := 1; n <= 3; n++ {
		m.happen(processA, 1)
		happened(t, hubs[1])
		eventually(t, "a pulse", func() bool { seen, _ := v.all(); return len(seen) == n+1 })
	}

	if v.saw() != "[0 by 1 1 by 1 2 by 1 3 by 1]" {
		t.Errorf("saw %s", v.saw())
	}
}
