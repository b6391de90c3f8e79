package server

import (
	"fmt"
	"testing"
)

// reserves adds a stream of an address, whose token says its number there.
func reserves(s *reservations, address string, n int) (ok bool, given *eventStream) {
	c := &eventStream{ticket: fmt.Sprint(address, " ", n)}
	c.address = address
	return s.add(c)
}

// Addresses that reserve all streams there are give way to others, the oldest stream of the one with the most first.
// One that has as many as they have is refused.
func TestReservationsGiveWay(t *testing.T) {
	s := &reservations{}
	const addresses = reservedAtOnce / reservedPerAddress
	for a := range addresses {
		for n := range reservedPerAddress {
			if ok, given := reserves(s, fmt.Sprint("attacker-", a), n); !ok || given != nil {
				t.Fatalf("stream %d of %d is refused, or another one given for it", n, a)
			}
		}
	}

	if ok, _ := reserves(s, "attacker-0", reservedPerAddress); ok {
		t.Error("an address has more than it may have")
	}

	// All of a hall of people find room, until they have as many as the others.
	took := map[string]int{}
	hall := 0
	for {
		ok, given := reserves(s, "hall", hall)
		if !ok {
			break
		}
		hall++
		if want := fmt.Sprint(given.address, " ", took[given.address]); given.ticket != want {
			t.Fatalf("%s is given up before %s", given.ticket, want)
		}
		if took[given.address]++; !given.claimed || s.find(given.ticket) != nil || s.claim(given) {
			t.Fatal("a stream that was given up can still be opened")
		}
	}
	if hall < reservedPerAddress-2 {
		t.Errorf("only %d streams of others found room", hall)
	}
	if s.count != reservedAtOnce {
		t.Errorf("%d streams are reserved", s.count)
	}

	// Nothing is left when all have ended.
	for _, c := range s.streams {
		s.remove(c)
	}
	if s.count != 0 || len(s.streams)+len(s.waiting) != 0 {
		t.Errorf("%d streams are left, of %d addresses", s.count, len(s.waiting))
	}
}

// Where every address has as few, the oldest stream of all gives way: whoever comes is not refused.
func TestOldestReservationGivesWay(t *testing.T) {
	s := &reservations{}
	for a := range reservedAtOnce {
		if ok, _ := reserves(s, fmt.Sprint("attacker-", a), 0); !ok {
			t.Fatal("there is room")
		}
	}
	for n := range 3 {
		ok, given := reserves(s, "reader", n)
		if !ok || given == nil || given.address != fmt.Sprint("attacker-", n) || s.count != reservedAtOnce {
			t.Errorf("stream %d: %t, %+v is given up", n, ok, given)
		}
	}
}
