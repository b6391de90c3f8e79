package limit

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

const (
	askTime   = 100 * time.Millisecond // for Redis to answer: who asks waits as long
	pauseTime = time.Second            // after a failure, until somebody asks again
	slotHops  = 3                      // times that a Cluster may say that a key lives elsewhere
)

// errPaused means that Redis has failed a moment ago.
var errPaused = errors.New("limit: Redis is not asked now")

// shared has the buckets in Redis, and takes from them with one script each time: they are the same for all processes,
// by the clock of Redis.
type shared struct {
	client  redis.UniversalClient
	limiter *redis_rate.Limiter
	logger  *slog.Logger

	mu    sync.Mutex
	since time.Time // when it failed; zero while all is well
	again time.Time // when somebody may ask anew
}

// newShared makes a client of Redis, and returns at once: connections are made when they are needed.
func newShared(options *redis.UniversalOptions, logger *slog.Logger) *shared {
	o := *options
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = askTime, askTime, askTime, askTime
	o.ContextTimeoutEnabled = true
	o.MaxRetries, o.DialerRetries, o.MaxRedirects = -1, 1, slotHops // what may have been taken is not taken twice
	client := redis.NewUniversalClient(&o)
	return &shared{client: client, limiter: redis_rate.NewLimiter(client), logger: logger}
}

// take asks Redis, unless it has just failed.
func (s *shared) take(ctx context.Context, key string, budget Budget, n int) (Balance, error) {
	if !s.mayAsk() {
		return Balance{}, errPaused
	}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime) // so that a failure is that of Redis
	defer cancel()

	r, err := s.limiter.AllowN(ctx, key,
		redis_rate.Limit{Rate: budget.Tokens, Burst: budget.Tokens, Period: budget.Per}, n)
	s.note(err)
	if err != nil {
		return Balance{}, err
	}

	b := Balance{OK: r.RetryAfter < 0, Left: r.Remaining, FullIn: r.ResetAfter, Budget: budget}
	if !b.OK {
		b.Wait = r.RetryAfter
		b.Left = budget.left(r.ResetAfter) // Redis says 0: not enough
	}

	return b, nil
}

// mayAsk reports whether Redis may be asked now: by everybody while all is well, and after a failure by one in a while.
func (s *shared) mayAsk() bool {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := time.Now()
	if s.since.IsZero() {
		return true
	}

	if now.Before(s.again) {
		return false
	}

	s.again = now.Add(pauseTime)
	return true
}

// note takes the outcome of one attempt, and logs the two ends of a failure.
func (s *shared) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()

	switch {
	case err != nil:
		s.again = now.Add(pauseTime)
		if s.since.IsZero() {
			s.since = now
			s.logger.Warn("limits: each process counts for itself", slog.Any("error", err))
		}
	case !s.since.IsZero():
		s.logger.Info("limits: shared again", slog.Duration("after", now.Sub(s.since)))
		s.since = time.Time{}
	}
}

// isUp reports whether Redis answered the last time.
func (s *shared) isUp() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.since.IsZero()
}
