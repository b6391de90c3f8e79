package testenv

import (
	"encoding/hex"
	"regexp"
	"sync"
	"testing"
	"time"
)

// A clock shows what it was told, and stands still.
func TestClock(t *testing.T) {
	start := time.Date(2023, 6, 7, 9, 0, 0, 0, time.UTC)
	c := NewClock(start)
	if got := c.Now(); !got.Equal(start) {
		t.Errorf("shows %v at first", got)
	}

	if got := c.Advance(90 * time.Minute); !got.Equal(start.Add(90*time.Minute)) || !got.Equal(c.Now()) {
		t.Errorf("shows %v after Advance", got)
	}

	c.Set(start)
	if got := c.Now(); !got.Equal(start) {
		t.Errorf("shows %v after Set", got)
	}
}

// When many advance a clock at once, no advance is lost.
func TestClockLosesNoAdvance(t *testing.T) {
	var c Clock
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() { c.Advance(time.Second) })
	}
	group.Wait()

	if got := c.Now().Sub(time.Time{}); got != 100*time.Second {
		t.Errorf("moved %v, want 100s", got)
	}
}

// Ids are greater than the ones before, have the form of the program's ids, and are the same for each source.
func TestIDs(t *testing.T) {
	newID, again := NewIDs(), NewIDs()
	form := regexp.MustCompile(`^comment_[0-9a-v]{26}$`)
	var last string

	for range 100 {
		id := newID("comment")
		if !form.MatchString(id) || id <= last {
			t.Fatalf("%s comes after %q", id, last)
		}
		if same := again("comment"); same != id {
			t.Errorf("a second source makes %s, not %s", same, id)
		}
		last = id
	}
}

// The id of the tests is a UUID of version 7.
func TestIDsAreUUIDv7(t *testing.T) {
	id := NewIDs()("user")
	raw, err := idEncoding.DecodeString(id[len("user_"):])
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(raw); got != "01889515968070008000000000000001" {
		t.Errorf("%s is UUID %s", id, got)
	}
}

// A source gives no id twice, also when many ask at once.
func TestIDsAreUniqueUnderConcurrency(t *testing.T) {
	newID := NewIDs()
	var seen sync.Map
	var group sync.WaitGroup
	for range 1000 {
		group.Go(func() {
			id := newID("user")
			if _, twice := seen.LoadOrStore(id, true); twice {
				t.Errorf("%s came twice", id)
			}
		})
	}
	group.Wait()
}
