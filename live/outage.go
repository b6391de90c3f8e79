package live

import (
	"fmt"
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

// outages is the outage of a whole that has parts: it begins when one of them fails, and ends when none does.
type outages struct {
	whole outage

	mu    sync.Mutex
	parts []error // what each fails with, or nil
}

func newOutages(what string, logger *slog.Logger, parts int) *outages {
	return &outages{whole: outage{what: what, logger: logger}, parts: make([]error, parts)}
}

// expect has every part fail with err for now. That is no news: only the end of it is logged.
func (o *outages) expect(err error) {
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

// sum returns nil, or what one of the failing parts fails with, and how many fail.
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
