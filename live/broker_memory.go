package live

import (
	"context"
	"sync"
)

// MemoryBroker is the Broker of a single process. Publish hands the event to every Run before it returns,
// so for one publisher nothing is lost, repeated or reordered. Several Hubs may share one.
type MemoryBroker struct {
	mu        sync.RWMutex // held for reading while delivering: a Run that has returned is not called
	listeners map[*Listener]struct{}
}

// NewMemoryBroker returns a Broker that reaches this process only.
func NewMemoryBroker() *MemoryBroker { return &MemoryBroker{listeners: map[*Listener]struct{}{}} }

// Publish calls every Run's Listener. It never fails.
func (b *MemoryBroker) Publish(_ context.Context, e Event) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for l := range b.listeners {
		l.Event(e)
	}
	return nil
}

// Report calls every Run's Listener. It never fails.
func (b *MemoryBroker) Report(_ context.Context, r Headcount) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for l := range b.listeners {
		l.Report(r)
	}
	return nil
}

// Run listens until ctx ends. Several may run at once; each hears everything.
func (b *MemoryBroker) Run(ctx context.Context, to Listener) error {
	l := &to
	b.mu.Lock()
	b.listeners[l] = struct{}{}
	b.mu.Unlock()

	defer func() {
		b.mu.Lock()
		delete(b.listeners, l)
		b.mu.Unlock()
	}()

	to.Gap()
	<-ctx.Done()
	return nil
}

// State always returns StateOK: memory does not fail.
func (b *MemoryBroker) State() string { return StateOK }
