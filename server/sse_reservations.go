package server

import (
	"slices"
	"sync"
	"time"
)

const (
	reservationTime    = 30 * time.Second // for a reserved stream to be opened
	reservedAtOnce     = 4096             // streams that are not open yet
	reservedPerAddress = 64               // of these, from one network address
)

// reservations are the streams of single connection mode, open or not yet.
type reservations struct {
	mu      sync.Mutex
	streams map[string]*eventStream   // by token
	waiting map[string][]*eventStream // those that are not open yet, by address, the oldest first
	count   int                       // of those
	last    int                       // the number of the last one that was reserved
}

// add reports whether the address of a stream may have one more. When the process has no room, the address with the most
// streams gives up its oldest or, if that has no more than c's address, whoever has the oldest of all. So nobody can keep
// all streams from everybody else, however many addresses they have. The caller ends the stream that was given up; nil
// for none.
func (s *reservations) add(c *eventStream) (ok bool, given *eventStream) {
	s.mu.Lock()
	defer s.mu.Unlock()

	mine := len(s.waiting[c.address])
	if mine >= reservedPerAddress {
		return false, nil
	}

	if s.count >= reservedAtOnce {
		given = s.toGive(mine)
		s.take(given)
		delete(s.streams, given.ticket)
	}

	if s.streams == nil {
		s.streams, s.waiting = map[string]*eventStream{}, map[string][]*eventStream{}
	}
	s.last++
	c.number = s.last
	s.streams[c.ticket] = c
	s.waiting[c.address] = append(s.waiting[c.address], c)
	s.count++
	return true, given
}

// toGive returns the stream to give up for an address that has so many: there is at least one. s.mu is held.
func (s *reservations) toGive(mine int) (oldest *eventStream) {
	var most []*eventStream
	for _, all := range s.waiting {
		if len(all) > len(most) {
			most = all
		}
		if oldest == nil || all[0].number < oldest.number {
			oldest = all[0]
		}
	}
	if len(most) > mine+1 {
		return most[0]
	}
	return oldest
}

// find returns the stream with this token, whether it is open or not; nil when there is none.
func (s *reservations) find(token string) *eventStream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams[token]
}

// claim takes the stream for who opens it or gives it up, and reports whether nobody has done so before.
func (s *reservations) claim(c *eventStream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[c.ticket] != c || c.claimed {
		return false
	}
	s.take(c)
	return true
}

// take removes a stream from those that are not open yet. s.mu is held.
func (s *reservations) take(c *eventStream) {
	c.claimed = true
	s.count--

	others := slices.DeleteFunc(slices.Clone(s.waiting[c.address]), func(o *eventStream) bool { return o == c })
	if s.waiting[c.address] = others; len(others) == 0 {
		delete(s.waiting, c.address)
	}
}

// remove forgets a stream, and frees its place if it was not open yet. It may be called more than once.
func (s *reservations) remove(c *eventStream) {
	s.claim(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.streams, c.ticket)
}
