// Package feed carries events from the producer to the reference servers: one PUBLISH per event, as Ensemble's own
// processes tell each other, in a layout of its own.
package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/redis/go-redis/v9"

	"ensemble/live"
)

// channel is where the producer publishes for the reference servers; the topic follows. The Node server has it too.
const channel = "bench:events:"

// Message is one committed event, and the answer that a subscriber gets for it: what GraphQL calls the payload.
type Message struct {
	Event   live.Event
	Payload json.RawMessage
}

// batch is how many events one round trip publishes, as many as Ensemble's broker.
const batch = 1024

// Publish sends messages in order, as fast as Redis takes them.
func Publish(ctx context.Context, client *redis.Client, messages []Message) error {
	for len(messages) > 0 {
		some := messages[:min(batch, len(messages))]
		messages = messages[len(some):]

		_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, m := range some {
				raw, err := json.Marshal(m)

				if err != nil {
					return err
				}
				p.Publish(ctx, channel+m.Event.Topic, raw)
			}

			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Listen calls receive for every message until ctx ends, and hearing once, as soon as none can be missed.
func Listen(ctx context.Context, url string, hearing func(), receive func(Message)) error {
	options, err := redis.ParseURL(url)
	if err != nil {
		return err
	}

	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()

	sub := client.PSubscribe(ctx, channel+"*")
	defer context.AfterFunc(ctx, func() { _ = sub.Close() })()

	for {
		said, err := sub.Receive(ctx)
		switch {
		case ctx.Err() != nil, errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
			return nil // Redis ends with the measurement
		case err != nil:
			return fmt.Errorf("hear %s*: %w", channel, err)
		}

		switch said := said.(type) {
		case *redis.Subscription:
			hearing()
		case *redis.Message:
			var m Message
			if err := json.Unmarshal([]byte(said.Payload), &m); err != nil {
				return err
			}
			receive(m)
		}
	}
}
