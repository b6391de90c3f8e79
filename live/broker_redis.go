package live

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

const (
	defaultPrefix  = "ensemble:"
	defaultBeat    = 2 * time.Second
	defaultTimeout = time.Second

	missedBeats = 3 // silence of this many heartbeats means that the connection is deaf

	// partitions is the number of channels that topics are spread over. All processes on one prefix must agree.
	partitions = 16

	queueLength = 1024 // events waiting to be sent
)

var errQueueFull = errors.New("live: too many events wait for Redis")

// RedisBroker carries events between processes with Redis Pub/Sub. Every process hears every partition and
// drops what nobody in it watches, so subscriptions come and go without a word to Redis.
//
// Publish only puts the event in a bounded queue; one goroutine sends what has gathered in one round trip. While
// Redis is slow or gone, mutations lose no time and events are dropped: the log has them. Events that
// one process publishes are sent in order. After Run has ended nothing is sent.
type RedisBroker struct {
	options  *redis.Options
	prefix   string
	beat     time.Duration
	timeout  time.Duration
	name     string // of this process, in heartbeats
	channels []string
	logger   *slog.Logger
	queue    chan message
	prove    chan struct{} // capacity one: a heartbeat is wanted at once
	garbage  atomic.Int64  // payloads that could not be read

	hearing, sending outage
}

type message struct{ channel, payload string }

// RedisOption changes a setting of a new RedisBroker.
type RedisOption func(*RedisBroker)

// RedisPrefix sets what the names of our channels begin with, "ensemble:" by default. Processes hear those with
// the same prefix.
func RedisPrefix(prefix string) RedisOption { return func(b *RedisBroker) { b.prefix = prefix } }

// RedisHeartbeat sets how often the process publishes to itself, 2 s by default. After three times as long
// without hearing itself it connects anew.
func RedisHeartbeat(d time.Duration) RedisOption { return func(b *RedisBroker) { b.beat = d } }

// RedisTimeout sets how long connecting, and sending one batch, may take: 1 s by default. Nothing but the end of
// Run waits that long.
func RedisTimeout(d time.Duration) RedisOption { return func(b *RedisBroker) { b.timeout = d } }

// NewRedisBroker returns a Broker for one Redis server, at a URL such as redis://user:password@host:6379 or
// rediss://…. It does not connect before Run; the only error is a URL that cannot be read. go-redis prints lines of
// its own while it cannot connect: a program that minds gives it another logger with redis.SetLogger.
func NewRedisBroker(url string, logger *slog.Logger, options ...RedisOption) (*RedisBroker, error) {
	parsed, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("live: read the Redis URL: %w", err)
	}
	b := &RedisBroker{
		prefix: defaultPrefix, beat: defaultBeat, timeout: defaultTimeout,
		name: uuid.NewString(), logger: logger, queue: make(chan message, queueLength), prove: make(chan struct{}, 1),
		hearing: outage{what: "hear Redis", logger: logger, err: errors.New("not connected yet")},
		sending: outage{what: "send to Redis", logger: logger},
	}
	for _, set := range options {
		set(b)
	}
	b.options = tighten(parsed, b.timeout)
	for p := range partitions {
		b.channels = append(b.channels, b.prefix+"events:"+strconv.Itoa(p))
	}
	return b, nil
}

// tighten sets limits fit for hints: give up soon, and never send again what may have been sent.
func tighten(o *redis.Options, timeout time.Duration) *redis.Options {
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = timeout, timeout, timeout
	o.ContextTimeoutEnabled = true
	o.MaxRetries, o.DialerRetries = -1, 1
	o.Protocol = 2 // Pub/Sub needs nothing of RESP3
	return o
}

// Publish queues e, or fails if the queue is full or e cannot be encoded. It does not wait.
func (b *RedisBroker) Publish(_ context.Context, e Event) error {
	payload, err := encodeEvent(e)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	select {
	case b.queue <- message{b.channel(e.Topic), payload}:
		return nil
	default:
		return errQueueFull
	}
}

// channel names the partition of a topic.
func (b *RedisBroker) channel(topic string) string {
	h := fnv.New32a()
	h.Write([]byte(topic))
	return b.channels[h.Sum32()%partitions]
}

// Run connects, listens and sends until ctx ends; what is queued then is still sent, which takes two timeouts at
// most (see RedisTimeout). Only one Run at a time.
func (b *RedisBroker) Run(ctx context.Context, receive func(Event), onGap func()) error {
	client := redis.NewClient(b.options)
	defer client.Close()
	var running sync.WaitGroup
	running.Go(func() { b.send(ctx, client) })
	running.Go(func() { b.listen(ctx, client, listener{receive, onGap}) })
	running.Wait()
	return nil
}

// State is StateOK while this process hears what it sends.
func (b *RedisBroker) State() string {
	if s := b.hearing.state(); s != StateOK {
		return s
	}
	return b.sending.state()
}
