package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pennies is a Purse for tests: what payers have left, and how much each paid.
type pennies struct {
	each, address, all int

	mu         sync.Mutex
	left, paid map[string]int
}

func newPennies(each, all int) *pennies {
	return &pennies{each: each, address: all, all: all, left: map[string]int{}, paid: map[string]int{}}
}

// Questions implements Purse.
func (p *pennies) Questions(Payer) (own, address, all int) { return p.each, p.address, p.all }

// Has implements Purse.
func (p *pennies) Has(payer Payer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left[payer.account()] > 0
}

// Pay implements Purse.
func (p *pennies) Pay(payer Payer, cost int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left[payer.account()] -= cost
	p.paid[payer.account()] += cost
}

// give lets a payer spend so much more.
func (p *pennies) give(payer string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left[payer] += n
}

// paidBy returns what a payer has paid.
func (p *pennies) paidBy(payer string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.paid[payer]
}

// asks returns a question about topicA that costs one for each event. The payer has an address for themselves.
func (p *pennies) asks(payer, key string) Question {
	return Question{
		Topic: topicA, Key: key, Payer: Payer{Person: payer, Address: "of " + payer}, Purse: p, Cost: 1, Open: func() Renderer { return echo{} },
	}
}

// joins has a new subscriber ask, and returns it.
func joins(t testing.TB, h *Hub, q Question, after Cursor) (*eager, error) {
	t.Helper()
	r := &eager{took: make(chan Event, 10_000)}
	return r, h.Join(t.Context(), q, after.String(), &r.Subscription, r)
}

// mustJoin does what joins does, and fails the test when it is refused.
func mustJoin(t testing.TB, h *Hub, q Question, after Cursor) *eager {
	t.Helper()
	r, err := joins(t, h, q, after)
	if err != nil {
		t.Fatalf("%s asks %s: %v", q.Payer.Person, q.Key, err)
	}
	return r
}

// Each payer has so many questions. What somebody asks already is free for others.
func TestQuestionsAreBounded(t *testing.T) {
	h, _ := startHub(t, newMemoryLog(), NewMemoryBroker())
	purse, start := newPennies(2, 4), Cursor{Topic: topicA}
	first := mustJoin(t, h, purse.asks("ann", "1"), start)
	mustJoin(t, h, purse.asks("ann", "2"), start)

	if _, err := joins(t, h, purse.asks("ann", "3"), start); !errors.Is(err, ErrPayerQuestions) {
		t.Errorf("the third question of ann: %v", err)
	}
	mustJoin(t, h, purse.asks("bob", "3"), start)
	mustJoin(t, h, purse.asks("ann", "3"), start)
	mustJoin(t, h, purse.asks("bob", "4"), start)
	mustJoin(t, h, purse.asks("cid", "1"), start)

	moved := purse.asks("ann", "6")
	moved.Moved = true
	mustJoin(t, h, moved, start)

	// When whoever is charged leaves, another one who asks the same is charged, and never refused.
	first.Leave()
	if h.ledger.accounts["cid"] != 1 || h.ledger.accounts["ann"] != 2 || h.ledger.all != 5 {
		t.Errorf("after ann has left one: %+v", h.ledger)
	}
}

// A hall full of people, who have one address, may each ask about themselves: up to a wider limit.
func TestHallAsks(t *testing.T) {
	log := newMemoryLog()
	h, _ := startHub(t, log, NewMemoryBroker())
	purse, start := newPennies(1, 1_000), Cursor{Topic: topicA}
	purse.address = 300
	inHall := func(n int) Question {
		q := purse.asks(fmt.Sprint("person ", n), fmt.Sprint("about ", n))
		q.Payer.Address = "hall"
		purse.give(q.Payer.Person, 10)
		return q
	}

	var all []*eager
	for n := range 300 {
		all = append(all, mustJoin(t, h, inHall(n), start))
	}
	if _, err := joins(t, h, inHall(300), start); !errors.Is(err, ErrAddressQuestions) {
		t.Errorf("one more than an address may have: %v", err)
	}

	h.Publish(t.Context(), log.commitN(topicA, 2)...)
	for n, r := range all {
		wantChain(t, start, take(t, r.took, 2))
		if paid := purse.paidBy(fmt.Sprint("person ", n)); paid < 1 {
			t.Errorf("person %d has paid %d", n, paid)
		}
	}
}

// When as many questions are asked as there may be, whoever has the most loses one that nobody else asks, to whoever
// has fewer; never the other way around.
func TestQuestionsGiveWay(t *testing.T) {
	h, _ := startHub(t, newMemoryLog(), NewMemoryBroker())
	purse, start := newPennies(9, 6), Cursor{Topic: topicA}
	var greedy []*quitter
	for n := range 6 {
		greedy = append(greedy, quits(t, h, purse.asks("greedy", fmt.Sprint(n)), start))
	}
	mustJoin(t, h, purse.asks("friend", "5"), start) // the newest is asked by two

	for n, loses := range []int{4, 3} {
		mustJoin(t, h, purse.asks("modest", fmt.Sprint("modest ", n)), start)
		if err := greedy[loses].err; !errors.Is(err, ErrAllQuestions) {
			t.Errorf("question %d gives way with %v", loses, err)
		}
	}
	for _, payer := range []string{"greedy", "modest"} { // four and two: neither gains a question from the other
		if payer == "modest" {
			mustJoin(t, h, purse.asks("modest", "modest 2"), start)
		}
		if _, err := joins(t, h, purse.asks(payer, "one more"), start); !errors.Is(err, ErrAllQuestions) {
			t.Errorf("one more of %s: %v", payer, err)
		}
	}
	checkLedger(t, h)
	if h.ledger.all != 6 || greedy[0].err != nil || greedy[5].err != nil {
		t.Errorf("%+v", h.ledger)
	}
}

// quitter is a subscriber that notes why it was ended.
type quitter struct {
	Subscription
	err error
}

func (q *quitter) Wake()         {}
func (q *quitter) End(err error) { q.err = err }

// quits has a quitter ask.
func quits(t testing.TB, h *Hub, q Question, after Cursor) *quitter {
	t.Helper()
	r := &quitter{}
	if err := h.Join(t.Context(), q, after.String(), &r.Subscription, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// However people come and go, each question is charged to one of those who ask it, and in the end nothing is left.
func TestQuestionsAreChargedOn(t *testing.T) {
	log := newMemoryLog()
	h, _ := startHub(t, log, NewMemoryBroker())
	purse, start := newPennies(3, 6), Cursor{Topic: topicA}

	var people sync.WaitGroup
	for n := range 16 {
		people.Go(func() {
			payer := fmt.Sprint("payer ", n%5)
			purse.give(payer, 1_000)
			for range 300 {
				r, err := joins(t, h, purse.asks(payer, fmt.Sprint(rand.N(8))), start)
				if err != nil {
					continue
				}
				h.Publish(t.Context(), log.commit(topicA))
				checkLedger(t, h)
				r.Leave()
			}
		})
	}
	people.Wait()

	eventually(t, "nothing is left", func() bool {
		h.crew.mu.Lock()
		defer h.crew.mu.Unlock()
		return h.Groups()+len(h.ledger.accounts)+len(h.ledger.addresses)+h.ledger.all == 0 &&
			len(h.crew.new.queues)+len(h.crew.new.addresses)+len(h.crew.old.queues)+len(h.crew.old.addresses) == 0 &&
			h.Bytes()+h.EventBytes()+h.renderers.Load() == 0 && h.shelf.order.Len()+len(h.shelf.at) == 0
	})
}

// checkLedger fails unless each question is charged once, to somebody who asks it.
func checkLedger(t testing.TB, h *Hub) {
	t.Helper()
	h.mu.RLock()
	defer h.mu.RUnlock()

	each, all := map[string]int{}, 0
	for _, topic := range h.topics {
		for _, g := range topic.groups {
			payer, _ := g.payers.charged()
			if g.payers.members[payer] == 0 {
				t.Errorf("%q is charged and does not ask", payer)
			}
			each[payer.account()]++
			all++
		}
	}
	if !maps.Equal(each, h.ledger.accounts) || all != h.ledger.all {
		t.Errorf("%v are charged, and %+v are counted", each, h.ledger)
	}
}

// Whoever has nothing left waits, and gets everything as soon as there is something again. Others do not wait for them.
func TestAnswersWaitUntilTheyArePaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker(), RememberEvents(4))
		purse, start := newPennies(9, 9), Cursor{Topic: topicA}
		purse.give("rich", 1_000)
		purse.give("poor", 1)
		rich := mustJoin(t, h, purse.asks("rich", "a"), start)
		poor := mustJoin(t, h, purse.asks("poor", "b"), start)
		synctest.Wait()

		for range 20 {
			h.Publish(t.Context(), log.commit(topicA))
			synctest.Wait()
		}
		wantChain(t, start, take(t, rich.took, 20))
		if len(poor.took) != 1 || h.Metrics.PutOff.Load() == 0 {
			t.Errorf("whoever can pay for one has %d", len(poor.took))
		}

		purse.give("poor", 1_000)
		wantChain(t, start, take(t, poor.took, 20))
	})
}

// cannot is a Renderer that never answers: at once, or when its time is over.
type cannot struct {
	slow  bool
	tried *atomic.Int32
}

// Render implements Renderer.
func (c cannot) Render(ctx context.Context, _ []Event) ([][]byte, error) {
	c.tried.Add(1)
	if c.slow {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, errors.New("the database is away")
}

// An answer that took all its time is paid like one that was made: so it is not tried for ever. One that the database
// did not let begin costs nothing, however long that lasts.
func TestFailuresArePaid(t *testing.T) {
	for _, slow := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			log := newMemoryLog()
			h, _ := startHub(t, log, NewMemoryBroker())
			purse, tried := newPennies(9, 9), new(atomic.Int32)
			purse.give("one", 50)
			q := purse.asks("one", "a")
			q.Cost, q.Open = 10, func() Renderer { return cannot{slow, tried} }
			mustJoin(t, h, q, Cursor{Topic: topicA})
			synctest.Wait()

			h.Publish(t.Context(), log.commit(topicA))
			<-time.After(10 * time.Minute) // of the test's own clock
			switch n, paid := tried.Load(), purse.paidBy("one"); {
			case slow && (n != 5 || paid != 50):
				t.Errorf("what takes long was tried %d times, and %d was paid", n, paid)
			case !slow && (n <= 5 || paid != 0):
				t.Errorf("without a database it was tried %d times, and %d was paid", n, paid)
			}
		})
	}
}

// What many ask, any of them pays for, and once. So nobody is held up by somebody who asked first and has nothing left.
func TestAnotherOnePays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker())
		purse, start := newPennies(9, 9), Cursor{Topic: topicA}
		purse.give("last", 1_000)

		var all []*eager
		for n := range 50 {
			all = append(all, mustJoin(t, h, purse.asks(fmt.Sprint("poor ", n), "a"), start))
		}
		all = append(all, mustJoin(t, h, purse.asks("last", "a"), start))

		h.Publish(t.Context(), log.commitN(topicA, 3)...)
		for _, r := range all {
			wantChain(t, start, take(t, r.took, 3))
		}
		if n := purse.paidBy("last"); n != 3 {
			t.Errorf("the only one who can has paid %d for 3 events", n)
		}
	})
}

// Whoever comes back with many old cursors and cannot pay has nothing read for them. What is read for them and skipped
// is paid, too.
func TestOldEventsArePaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		before := log.commitN(topicA, 60)
		h, _ := startHub(t, log, NewMemoryBroker(), RememberEvents(1))
		purse := newPennies(9, 9)
		q := purse.asks("poor", "skips")
		q.Cost, q.Open = 5, func() Renderer { return skips{} }

		for _, e := range before[:40] {
			mustJoin(t, h, q, e.Cursor())
		}
		for range 3 {
			time.Sleep(defaultEvery) // some ticks, on the clock of the bubble
			synctest.Wait()
		}
		if n := h.Metrics.Replays.Load(); n != 0 {
			t.Errorf("the log was read %d times for whoever cannot pay", n)
		}

		purse.give("poor", 10_000)
		for purse.paidBy("poor") == 0 || h.lagging() > 0 {
			time.Sleep(defaultEvery)
			synctest.Wait()
		}
		if n := h.Metrics.Replays.Load(); n == 0 || purse.paidBy("poor") < 58 {
			t.Errorf("%d reads cost %d", n, purse.paidBy("poor"))
		}
	})
}

// skips is a Renderer of a question that skips every event.
type skips struct{}

// Render implements Renderer.
func (skips) Render(_ context.Context, events []Event) ([][]byte, error) {
	return make([][]byte, len(events)), nil
}

// lagging returns at how many places somebody is behind.
func (h *Hub) lagging() (n int) {
	for _, g := range h.groups() {
		n += int(g.late.Load())
	}
	return n
}

// When there are too many answers in memory they go, also the newest. Everybody gets everything all the same.
func TestAnswersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newMemoryLog()
		h, _ := startHub(t, log, NewMemoryBroker(), RememberAnswers(100), RememberEvents(4))
		start := Cursor{Topic: topicA}

		var prompt []*eager
		var late []*collector
		for n := range 10 {
			q := newPennies(99, 99).asks("", fmt.Sprint(n))
			q.Purse = nil
			prompt = append(prompt, mustJoin(t, h, q, start))
			c := &collector{}
			if err := h.Join(t.Context(), q, start.String(), &c.Subscription, c); err != nil {
				t.Fatal(err)
			}
			late = append(late, c)
		}

		for range 20 {
			h.Publish(t.Context(), log.commit(topicA))
			synctest.Wait()
			if n := h.Bytes(); n > 100 {
				t.Fatalf("%d bytes are kept", n)
			}
		}
		for _, r := range prompt {
			wantChain(t, start, take(t, r.took, 20))
		}

		for _, c := range late {
			wantChain(t, start, c.collect(20))
		}
	})
}

// collect reads so many events, and waits for those that are not in memory.
func (c *collector) collect(n int) (events []Event) {
	for range 10 * n {
		for _, a := range c.Next() {
			events = append(events, a.Event)
			c.Advance(a)
		}
		synctest.Wait()
	}
	return events
}
