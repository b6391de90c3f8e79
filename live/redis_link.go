package live

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
)

// link is one connection to hear some partitions, and one queue of what to send to them. While its broker runs it
// has two goroutines: one listens, one sends. The sender also publishes a heartbeat, which the listener of the same
// link must hear: a connection can look healthy and be deaf (after a failover, behind a stateful firewall), and
// only what comes back proves that it is not.
type link struct {
	broker   *RedisBroker
	number   int // its place among the broker's links
	channels []string
	queue    chan message
	prove    chan struct{} // capacity one: a heartbeat is wanted at once
}

type message struct{ channel, payload string }

func newLink(b *RedisBroker, number int, channels []string) *link {
	return &link{b, number, channels, make(chan message, queueLength), make(chan struct{}, 1)}
}

const (
	minPause = 50 * time.Millisecond // before connecting anew, doubled with each failure
	maxPause = 5 * time.Second
)

// errSentAway ends a subscription whose partition has moved to another node.
var errSentAway = errors.New("the server ended the subscription")

// listen has one subscription at a time, until ctx ends: when it fails, it makes a new one.
func (l *link) listen(ctx context.Context, r redisClient, to Listener) {
	failures := 0
	for ctx.Err() == nil {
		heard, err := l.hear(ctx, r, to)
		if ctx.Err() != nil {
			return
		}

		failures++
		if heard {
			failures = 0
		}

		l.broker.hearing.note(l.number, err)
		r.lost(ctx)

		select {
		case <-ctx.Done():
		case <-time.After(pause(failures)):
		}
	}
}

// pause grows with the number of failures in a row, and spreads the processes that lost the same server.
func pause(failures int) time.Duration {
	longest := min(maxPause, minPause<<min(failures, 10))
	return longest/2 + rand.N(longest/2) // #nosec G404 -- it spreads processes
}

// confirmed counts confirmations. With the last channel's, events come again, and some may have been missed
// before. Whether the connection works is for a heartbeat to prove. We never end a subscription, so if one has
// ended the server did it.
func (l *link) confirmed(m *redis.Subscription, to Listener) error {
	if m.Kind != "subscribe" && m.Kind != "ssubscribe" {
		return errSentAway
	}
	if m.Count == len(l.channels) {
		to.Gap()
		signal(l.prove)
	}
	return nil
}

// take handles one payload, and reports whether it was this process's own heartbeat.
func (l *link) take(payload string, to Listener) (own bool) {
	if payload != "" && payload[0] == kindBeat {
		return payload[1:] == l.broker.name
	}

	if e, err := decodeEvent(payload); err == nil {
		to.Event(e)
		return false
	}

	if r, err := decodeHeadcount(payload); err == nil {
		to.Report(r)
		return false
	}

	if n := l.broker.garbage.Add(1); n&(n-1) == 0 { // 1, 2, 4, 8 …: noticed, and never a flood
		l.broker.logger.Warn("live: unreadable payload from Redis", "count", n, "bytes", len(payload))
	}

	return false
}

// send publishes what is queued, and a heartbeat every so often, until ctx ends; then what is left.
func (l *link) send(ctx context.Context, r redisClient) {
	beat := time.NewTicker(l.broker.beat)
	defer beat.Stop()

	for {
		select {
		case <-ctx.Done():
			l.publish(ctx, r, l.queued(nil))
			return
		case <-beat.C:
			l.publish(ctx, r, l.heartbeat())
		case <-l.prove:
			l.publish(ctx, r, l.heartbeat())
		case m := <-l.queue:
			l.publish(ctx, r, l.queued([]message{m}))
		}
	}
}

// heartbeat goes through the first channel: all are heard on one connection, so it proves them all.
func (l *link) heartbeat() []message {
	return []message{{l.channels[0], string(kindBeat) + l.broker.name}}
}

// queued adds to batch what waits in the queue.
func (l *link) queued(batch []message) []message {
	for len(batch) < queueLength {
		select {
		case m := <-l.queue:
			batch = append(batch, m)
		default:
			return batch
		}
	}
	return batch
}

// publish sends a batch, and finishes within the timeout even if ctx ends meanwhile. What fails is not sent again:
// the log has it.
func (l *link) publish(ctx context.Context, r redisClient, batch []message) {
	if len(batch) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.broker.timeout)
	defer cancel()
	l.broker.sending.note(l.number, r.publish(ctx, batch))
}
