package live

import (
	"context"
	"fmt"
	"slices"
)

// check is one comparison of a topic with the log. What is known before the log is asked must be in its
// answer; only therefore can an answer that lacks it mean that history was rewritten, and not that the
// answer is a moment old.
type check struct {
	topic *topic
	known bool   // there was a head to compare with
	head  Cursor // that head
	asked uint64 // questions the answer settles

	surprised bool // an event that hides something came, or may have come, without a hint
}

// ask requests a check that begins after now, and returns the number of this question: it is answered when
// view.answered has reached it. The caller signals the Hub.
func (t *topic) ask() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	return t.asked
}

// curious reports whether a question is open or an event is missing.
func (t *topic) curious() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.asked > t.answered || len(t.early) > 0
}

// begin opens a check. Events that came early are dropped: they are committed, so the log has them.
func (t *topic) begin() check {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.early)
	return check{topic: t, known: t.answered > 0, head: t.head, asked: t.asked}
}

// compare takes head, the log's answer, and settles what needs no more reading. It reports whether events must be
// read: the topic is a little behind, or knows of events that the log does not.
func (c *check) compare(head Cursor) (unsettled bool) {
	t, missing := c.topic, head.Seq-c.head.Seq
	switch {
	case c.known && head == c.head, c.known && missing > 0 && t.reached(head):
		t.answer(c.asked)
	case !c.known, missing > int64(t.memory):
		t.restart(c.asked, head) // the first look, or too far behind
	default:
		return true
	}
	return false
}

// fill reads the events that the topic lacks. If those in the log do not continue the topic's own, the log was pruned,
// or history was rewritten: then fill restarts at head. On an error the question stays open.
func (c *check) fill(ctx context.Context, log Log, head Cursor) error {
	events, err := log.Events(ctx, head.Topic, c.head.Seq, c.topic.memory)
	if err != nil {
		return fmt.Errorf("read events of %s after %d: %w", head.Topic, c.head.Seq, err)
	}

	// The events of the log do not continue the topic's own: forget all, and go on from the head.
	if len(chain(c.head, events)) == 0 {
		c.surprised = true
		c.topic.restart(c.asked, head)
		return nil
	}

	c.surprised = slices.ContainsFunc(events, Event.Hides)
	c.topic.extend(c.asked, events)
	return nil
}

// reached reports whether hints have filled the gap up to head while the log was asked.
func (t *topic) reached(head Cursor) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.head.Seq >= head.Seq
}

// answer closes the questions up to number. It wakes readers only if one of them asked.
func (t *topic) answer(number uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.answered < number {
		t.answered = number
		t.wake()
	}
}

// restart forgets everything and continues from head. It is always safe: each reader compares its own
// position with the log before it goes on.
func (t *topic) restart(number uint64, head Cursor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.head, t.answered = head, number
	t.recent.forget()
	t.drain()
	t.wake()
}

// extend adds what the log has after the head; hints may have brought part of it meanwhile.
func (t *topic) extend(number uint64, events []Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range events {
		if e.follows(t.head) {
			t.push(e)
		}
	}
	t.answered = number
	t.drain()
	t.wake()
}
