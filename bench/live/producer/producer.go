package producer

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	redis "github.com/redis/go-redis/v9"

	"ensemble/auth"
	"ensemble/bench/live/crowd"
	"ensemble/bench/live/feed"
	"ensemble/consultation"
	"ensemble/consultation/roadmap"
	"ensemble/database"
	"ensemble/ent"
	"ensemble/live"
	"ensemble/site"
)

// Producer posts comments as a server of its own would, and announces them to the server under test.
type Producer struct {
	world   *World
	store   *database.Store
	service *consultation.Service
	notes   *notes // what the service would have announced
	broker  *live.RedisBroker
	redis   *redis.Client
	stop    context.CancelFunc
	stopped chan error
}

// Target is who hears of the events.
type Target int

// Ensemble hears through its own broker, the reference servers through package feed.
const (
	Ensemble Target = iota
	Reference
)

// New opens the database and Redis.
func New(ctx context.Context, w *World, databaseURL, redisURL string) (*Producer, error) {
	store, err := database.Open(ctx, databaseURL)
	if err != nil {
		return nil, err
	}

	logger := slog.New(slog.DiscardHandler)
	p := &Producer{world: w, store: store}
	p.service, p.notes = p.newService()
	if p.broker, err = live.NewRedisBroker(redisURL, logger); err != nil {
		return nil, err
	}

	options, err := redis.ParseURL(redisURL)
	if err != nil {
		return nil, err
	}
	p.redis, p.stopped = redis.NewClient(options), make(chan error, 1)

	ctx, p.stop = context.WithCancel(ctx)
	go func() {
		p.stopped <- p.broker.Run(ctx, live.Listener{
			Event: func(live.Event) {}, Report: func(live.Headcount) {}, Gap: func() {},
		})
	}()

	return p, nil
}

// Close ends the producer.
func (p *Producer) Close() {
	p.stop()
	<-p.stopped
	_, _ = p.redis.Close(), p.store.Close()
}

// posted is a committed comment with its event.
type posted struct {
	comment *ent.Comment
	event   live.Event
}

// newService makes a service that keeps what it would announce.
func (p *Producer) newService() (*consultation.Service, *notes) {
	recorded := &notes{}
	s := site.Over(p.store, slog.New(slog.DiscardHandler))
	s.Publisher = recorded
	return s, recorded
}

// notes is the Publisher of a service whose events are announced later.
type notes struct{ events []live.Event }

// Publish implements the Publisher of the rules.
func (n *notes) Publish(_ context.Context, events ...live.Event) {
	n.events = append(n.events, events...)
}

// post comments on a topic: number says which of the bench's comments it is.
func (p *Producer) post(
	ctx context.Context, s *consultation.Service, topic string, kind byte, number int,
) (*ent.Comment, error) {
	in := roadmap.PostCommentInput{Subject: topic, Body: Body(kind, number)}
	c, err := s.PostComment(auth.WithViewer(ctx, p.world.Author), in)
	if err != nil {
		return nil, fmt.Errorf("comment on %s: %w", topic, err)
	}
	return c, nil
}

// Body returns the text of a comment, of a usual length.
func Body(kind byte, number int) string {
	return crowd.Marker(kind, number) + "In our valley the library opens on two afternoons a week, and whoever needs " +
		"help with a form has to take the bus to the next town. A place in every canton, with somebody who knows the " +
		"people there, would help more than another web site."
}

// announce tells the target about committed events, back to back.
func (p *Producer) announce(ctx context.Context, to Target, all []posted) error {
	if to == Reference {
		messages := make([]feed.Message, len(all))
		for i, one := range all {
			messages[i] = feed.Message{Event: one.event, Payload: p.payload(one)}
		}
		return feed.Publish(ctx, p.redis, messages)
	}

	for _, one := range all {
		for p.broker.Publish(ctx, one.event) != nil { // its queue is full
			if err := ctx.Err(); err != nil {
				return err
			}
			time.Sleep(100 * time.Microsecond)
		}
	}

	return nil
}
