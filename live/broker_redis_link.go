package live

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
)

// This file is the two goroutines of a RedisBroker's Run: one listens, one sends. The sender also publishes a
// heartbeat, which the listener of the same process must hear: a connection can look healthy and be deaf (after
// a failover, behind a stateful firewall), and only what comes back proves that it is not.

const (
	minPause = 50 * time.Millisecond // before connecting anew, doubled with each failure
	maxPause = 5 * time.Second
)

var errSilence = errors.New("no heartbeat came back")

// listen keeps one subscription alive, making a new one whenever it fails, until ctx ends.
func (b *RedisBroker) listen(ctx context.Context, client *redis.Client, l listener) {
	failures := 0
	for ctx.Err() == nil {
		heard, err := b.hear(ctx, client, l)
		if ctx.Err() != nil {
			return
		}
		failures++
		if heard {
			failures = 0
		}
		b.hearing.note(err)
		_ = wait(ctx, time.After(pause(failures)))
	}
}

// pause grows with the number of failures in a row, and spreads the processes that lost the same server.
func pause(failures int) time.Duration {
	longest := min(maxPause, minPause<<min(failures, 10))
	return longest/2 + rand.N(longest/2)
}

// hear serves one subscription until it fails or falls silent. It reports whether it ever heard itself. Channel
// of go-redis is not used: it drops messages when full.
func (b *RedisBroker) hear(ctx context.Context, client *redis.Client, l listener) (heard bool, err error) {
	sub := client.Subscribe(ctx, b.channels...)
	defer sub.Close()
	defer context.AfterFunc(ctx, func() { sub.Close() })() // a read does not end with ctx
	for silent := time.Now().Add(missedBeats * b.beat); ; {
		msg, err := receiveBefore(ctx, sub, silent)
		if err != nil {
			return heard, err
		}
		switch m := msg.(type) {
		case *redis.Subscription:
			b.confirmed(m, l)
		case *redis.Message:
			if b.take(m.Payload, l) {
				heard, silent = true, time.Now().Add(missedBeats*b.beat)
				b.hearing.note(nil)
			}
		}
	}
}

// receiveBefore waits for anything that comes on sub. To go-redis no time left would mean no limit.
func receiveBefore(ctx context.Context, sub *redis.PubSub, deadline time.Time) (any, error) {
	left := time.Until(deadline)
	if left <= 0 {
		return nil, errSilence
	}
	return sub.ReceiveTimeout(ctx, left)
}

// confirmed counts confirmations. With the last partition's, events come again, and some may have been missed
// before. Whether the connection works is for a heartbeat to prove.
func (b *RedisBroker) confirmed(m *redis.Subscription, l listener) {
	if m.Count == len(b.channels) {
		l.onGap()
		signal(b.prove)
	}
}

// take handles one payload, and reports whether it was this process's own heartbeat.
func (b *RedisBroker) take(payload string, l listener) (own bool) {
	if payload != "" && payload[0] == kindBeat {
		return payload[1:] == b.name
	}
	e, err := decodeEvent(payload)
	if err == nil {
		l.receive(e)
		return false
	}
	if n := b.garbage.Add(1); n&(n-1) == 0 { // 1, 2, 4, 8 …: noticed, and never a flood
		b.logger.Warn("live: unreadable payload from Redis", "count", n, "bytes", len(payload))
	}
	return false
}

// send publishes what is queued, and a heartbeat every so often, until ctx ends; then what is left.
func (b *RedisBroker) send(ctx context.Context, client *redis.Client) {
	beat := time.NewTicker(b.beat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			b.publish(ctx, client, b.queued(nil))
			return
		case <-beat.C:
			b.publish(ctx, client, b.heartbeat())
		case <-b.prove:
			b.publish(ctx, client, b.heartbeat())
		case m := <-b.queue:
			b.publish(ctx, client, b.queued([]message{m}))
		}
	}
}

// heartbeat goes through the first channel: all are heard on one connection, so it proves them all.
func (b *RedisBroker) heartbeat() []message {
	return []message{{b.channels[0], string(kindBeat) + b.name}}
}

// queued adds to batch what waits in the queue.
func (b *RedisBroker) queued(batch []message) []message {
	for len(batch) < queueLength {
		select {
		case m := <-b.queue:
			batch = append(batch, m)
		default:
			return batch
		}
	}
	return batch
}

// publish sends a batch in one round trip, and finishes within the timeout even if ctx ends meanwhile. What fails
// is not sent again: the log has it.
func (b *RedisBroker) publish(ctx context.Context, client *redis.Client, batch []message) {
	if len(batch) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.timeout)
	defer cancel()
	_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, m := range batch {
			p.Publish(ctx, m.channel, m.payload)
		}
		return nil
	})
	b.sending.note(err)
}
