package live

import (
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// outage logs once when a failure begins and once when it ends. In between it remembers the last reason.
type outage struct {
	what   string // what fails, for the log
	logger *slog.Logger

	mu    sync.Mutex
	err   error // nil while all is well
	since time.Time
}

// note takes the outcome of one attempt, and logs when it begins or ends the outage.
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

// state returns StateOK, or what fails and why.
func (o *outage) state() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		return StateOK
	}
	return o.what + ": " + o.err.Error()
}

// outages is the outage of something that has several parts: it begins when the first of them fails, and ends when
// none fails any more.
type outages struct {
	whole outage

	mu    sync.Mutex
	parts []error // the last error of each part; nil for one that works
}

func newOutages(what string, logger *slog.Logger, parts int) *outages {
	return &outages{whole: outage{what: what, logger: logger}, parts: make([]error, parts)}
}

// startFailing marks every part as failing with err without logging it, so that only the recovery is logged.
func (o *outages) startFailing(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.parts {
		o.parts[i] = err
	}

	o.whole.mu.Lock()
	defer o.whole.mu.Unlock()
	o.whole.err, o.whole.since = err, time.Now()
}

// note takes the outcome of one attempt of one part.
func (o *outages) note(part int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.parts[part] = err
	o.whole.note(o.sum())
}

// sum returns the error of one of the failing parts, with the number of those that fail, or nil when none fails.
func (o *outages) sum() error {
	failing, reason := 0, error(nil)
	for _, err := range o.parts {
		if err != nil {
			failing, reason = failing+1, err
		}
	}
	if failing > 0 && len(o.parts) > 1 {
		return fmt.Errorf("%d of %d parts: %w", failing, len(o.parts), reason)
	}
	return reason
}

func (o *outages) state() string { return o.whole.state() }
