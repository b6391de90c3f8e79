package faults

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ensemble/live"
)

// verdict counts what clients received, compared with the log.
type verdict struct {
	clients, events, received, cuts, resent, lost, repeated, disordered, foreign, resets int
}

// judge ends the crowd and compares what each client received with the log as it was at the end, and with those before
// where history was rewritten. resets says how many Resets each client must have been sent. The line that judge writes
// is a row of docs/reliability.md.
func (c *crowd) judge(fault string, w *writers, resets func(*watcher) int, histories ...[]live.Event) {
	t := c.site.t
	t.Helper()
	c.end()

	if len(histories) == 0 {
		histories = [][]live.Event{c.site.history()}
		w.wantLogged(t, histories[0])
	}

	books := make([]book, len(histories))
	for i, history := range histories {
		books[i] = newBook(history)
	}
	last := books[len(books)-1]

	v := verdict{clients: len(c.clients), events: len(last.events) - last.index[c.site.start] - 1, resent: w.resent}
	for _, client := range c.clients {
		before := v.resets
		v.add(t, client, c.site.start, books)
		if got, want := v.resets-before, resets(client); got != want {
			t.Errorf("client %d was told %d resets, want %d", client.number, got, want)
		}
	}

	t.Logf("| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d |", fault, v.clients, v.events, v.received, v.cuts,
		v.resent, v.lost, v.repeated, v.disordered, v.resets)

	if v.lost+v.repeated+v.disordered+v.foreign != 0 {
		t.Errorf("lost %d, repeated %d, out of order %d, in no log %d", v.lost, v.repeated, v.disordered, v.foreign)
	}
}

// none is the number of Resets that most faults may cost a client.
func none(*watcher) int { return 0 }

// add counts what one client received. A Reset begins a new stretch, which follows the Reset's cursor.
func (v *verdict) add(t testing.TB, w *watcher, start string, books []book) {
	v.cuts += w.cuts
	for _, trouble := range w.troubles {
		t.Errorf("client %d: %s", w.number, trouble)
	}

	seen := map[string]bool{}
	stretch, from := []string{}, start
	for _, n := range w.heard {
		if n.Typename == string(live.Reset) {
			v.resets++
			v.compare(stretch, from, false, books)
			stretch, from = nil, n.Cursor
			continue
		}

		v.received++
		if seen[n.Cursor] {
			v.repeated++
			continue
		}

		seen[n.Cursor] = true
		stretch = append(stretch, n.Cursor)
	}

	v.compare(stretch, from, true, books)
}

// compare compares a stretch of events with what follows its beginning in the log: with all of that when the stretch
// goes on to the end, else with what comes before the last of its events.
func (v *verdict) compare(stretch []string, from string, toTheEnd bool, books []book) {
	b := books[len(books)-1]
	if !toTheEnd && len(stretch) > 0 {
		last := stretch[len(stretch)-1]
		if i := slices.IndexFunc(books, func(b book) bool { _, in := b.index[last]; return in }); i >= 0 {
			b = books[i]
		}
	}

	first, known := b.index[from]
	if !known {
		v.foreign += len(stretch) + 1
		return
	}

	got, furthest := 0, first
	for _, cursor := range stretch {
		i, known := b.index[cursor]
		switch {
		case !known || i <= first:
			v.foreign++
			continue
		case i < furthest:
			v.disordered++
		}
		furthest = max(furthest, i)
		got++
	}

	if toTheEnd {
		furthest = len(b.events) - 1
	}
	v.lost += furthest - first - got
}

// book is a log in which cursors can be looked up, also the one before the first event that is left.
type book struct {
	events []string
	index  map[string]int
}

// newBook returns the book of a log, which must have an event.
func newBook(history []live.Event) book {
	first := history[0]
	before := live.Cursor{Topic: first.Topic, Seq: first.Seq - 1, Nonce: first.Previous}
	b := book{[]string{before.String()}, map[string]int{}}

	for _, e := range history {
		b.events = append(b.events, e.Cursor().String())
	}
	for i, cursor := range b.events {
		b.index[cursor] = i
	}
	return b
}

// slowest returns the longest time from an event's transaction to a client, among the events after a cursor.
func (c *crowd) slowest(after live.Cursor) (longest time.Duration) {
	at := map[string]time.Time{}
	for _, e := range c.site.history() {
		if e.Seq > after.Seq {
			at[e.Cursor().String()] = e.At
		}
	}

	for _, w := range c.clients {
		w.mu.Lock()
		for _, n := range w.heard {
			if begun, ok := at[n.Cursor]; ok {
				longest = max(longest, n.came.Sub(begun))
			}
		}
		w.mu.Unlock()
	}
	return longest
}

// times returns "once" or "10 times", for the names of faults.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
