package live

import (
	"log/slog"
	"sync"
	"time"
)

// outage logs the two ends of a failure, however often it is met in between, and remembers the reason.
type outage struct {
	what   string // what fails, for the log
	logger *slog.Logger

	mu    sync.Mutex
	err   error // nil while all is well
	since time.Time
}

// note takes the outcome of one attempt.
func (o *outage) note(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err != nil && o.err == nil:
		o.since = time.Now()
		o.logger.Warn("live: failing", "what", o.what, "error", err)
	case err == nil && o.err != nil:
		o.logger.Info("live: recovered", "what", o.what, "after", time.Since(o.since))
	}
	o.err = err
}

// state is StateOK, or what fails and why.
func (o *outage) state() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		return StateOK
	}
	return o.what + ": " + o.err.Error()
}
