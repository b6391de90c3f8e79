package live

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// errSilence ends a subscription on which missedBeats heartbeats did not come back: the connection looks healthy, and
// Redis is silent. listen makes a new one then. Meanwhile events reach other processes with the next comparison with
// the log: see hub_reconcile.go.
var errSilence = errors.New("no heartbeat came back")

// hear serves one subscription until it fails, ends or falls silent. It reports whether it ever heard itself. Channel
// of go-redis is not used: it drops messages when full.
func (l *link) hear(ctx context.Context, r redisClient, to Listener) (heard bool, err error) {
	sub, err := r.subscribe(ctx, l.channels)
	if err != nil {
		return false, err
	}

	defer sub.Close()
	defer context.AfterFunc(ctx, func() { sub.Close() })() // a read does not end with ctx

	for silent := time.Now().Add(missedBeats * l.broker.beat); ; {
		msg, err := receiveBefore(ctx, sub, silent)
		if err != nil {
			return heard, err
		}

		switch m := msg.(type) {
		case *redis.Subscription:
			if err := l.confirmed(m, to); err != nil {
				return heard, err
			}
		case *redis.Message:
			if l.take(m.Payload, to) {
				heard, silent = true, time.Now().Add(missedBeats*l.broker.beat)
				l.broker.hearing.note(l.number, nil)
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
	msg, err := sub.ReceiveTimeout(ctx, left)
	if err != nil && time.Until(deadline) <= 0 {
		return nil, errSilence
	}
	return msg, err
}
