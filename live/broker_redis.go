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

	missedBeats  = 3  // silence of this many heartbeats means that the connection is deaf
	lastingBeats = 10 // a connection that sends lasts this many heartbeats

	// partitions is the number of channels that topics are spread over. All processes on one prefix must agree.
	partitions = 16

	queueLength = 1024 // events waiting to be sent on one link
)

var (
	errQueueFull    = errors.New("live: too many events wait for Redis")
	errNotConnected = errors.New("not connected yet")
)

// RedisBroker carries events between processes with Redis Pub/Sub. Every process hears every partition and
// drops what nobody in it watches, so subscriptions come and go without a word to Redis.
//
// One server, or a master found through Sentinel, is one link for all partitions. A Cluster is one link for each:
// there a partition is a sharded channel, lives on one node, and moves without the others.
//
// Publish only puts the event in a bounded queue; one goroutine per link sends what has gathered in one round trip.
// While Redis is slow or gone, mutations lose no time and events are dropped: the log has them. Events that
// one process publishes on one topic are sent in order. After Run has ended nothing is sent.
type RedisBroker struct {
	options  *redis.UniversalOptions
	prefix   string
	beat     time.Duration
	timeout  time.Duration
	name     string // of this process, in heartbeats
	channels []string
	links    []*link
	logger   *slog.Logger
	garbage  atomic.Int64 // payloads that could not be read

	hearing, sending *outages // by link
}

// RedisOption changes a setting of a new RedisBroker.
type RedisOption func(*RedisBroker)

// RedisPrefix sets what the names of our channels begin with, "ensemble:" by default. Processes hear those with
// the same prefix. It must not contain braces: in a Cluster they would put every partition on one node.
func RedisPrefix(prefix string) RedisOption { return func(b *RedisBroker) { b.prefix = prefix } }

// RedisHeartbeat sets how often the process publishes to itself, 2 s by default. After three times as long
// without hearing itself it connects anew.
func RedisHeartbeat(d time.Duration) RedisOption { return func(b *RedisBroker) { b.beat = d } }

// RedisTimeout sets how long connecting, and sending one batch, may take: 1 s by default. Nothing but the end of
// Run waits that long.
func RedisTimeout(d time.Duration) RedisOption { return func(b *RedisBroker) { b.timeout = d } }

// NewRedisBroker returns a Broker for the Redis at a URL:
//
//	redis://user:password@host:6379             one server; rediss:// for TLS
//	redis://host1:6379,host2:6379               a Cluster (Redis 7 or later), by some of its nodes
//	redis://host:6379?cluster=true              a Cluster, by one address
//	redis://host1:26379,host2:26379?sentinel=N  the master that these Sentinels call N
//
// Without a port it is 6379. User and password are those of the servers; what Sentinels ask for is sentinel_password
// in the query. With TLS each server's certificate must name the address at which it is reached. The Broker does not
// connect before Run; the only error is a URL that cannot be read. go-redis prints lines of its own while it cannot
// connect: a program that minds gives it another logger with redis.SetLogger.
func NewRedisBroker(url string, logger *slog.Logger, options ...RedisOption) (*RedisBroker, error) {
	parsed, err := ParseRedisURL(url)
	if err != nil {
		return nil, fmt.Errorf("live: read the Redis URL: %w", err)
	}

	b := &RedisBroker{
		options: parsed, prefix: defaultPrefix, beat: defaultBeat, timeout: defaultTimeout,
		name: uuid.NewString(), logger: logger,
	}
	for _, set := range options {
		set(b)
	}

	tighten(b.options, b.timeout, b.beat)
	for p := range partitions {
		b.channels = append(b.channels, b.prefix+"events:{"+strconv.Itoa(p)+"}")
	}

	b.links = newLinks(b)
	b.hearing = newOutages("hear Redis", logger, len(b.links))
	b.sending = newOutages("send to Redis", logger, len(b.links))
	b.hearing.startFailing(errNotConnected)

	return b, nil
}

// Publish queues e, or fails if the queue is full or e cannot be encoded. It does not wait.
func (b *RedisBroker) Publish(_ context.Context, e Event) error {
	payload, err := encodeEvent(e)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return b.enqueue(partition(e.Topic), payload)
}

// Report queues r, or fails if the queue is full. All of a process's reports take the same way. It does not wait.
func (b *RedisBroker) Report(_ context.Context, r Headcount) error {
	return b.enqueue(partition(r.From), encodeHeadcount(r))
}

func (b *RedisBroker) enqueue(p int, payload string) error {
	select {
	case b.links[p*len(b.links)/partitions].queue <- message{b.channels[p], payload}:
		return nil
	default:
		return errQueueFull
	}
}

// partition returns the number of the channel that a topic belongs to, from 0.
func partition(topic string) int {
	h := fnv.New32a()
	h.Write([]byte(topic))
	return int(h.Sum32() % partitions)
}

// Run connects, listens and sends until ctx ends; what is queued then is still sent, if that takes no more than two
// timeouts (see RedisTimeout). Only one Run at a time.
func (b *RedisBroker) Run(ctx context.Context, to Listener) error {
	b.hearing.startFailing(errNotConnected)
	r := connect(b.options)
	defer r.Close()

	var running sync.WaitGroup
	for _, l := range b.links {
		running.Go(func() { l.send(ctx, r) })
		running.Go(func() { l.listen(ctx, r, to) })
	}
	ended := make(chan struct{})
	go func() { running.Wait(); close(ended) }()

	// Give the senders the time to send what is queued, then end their connections.
	<-ctx.Done()
	select {
	case <-ended:
	case <-time.After(2 * b.timeout): // go-redis makes connections without looking at the context's end
		r.Close()
	}
	<-ended
	return nil
}

// State returns StateOK while this process hears what it sends, on every partition; else what fails, and why.
func (b *RedisBroker) State() string {
	if s := b.hearing.state(); s != StateOK {
		return s
	}
	return b.sending.state()
}
