package server

import "ensemble/live"

// stream is what a subscription is sent.
type stream struct {
	live.Subscription
	socket  *socket
	pulse   bool   // there is no place to come back to
	head    []byte // of each message: what comes before the payload
	since   int64  // when it began, in nanoseconds since 1970
	waiting bool   // guarded by socket.mu, as is dropped
	dropped bool
	op      *operation
}

// Connection implements live.Connected.
func (s *stream) Connection() any { return s.socket }

// Wake implements live.Sink.
func (s *stream) Wake() { s.socket.pump(s) }

// drop ends the stream: nothing is written for it any more.
func (s *stream) drop() {
	s.Leave()
	s.hush()
}

// hush lets nothing more be written for the stream; to the hub it remains a subscription.
func (s *stream) hush() {
	s.socket.mu.Lock()
	defer s.socket.mu.Unlock()
	s.dropped = true
}

// place returns the cursor of the last event that was sent.
func (s *stream) place() string {
	s.socket.mu.Lock()
	defer s.socket.mu.Unlock()
	return s.Cursor().String()
}

// End implements live.Sink.
func (s *stream) End(err error) { s.op.ended(s, err) }
