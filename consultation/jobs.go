package consultation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Jobs are what time and others' decisions bring: announcing, comparing, telling, sending, forgetting. Each job does its
// work in steps that compare and set in a transaction of their own, so any number of processes may run the same jobs, and
// what one process left in the middle is continued by the next.
type Jobs struct {
	now    func() time.Time
	logger func() *slog.Logger
	all    []*job
}

// job is one of them.
type job struct {
	name  string
	every time.Duration
	do    func(ctx context.Context) error
	woken chan struct{} // holds one when there is something to do at once
}

// lookEvery is how often a job looks whether its time has come.
const lookEvery = time.Second

// Add has do run at the start, every so often by the site's clock, and whenever somebody wakes the job. The name says in
// the log what failed: "send mail". A job that failed is tried again when its time comes. Jobs are added before Run.
func (j *Jobs) Add(name string, every time.Duration, do func(ctx context.Context) error) {
	j.all = append(j.all, &job{name, every, do, make(chan struct{}, 1)})
}

// Wake has a job run at once; while it is running, once more afterwards. It never waits.
func (j *Jobs) Wake(name string) {
	select {
	case j.named(name).woken <- struct{}{}:
	default: // it is about to run
	}
}

// Do does jobs once, now, by their names in this order; the first that fails ends it.
func (j *Jobs) Do(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := j.named(name).do(ctx); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// named finds a job. Whoever asks for one that was not added is wrong.
func (j *Jobs) named(name string) *job {
	i := slices.IndexFunc(j.all, func(job *job) bool { return job.name == name })
	if i < 0 {
		panic("there is no job to " + name)
	}
	return j.all[i]
}

// Run does all jobs until ctx ends, and returns when each has stopped.
func (j *Jobs) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, job := range j.all {
		running.Go(func() { j.keepDoing(ctx, job) })
	}
	running.Wait()
}

// keepDoing runs one job again and again. Jobs of a second or less run at each look: the clock may stand between two.
func (j *Jobs) keepDoing(ctx context.Context, job *job) {
	tick := time.NewTicker(min(job.every, lookEvery))
	defer tick.Stop()

	for {
		last := j.now()
		if err := job.do(ctx); err != nil && ctx.Err() == nil {
			j.logger().WarnContext(ctx, "keeper failed, will try again", slog.String("to", job.name), slog.Any("error", err))
		}

		for due := false; !due; {
			select {
			case <-ctx.Done():
				return
			case <-job.woken:
				due = true
			case <-tick.C:
				passed := j.now().Sub(last)
				due = job.every <= lookEvery || passed >= job.every || passed < 0
			}
		}
	}
}

// pruneEvery is how often jobs look for what has expired, and batch how many rows a job takes on at once.
const (
	pruneEvery = time.Hour
	keepBatch  = 100
)

// each does something to all rows, also after it failed for one: a bad row must not hold up those behind it.
func each[T node](rows []T, what string, do func(T) error) error {
	var failed []error
	for _, row := range rows {
		if err := do(row); err != nil {
			failed = append(failed, fmt.Errorf("%s %s: %w", what, row.NodeID(), err))
		}
	}
	return errors.Join(failed...)
}
