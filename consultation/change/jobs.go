package change

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Jobs are what has to be done when time passes, or after somebody decided something: announcing, comparing, telling,
// sending, forgetting. Each job works in steps, and each step compares and sets in a transaction of its own. So any
// number of processes may run the same jobs, and where one process stopped in the middle, the next goes on.
type Jobs struct {
	now    func() time.Time
	logger func() *slog.Logger
	all    []*job
}

// job is one of the Jobs.
type job struct {
	name  string
	every time.Duration
	do    func(ctx context.Context) error
	woken chan struct{} // has one element when there is something to do at once
}

// lookEvery is how often each job checks whether its time has come.
const lookEvery = time.Second

// Add adds a job: do runs at the start, then each time that every has passed by the site's clock, and whenever somebody
// wakes the job. The name says in the log what failed: "send mail". A job that failed is tried again when its time
// comes. Jobs are added before Run.
func (j *Jobs) Add(name string, every time.Duration, do func(ctx context.Context) error) {
	j.all = append(j.all, &job{name, every, do, make(chan struct{}, 1)})
}

// Wake lets a job run at once, or, while it is running, once more afterwards. It never waits. It panics when there is
// no job of that name.
func (j *Jobs) Wake(name string) {
	select {
	case j.named(name).woken <- struct{}{}:
	default: // it was woken already, and is about to run
	}
}

// Do runs the jobs of these names once, now, in this order. When one fails, the others run all the same: Do returns the
// errors of all.
func (j *Jobs) Do(ctx context.Context, names ...string) error {
	var all []error
	for _, name := range names {
		if err := j.named(name).do(ctx); err != nil {
			all = append(all, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errors.Join(all...)
}

// named finds a job by its name. It panics when there is none: only a mistake in the program asks for such a job.
func (j *Jobs) named(name string) *job {
	i := slices.IndexFunc(j.all, func(job *job) bool { return job.name == name })
	if i < 0 {
		panic("there is no job to " + name)
	}
	return j.all[i]
}

// Run does all jobs, each beside the others, until ctx ends. It returns when each has stopped.
func (j *Jobs) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, job := range j.all {
		running.Go(func() { j.keepDoing(ctx, job) })
	}
	running.Wait()
}

// keepDoing runs one job again and again until ctx ends. A job whose time is lookEvery or less runs at each tick: by
// the site's clock, two ticks may come at the same moment.
func (j *Jobs) keepDoing(ctx context.Context, job *job) {
	tick := time.NewTicker(min(job.every, lookEvery))
	defer tick.Stop()

	for {
		last := j.now()
		if err := job.do(ctx); err != nil && ctx.Err() == nil {
			j.logger().
				WarnContext(ctx, "job failed, will try again", slog.String("to", job.name), slog.Any("error", err))
		}

		// Wait until the job is woken or its time has come. A clock that was set back (passed < 0) must not stop the
		// job.
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

// PruneEvery is how often jobs look for what has expired, and JobBatch how many rows a job takes on at once.
const (
	PruneEvery = time.Hour
	JobBatch   = 100
)

// Each calls do for all rows, also after it failed for one: a bad row must not stop those behind it. It returns the
// errors joined, each with what was done ("send mail") and the id of the row.
func Each[T Node](rows []T, what string, do func(T) error) error {
	var failed []error
	for _, row := range rows {
		if err := do(row); err != nil {
			failed = append(failed, fmt.Errorf("%s %s: %w", what, row.NodeID(), err))
		}
	}
	return errors.Join(failed...)
}
