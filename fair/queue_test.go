package fair

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// taken takes a turn that is free.
func taken(t *testing.T, q *Queue, caller string) (done func()) {
	t.Helper()
	done, err := q.Take(As(t.Context(), caller, caller))
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// One caller has at most their share, so that another finds a turn at once; and in all there are as many as there are.
func TestShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Shares{4, 3, 3})
		for range 3 {
			taken(t, q, "greedy")
		}

		ctx, cancel := context.WithTimeout(As(t.Context(), "greedy", "greedy"), time.Second)
		defer cancel()
		if _, err := q.Take(ctx); !errors.Is(err, ErrBusy) {
			t.Errorf("more than the share: %v", err)
		}

		leave := taken(t, q, "other")
		ctx, cancel = context.WithTimeout(As(t.Context(), "third", "third"), time.Second)
		defer cancel()
		if _, err := q.Take(ctx); !errors.Is(err, ErrBusy) {
			t.Errorf("more than there are: %v", err)
		}
		leave()
		taken(t, q, "third")
	})
}

// Those who wait are served in a circle, however much each of them asks for.
func TestCircle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Shares{1, 1, 1})
		done := taken(t, q, "first")

		var order []string // only one has the turn at a time
		var all sync.WaitGroup
		for _, caller := range []string{"a", "a", "a", "a", "b", "c", "c"} {
			all.Go(func() {
				done := taken(t, q, caller)
				order = append(order, caller)
				done()
			})
			synctest.Wait()
		}

		done()
		all.Wait()
		if want := []string{"a", "b", "c", "a", "c", "a", "a"}; !slices.Equal(order, want) {
			t.Errorf("served %v, want %v", order, want)
		}
	})
}

// Addresses take turns as callers do, however many callers come from each; and one has at most its share.
func TestCircleOfAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Shares{Turns: 3, Address: 2, Caller: 1})
		ctx := func(caller, address string) context.Context { return As(t.Context(), caller, address) }
		first, _ := q.Take(ctx("1", "crowd"))
		second, _ := q.Take(ctx("2", "crowd"))

		var order []string
		var mu sync.Mutex
		var all sync.WaitGroup
		ask := func(caller, address string) {
			all.Go(func() {
				done, err := q.Take(ctx(caller, address))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, caller)
				mu.Unlock()
				done()
			})
			synctest.Wait()
		}

		// The third turn is for other addresses.
		for _, caller := range []string{"3", "4", "5"} {
			ask(caller, "crowd")
		}
		third, err := q.Take(ctx("single", "home"))
		if err != nil || len(order) > 0 {
			t.Fatalf("%v; served %v", err, order)
		}

		ask("single", "home")
		ask("6", "crowd")
		first()
		second()
		third()
		all.Wait()
		if want := []string{"3", "single", "4", "5", "6"}; len(order) != len(want) || len(q.addresses) != 0 {
			t.Errorf("served %v, want all of %v; %d addresses are left", order, want, len(q.addresses))
		}
	})
}

// Who no longer waits takes no turn, and no place from the others.
func TestLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Shares{1, 1, 1})
		done := taken(t, q, "first")

		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(As(t.Context(), "a", "a"))
		left := make(chan error)
		go func() {
			_, err := q.Take(ctx)
			left <- err
		}()
		synctest.Wait()

		cancel(gone)
		if err := <-left; !errors.Is(err, gone) {
			t.Errorf("the error is %v", err)
		}

		done()
		taken(t, q, "b")()
		if len(q.addresses) != 0 || len(q.circle) != 0 || q.free != 1 {
			t.Errorf("something is left: %d addresses, %d in the circle, %d free", len(q.addresses), len(q.circle), q.free)
		}
	})
}

// Of one caller only so many wait.
func TestTooManyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Shares{1, 1, 1})
		done := taken(t, q, "greedy")

		var all sync.WaitGroup
		for range maxWaiting {
			all.Go(func() { taken(t, q, "greedy")() })
		}
		synctest.Wait()

		if _, err := q.Take(As(t.Context(), "greedy", "greedy")); !errors.Is(err, ErrBusy) {
			t.Errorf("one more: %v", err)
		}

		done()
		all.Wait()
	})
}

// Many callers at once, of whom some give up, never have more turns than there are, and leave nothing behind.
func TestQueueAtOnce(t *testing.T) {
	q := New(Shares{4, 3, 2})
	var running, most atomic.Int64
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			for n := range 200 {
				ctx, cancel := context.WithCancel(As(t.Context(), fmt.Sprint(i%5), fmt.Sprint(i%3)))
				if n%3 == 0 {
					go cancel()
				}
				if done, err := q.Take(ctx); err == nil {
					now := running.Add(1)
					for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
					}
					running.Add(-1)
					done()
				}
				cancel()
			}
		})
	}

	all.Wait()
	if most.Load() > 4 || q.free != 4 || len(q.addresses) != 0 || len(q.circle) != 0 {
		t.Errorf("%d ran at once; %d free, %d addresses, %d in the circle", most.Load(), q.free, len(q.addresses), len(q.circle))
	}
}

// Functions that wait have no goroutine; they run in the circle, and their turn ends once, however often they say so.
func TestGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Shares{Turns: 1, Address: 1, Caller: 1})
		hold := make(chan struct{})
		q.Go(As(t.Context(), "", "first"), func(func()) { <-hold })
		synctest.Wait()

		before := runtime.NumGoroutine()
		var order []string // only one has the turn at a time
		for _, address := range []string{"a", "a", "b", "a", "c"} {
			q.Go(As(t.Context(), "", address), func(done func()) {
				order = append(order, address)
				if address == "b" {
					done()
					done()
				}
			})
		}
		if more := runtime.NumGoroutine() - before; more > 0 {
			t.Errorf("%d goroutines more", more)
		}

		close(hold)
		synctest.Wait()
		if want := []string{"a", "b", "c", "a", "a"}; !slices.Equal(order, want) {
			t.Errorf("ran %v, want %v", order, want)
		}
		if q.free != 1 || len(q.addresses) != 0 || len(q.circle) != 0 {
			t.Errorf("%d turns are free, %d addresses are known", q.free, len(q.addresses))
		}
	})
}
