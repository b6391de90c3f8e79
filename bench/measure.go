package main

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// warmUp comes before each measurement: connections open, statements are prepared, memory is found.
const warmUp = time.Second

// sample is what one measurement of one peer gave.
type sample struct {
	elapsed   time.Duration
	latencies []time.Duration // of the requests answered in that time
	server    time.Duration   // processor time of the server
	postgres  time.Duration   // and of PostgreSQL
}

// run asks the peers in turns; each round begins with another one.
func (l load) run(ctx context.Context, s settings, db *postgres) (table, error) {
	t := table{load: l, samples: make([][]sample, len(l.peers))}

	for round := range s.rounds {
		for turn := range l.peers {
			i := (round + turn) % len(l.peers)
			if err := db.clean(ctx); err != nil {
				return t, err
			}

			taken, err := l.peers[i].measure(ctx, s, db)
			if err != nil {
				return t, err
			}
			t.samples[i] = append(t.samples[i], taken)
		}
	}
	return t, nil
}

// The stages of a measurement.
const (
	warming int32 = iota
	counting
	over
)

// measure has every connection send its next request as soon as it has the answer to the last.
func (p peer) measure(ctx context.Context, s settings, db *postgres) (taken sample, err error) {
	var stage atomic.Int32
	latencies := make([][]time.Duration, s.concurrency)

	g, ctx := errgroup.WithContext(ctx)

	for i := range latencies {
		c, err := dial(ctx, p.server.Addr)
		if err != nil {
			return taken, err
		}
		defer func() { _ = c.conn.Close() }()

		random := newRandom(uint64(i))

		g.Go(func() error {
			for stage.Load() != over && ctx.Err() == nil {
				request, start := p.request(random), time.Now()
				if err := c.must(request); err != nil {
					return err
				}
				if stage.Load() == counting {
					latencies[i] = append(latencies[i], time.Since(start))
				}
			}
			return ctx.Err()
		})
	}

	g.Go(func() error {
		defer stage.Store(over)
		return taken.take(ctx, p, s, db, &stage)
	})

	err = g.Wait()
	for _, some := range latencies {
		taken.latencies = append(taken.latencies, some...)
	}
	return taken, err
}

// take measures times around the stage that counts.
func (t *sample) take(ctx context.Context, p peer, s settings, db *postgres, stage *atomic.Int32) error {
	if err := sleep(ctx, warmUp); err != nil {
		return err
	}

	before, err := p.used(db)
	if err != nil {
		return err
	}

	start := time.Now()
	stage.Store(counting)
	if err := sleep(ctx, time.Duration(s.seconds*float64(time.Second))); err != nil {
		return err
	}

	stage.Store(over)
	t.elapsed = time.Since(start)

	after, err := p.used(db)
	t.server, t.postgres = after.server-before.server, after.postgres-before.postgres
	return err
}

// used returns the processor time that the peer's server and PostgreSQL have used so far.
func (p peer) used(db *postgres) (u sample, err error) {
	if u.server, err = cpuOf(p.server.pid); err != nil {
		return u, err
	}
	u.postgres, err = cpuOfFamily(db.pid)
	return u, err
}

func newRandom(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(time.Now().UnixNano())))
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
