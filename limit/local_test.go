package limit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"ensemble/internal/testenv"
)

// start is when the clocks of these tests begin, and six a budget that gives one back every ten seconds.
var (
	start = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	six   = Budget{6, time.Minute}
)

// A bucket gives at once what it has, then as much as comes back, and says how long that takes.
func TestBucket(t *testing.T) {
	clock := testenv.NewClock(start)
	l := newLocal(clock.Now, 10)

	for i, step := range []struct {
		after      time.Duration
		take       int
		ok         bool
		left       int
		wait, full time.Duration
	}{
		{0, 0, true, 6, 0, 0},
		{0, 4, true, 2, 0, 40 * time.Second},
		{0, 3, false, 2, 10 * time.Second, 40 * time.Second},
		{0, 2, true, 0, 0, time.Minute},
		{0, 1, false, 0, 10 * time.Second, time.Minute},
		{9999 * time.Millisecond, 1, false, 0, time.Millisecond, 50*time.Second + time.Millisecond},
		{time.Millisecond, 1, true, 0, 0, time.Minute},
		{time.Hour, 6, true, 0, 0, time.Minute},
		// A clock that goes back opens nothing.
		{-time.Hour, 1, false, 0, time.Hour + 10*time.Second, time.Hour + time.Minute},
	} {
		clock.Advance(step.after)
		got := l.take("x", six, step.take)
		if want := (Balance{step.ok, step.left, step.wait, step.full, six}); got != want {
			t.Fatalf("step %d: %+v, want %+v", i, got, want)
		}
	}

	if !l.take("y", six, 6).OK {
		t.Error("one bucket is spent, and another refuses")
	}
}

// A bucket may owe more than it has. It has nothing until that has come back, and is forgotten when it is full.
func TestBucketOwes(t *testing.T) {
	clock := testenv.NewClock(start)
	l := newLocal(clock.Now, 10)

	l.owe("x", six, 4)
	l.owe("x", six, 6)
	if b := l.take("x", six, 0); b.OK || b.Left != 0 || b.Wait != 40*time.Second {
		t.Errorf("six, of which ten are taken: %+v", b)
	}

	clock.Advance(50 * time.Second)
	if b := l.take("x", six, 1); !b.OK || b.Left != 0 {
		t.Errorf("what is owed has come back, and one more: %+v", b)
	}

	clock.Advance(time.Minute)
	if b := l.take("x", six, 0); b.Left != 6 || len(l.queue) != 0 {
		t.Errorf("%+v, and %d buckets are remembered", b, len(l.queue))
	}
}

// A bucket that is full again is forgotten, and there are never more buckets than allowed: the fullest is dropped
// first.
func TestBucketsAreBounded(t *testing.T) {
	clock := testenv.NewClock(start)
	l := newLocal(clock.Now, 100)
	l.take("spent", six, 6)

	for n := range 10_000 {
		l.take(fmt.Sprint("one of many ", n), six, 1)
	}

	if len(l.queue) != 100 || len(l.byKey) != 100 {
		t.Errorf("%d buckets, %d keys", len(l.queue), len(l.byKey))
	}
	if l.take("spent", six, 1).OK {
		t.Error("a flood of others opened a bucket that was spent")
	}

	clock.Advance(time.Minute)
	if l.take("one more", six, 1); len(l.queue) != 1 || len(l.byKey) != 1 {
		t.Errorf("%d buckets are not forgotten", len(l.queue))
	}
}

// However somebody asks, a bucket gives no more in all than it has at first and what has come back since.
func TestBucketNeverGivesMore(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	clock := testenv.NewClock(start)
	l := newLocal(clock.Now, 10)
	given := 0

	for range 10_000 {
		clock.Advance(time.Duration(random.IntN(5_000)) * time.Millisecond)
		n := 1 + random.IntN(4)
		if l.take("x", six, n).OK {
			given += n
		}
		if most := six.Tokens + int(clock.Now().Sub(start)/(10*time.Second)); given > most {
			t.Fatalf("%d were given, at most %d may be", given, most)
		}
	}

	if least := int(clock.Now().Sub(start)/(10*time.Second)) * 8 / 10; given < least {
		t.Errorf("%d were given, with %d there", given, least)
	}
}

// BenchmarkLocal measures how long one process takes to count.
func BenchmarkLocal(b *testing.B) {
	l := newLocal(time.Now, maxBuckets)
	keys := make([]string, 10_000)
	for i := range keys {
		keys[i] = fmt.Sprint(i)
	}
	for n := range b.N {
		l.take(keys[n%len(keys)], Budget{600, time.Minute}, 1)
	}
}
