package server

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// SocketSettings are limits and times of sockets; zero values stand for the defaults.
type SocketSettings struct {
	Init       time.Duration // for connection_init to come: 5 s
	Ping       time.Duration // between two pings: 25 s; a client that is silent for twice as long is gone
	Stall      time.Duration // for a client to take anything of what is sent: 10 s
	Operations int           // at once on one socket: 100
	Messages   int           // from one client in a second, over ten seconds: 50
	PerAddress int           // sockets from one network address: 1000; many may share one
	PerPerson  int           // subscriptions of one person, over all their sockets: 500

	PersonQuestions  int  // different ones of one person: 100
	AddressQuestions int  // different ones of the visitors at one network address: 200; of all there ten times as many
	Questions        int  // different ones in all: 10,000
	Backlog          int  // bytes that wait in all sockets for clients that do not read: 64 MiB
	Compress         bool // WebSocket messages, for clients that offer it
}

// Unlimited lifts the limits that load tests would meet.
func (s *SocketSettings) Unlimited() {
	s.Operations, s.Messages, s.PerAddress, s.PerPerson = math.MaxInt, math.MaxInt32, math.MaxInt, math.MaxInt
	s.PersonQuestions, s.AddressQuestions, s.Questions = math.MaxInt, math.MaxInt/hall, math.MaxInt
}

// defaults puts the usual values in place of those that are zero.
func (s *SocketSettings) defaults() {
	for _, d := range []struct {
		of        *time.Duration
		otherwise time.Duration
	}{{&s.Init, 5 * time.Second}, {&s.Ping, 25 * time.Second}, {&s.Stall, 10 * time.Second}} {
		if *d.of == 0 {
			*d.of = d.otherwise
		}
	}

	for _, n := range []struct {
		of        *int
		otherwise int
	}{
		{&s.Operations, 100}, {&s.Messages, 50}, {&s.PerAddress, 1000}, {&s.PerPerson, 500},
		{&s.PersonQuestions, 100}, {&s.AddressQuestions, 200}, {&s.Questions, 10_000},
		{&s.Backlog, 64 << 20},
	} {
		if *n.of == 0 {
			*n.of = n.otherwise
		}
	}
}

// openSocket is a socket in the list of those that are pinged, and closed in the end.
type openSocket interface {
	ping()
	close(code int, reason string)
	End()
}

// sockets are those that are open. HTTP does not know them any more.
type sockets struct {
	mu        sync.Mutex
	open      map[*socket]openSocket
	addresses map[string]int // how many sockets each has, or is about to have
	draining  bool           // no more are let in
	sealed    bool           // and those that were are being closed
}

// admit reports why a new socket from an address may not be opened, or nil. With nil it has reserved a place for the
// socket: the caller then calls add, or release if there is no socket after all.
func (s *sockets) admit(address string, limit int) *rejection {
	s.mu.Lock()
	defer s.mu.Unlock()

	no := s.refuse(address, limit)
	if no == nil {
		if s.addresses == nil {
			s.addresses = map[string]int{}
		}
		s.addresses[address]++
	}
	return no
}

// mayCome reports what admit would report, and reserves no place: the socket is not to be opened yet.
func (s *sockets) mayCome(address string, limit int) *rejection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refuse(address, limit)
}

// refuse reports why a socket may not be opened, or nil. s.mu is held.
func (s *sockets) refuse(address string, limit int) *rejection {
	switch {
	case s.draining:
		return &rejection{outcome: stopping, message: "The server is about to stop."}
	case s.addresses[address] >= limit:
		return &rejection{
			outcome: busy, limit: "addressSockets", message: "Too many sockets are open from your address.",
		}
	}
	return nil
}

// release frees a place that admit reserved.
func (s *sockets) release(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vacate(address)
}

// vacate counts one socket of an address less. s.mu is held.
func (s *sockets) vacate(address string) {
	if s.addresses[address]--; s.addresses[address] == 0 {
		delete(s.addresses, address)
	}
}

// add opens an admitted socket; one that comes too late is closed as the others are.
func (s *sockets) add(k *socket, owner openSocket) {
	s.mu.Lock()
	if s.open == nil {
		s.open = map[*socket]openSocket{}
	}
	s.open[k] = owner
	sealed := s.sealed
	s.mu.Unlock()

	k.metrics.Sockets.Add(1)
	if sealed {
		restart(owner)
	}
}

// remove forgets a socket that was added, and frees its place. It does nothing the second time, since sockets are ended
// more than once.
func (s *sockets) remove(k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.open[k]; there {
		delete(s.open, k)
		s.vacate(k.address)
		k.metrics.Sockets.Add(-1)
	}
}

// isDraining reports whether new sockets are refused because the server stops.
func (s *sockets) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// wheel pings the sockets in turn until ctx ends: each once per period, a part of them every second. Who was silent for
// two periods is gone.
func (s *sockets) wheel(ctx context.Context, period time.Duration) {
	spokes := max(1, int(period/time.Second))
	tick := time.NewTicker(period / time.Duration(spokes))
	defer tick.Stop()

	for turn := 0; ; turn++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.turn(turn%spokes, spokes, time.Now().Add(-2*period))
		}
	}
}

// turn pings the sockets on one of so many spokes of the wheel, and ends all, on any spoke, that nothing was heard of
// since silentSince.
func (s *sockets) turn(spoke, spokes int, silentSince time.Time) {
	s.mu.Lock()

	var due []openSocket
	var gone []openSocket
	for k, owner := range s.open {
		switch {
		case k.seen.Load() < silentSince.Unix():
			gone = append(gone, owner)
		case k.spoke(spokes) == spoke:
			due = append(due, owner)
		}
	}
	s.mu.Unlock()

	for _, owner := range due {
		owner.ping()
	}
	for _, owner := range gone {
		owner.End()
	}
}

// drain closes all sockets, in no order, spread over some time: clients come back, to another process or to this one
// when it is there again, and should not do so all at once. New ones are refused, and readiness fails, a fifth of the
// time before the first is closed, so that whoever spreads the load sends clients elsewhere.
func (s *sockets) drain(ctx context.Context, window time.Duration) {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()

	// Leave whoever spreads the load the time to see that nobody may come any more.
	notice := window / 5
	pause(ctx, notice)

	// Then close one after the other in any order, each at some moment of its own slot.
	open := s.seal()
	rand.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
	start, slot := time.Now(), (window-notice)/time.Duration(max(len(open), 1))

	for i, owner := range open {
		within := time.Duration(rand.Int64N(int64(slot) + 1)) // #nosec G404 -- it spreads clients
		pause(ctx, time.Until(start.Add(slot*time.Duration(i)+within)))
		restart(owner)
	}
}

// restart closes a socket with the code that lets its client come back.
func restart(owner openSocket) { owner.close(websocket.CloseServiceRestart, "The server restarts") }

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 || ctx.Err() != nil {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// seal lets nobody in any more. It returns all sockets that there are: those that are just being opened are closed by
// add.
func (s *sockets) seal() []openSocket {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining, s.sealed = true, true
	return slices.Collect(maps.Values(s.open))
}

// stop ends every socket at once.
func (s *sockets) stop() {
	for _, owner := range s.seal() {
		owner.End()
	}
}
