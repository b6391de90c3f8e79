package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// maxHeads is how many topics one call of Log.Heads asks for.
const maxHeads = 1000

// reconcile compares watched topics with the log until ctx ends: all of them every so often and after hints
// may have been lost, those that asked at once, those that miss an event after some patience (it is
// usually just late). It is the only goroutine that does, so each gap is read once for all its readers.
func (h *Hub) reconcile(ctx context.Context) {
	tick := time.NewTicker(h.every)
	defer tick.Stop()
	var late <-chan time.Time

	for {
		select {
		case <-ctx.Done():
			return
		case <-h.gaps:
			if late == nil {
				late = time.After(patience)
			}
			continue
		case <-late:
			late = nil
		case <-h.asked:
		case <-tick.C:
			h.deaf.Store(true)
			h.tidy()
		}

		h.compare(ctx, h.deaf.Swap(false))
	}
}

// compare checks all topics, or those with a reason of their own. What fails is tried again with the next tick.
func (h *Hub) compare(ctx context.Context, all bool) {
	topics, watched := h.choose(all), []string(nil)
	if all {
		watched = h.watches.topics()
	}

	if len(topics)+len(watched) == 0 {
		return
	}

	err := errors.Join(h.checkTopics(ctx, topics), h.checkWatches(ctx, watched))
	if ctx.Err() == nil {
		h.checking.note(err)
	}
}

// choose returns all topics, or those with a reason of their own to be checked.
func (h *Hub) choose(all bool) []*topic {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var topics []*topic
	for _, t := range h.topics {
		if t.pulse == nil && (all || t.curious()) {
			topics = append(topics, t)
		}
	}
	return topics
}

// checkTopics asks the log about topics.
func (h *Hub) checkTopics(ctx context.Context, topics []*topic) error {
	var errs []error
	for some := range slices.Chunk(topics, maxHeads) {
		errs = append(errs, h.checkSome(ctx, some))
	}
	return errors.Join(errs...)
}

// checkSome reads the heads of at most maxHeads topics, then the events of those that are behind.
func (h *Hub) checkSome(ctx context.Context, topics []*topic) error {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()

	checks, names := make([]check, len(topics)), make([]string, len(topics))
	for i, t := range topics {
		checks[i], names[i] = t.begin(), t.name
	}

	heads, err := h.log.Heads(ctx, names)
	if err != nil {
		return fmt.Errorf("read heads of %d topics: %w", len(names), err)
	}

	var g errgroup.Group
	g.SetLimit(logReaders)
	for i, name := range names {
		head := Cursor{Topic: name, Seq: heads[name].Seq, Nonce: heads[name].Nonce}
		if checks[i].compare(head) {
			g.Go(func() error { return checks[i].fill(ctx, h.log, head) })
		}
	}

	err = g.Wait()
	if slices.ContainsFunc(checks, func(c check) bool { return c.surprised }) {
		h.forget()
	}

	return err
}
