package server

import (
	"sync/atomic"
	"time"
)

// Metrics counts what sockets do.
type Metrics struct {
	Sockets       atomic.Int64 // open now
	Subscriptions atomic.Int64 // open now
	Lagging       atomic.Int64 // sockets that do not take what is sent, now
	Stalled       atomic.Int64 // sockets closed for that, since the start
	Writes        atomic.Int64 // writes to sockets
	Deliveries    atomic.Int64 // events written
}

// delivered counts events in one write, the first of which was committed at.
func (m *Metrics) delivered(n int, _ time.Time) { m.Deliveries.Add(int64(n)) }
