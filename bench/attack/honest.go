package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// honestFrom is the address that nobody attacks from.
const honestFrom = "127.0.0.2"

// How often somebody honest reads and writes. So many are within their budgets for as long as the bench lasts.
const (
	readEvery  = 100 * time.Millisecond
	writeEvery = 200 * time.Millisecond
)

// The page as clients are promised it (ensemble demo prints it), and what they do on it.
const (
	pageQuery = `query Page($reference: String!) {
  commitment(reference: $reference) {
    id number title bodyHtml version { number author { name } } versions { totalCount } streamCursor
    amendments(first: 10) { totalCount nodes { id state mergeState author { name } } }
    comments(first: 20, orderBy: OLDEST) {
      totalCount
      nodes { id body bodyHtml depth parent { id } replyCount alignment createdAt author { name } }
      pageInfo { hasNextPage endCursor }
    }
    supports(first: 5) { totalCount nodes { supporter { name } } }
  }
}`
	postMutation = `mutation Post($subject: ID!, $body: String!) {
  postComment(input: {subject: $subject, body: $body}) { comment { id body createdAt author { name } } }
}`
	watchQuery = `subscription Watch($commitment: ID!, $after: EventCursor) {
  commitmentEvents(commitment: $commitment, after: $after) { cursor ... on CommentPosted { comment { id body author { name } } } }
}`
)

// habits are what somebody honest needs to know.
type habits struct {
	Addr    string   // of the server
	Page    string   // the reference of a commitment to read
	Watched string   // the id of one to comment on
	People  []string // tokens of those who comment in turns, each within the pace of comments
}

// honest reads a page, posts comments and watches them arrive, at the same pace whatever else happens.
type honest struct {
	*caller
	habits
	over sync.WaitGroup

	mu      sync.Mutex
	phase   *samples
	waiting map[int]*arrival // by the number of the comment
}

// samples are what one phase gave.
type samples struct {
	Page, Write, Event []time.Duration
	Failed             int
	under              sync.WaitGroup // requests that began in it
}

// arrival is a comment whose event or whose answer is still to come.
type arrival struct {
	phase             *samples
	answered, arrived time.Time
}

// serveHonest is the process of somebody honest. It reads what to do from in, then a line for each phase that ends,
// after which it writes the samples of that; it is over when in is.
func serveHonest(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, end := context.WithCancel(ctx)
	orders := json.NewDecoder(in)
	h := &honest{phase: &samples{}, waiting: map[int]*arrival{}}
	if err := orders.Decode(&h.habits); err != nil {
		end()
		return err
	}

	h.caller = newCaller(h.Addr, honestFrom, newTally())
	h.over.Go(func() { h.watch(ctx) })
	h.over.Go(func() { h.every(ctx, readEvery, h.read) })
	h.over.Go(func() { h.every(ctx, writeEvery, h.write) })
	defer func() { end(); h.over.Wait() }()

	for {
		var phaseEnds bool
		if err := orders.Decode(&phaseEnds); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := json.NewEncoder(out).Encode(h.next(ctx)); err != nil {
			return err
		}
	}
}

// every does something at a pace, without waiting for what it did before.
func (h *honest) every(ctx context.Context, pace time.Duration, do func(context.Context, *samples, int)) {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}

		h.mu.Lock()
		now := h.phase
		now.under.Add(1)
		h.mu.Unlock()
		h.over.Go(func() { defer now.under.Done(); do(ctx, now, n) })
	}
}

// read asks for a page.
func (h *honest) read(ctx context.Context, now *samples, _ int) {
	began := time.Now()
	_, ok := h.ask(ctx, "", question{Query: pageQuery, Variables: map[string]any{"reference": h.Page}})
	h.took(now, &now.Page, began, ok)
}

// write posts a comment, each time as another person.
func (h *honest) write(ctx context.Context, now *samples, n int) {
	began, token := time.Now(), pick(h.People, n)
	_, ok := h.ask(ctx, token, question{Query: postMutation, Variables: map[string]any{
		"subject": h.Watched, "body": fmt.Sprintf("Something honest, number %d, of %s.", n, began.Format(time.RFC3339Nano)),
	}})
	h.took(now, &now.Write, began, ok)
	if ok {
		h.came(n, func(a *arrival) { a.phase, a.answered = now, time.Now() })
	}
}

// took keeps how long something took, or that it failed.
func (h *honest) took(now *samples, times *[]time.Duration, began time.Time, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !ok {
		now.Failed++
		return
	}
	*times = append(*times, time.Since(began))
}

// watch reads events until ctx ends. When its socket is closed it comes back, and goes on where it was.
func (h *honest) watch(ctx context.Context) {
	var after any
	for {
		if conn := h.socket(ctx, "", false); conn != nil {
			_ = conn.subscribe("watch", question{
				Query: watchQuery, Variables: map[string]any{"commitment": h.Watched, "after": after},
			})
			after = h.follow(conn, after)
			conn.close()
		}
		if sleep(ctx, time.Second) != nil {
			return
		}
	}
}

var (
	honestNumber = regexp.MustCompile(`Something honest, number (\d+)`)
	eventCursor  = regexp.MustCompile(`"cursor":"([^"]+)"`)
)

// follow reads events until the socket closes, and returns the cursor of the last one.
func (h *honest) follow(conn *socket, after any) any {
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			return after
		}
		if isPing(message) {
			_ = conn.write(pong)
		}
		if found := eventCursor.FindSubmatch(message); found != nil {
			after = string(found[1])
		}
		if found := honestNumber.FindSubmatch(message); found != nil {
			n, _ := strconv.Atoi(string(found[1]))
			h.came(n, func(a *arrival) { a.arrived = time.Now() })
		}
	}
}

// came notes that the answer or the event of a comment came. Once both are there, what lies between them is how long
// the event took; nothing, if it came first.
func (h *honest) came(n int, note func(*arrival)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.waiting[n]
	if a == nil {
		a = &arrival{}
		h.waiting[n] = a
	}

	note(a)
	if a.phase != nil && !a.arrived.IsZero() {
		a.phase.Event = append(a.phase.Event, max(0, a.arrived.Sub(a.answered)))
		delete(h.waiting, n)
	}
}

// lateEvent is how long an event may take before it counts as failed.
const lateEvent = 5 * time.Second

// next begins another phase and returns the one before, when all that began in it is over.
func (h *honest) next(ctx context.Context) *samples {
	h.mu.Lock()
	last := h.phase
	h.phase = &samples{}
	h.mu.Unlock()
	last.under.Wait()

	for late := time.Now().Add(lateEvent); time.Now().Before(late) && h.waitsFor(last) > 0; {
		if sleep(ctx, 10*time.Millisecond) != nil {
			break
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for n, a := range h.waiting {
		if a.phase == last {
			last.Failed++
			delete(h.waiting, n)
		}
	}
	return last
}

// waitsFor returns how many events of a phase are still to come.
func (h *honest) waitsFor(phase *samples) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.waiting {
		if a.phase == phase {
			n++
		}
	}
	return n
}
