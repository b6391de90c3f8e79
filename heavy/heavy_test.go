package heavy

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ensemble/fair"
)

// What one caller asks for many times at once is computed once, and remembered for everybody.
func TestComputedOnce(t *testing.T) {
	w := New[string](1 << 10)
	made := 0 // by whoever is alone with the key
	compute := func(context.Context) (string, int, error) {
		made++
		return "value", 5, nil
	}

	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if v, err := w.InTurn(fair.As(t.Context(), "a", ""), "key", compute); v != "value" || err != nil {
				t.Errorf("%q, %v", v, err)
			}
		})
	}
	all.Wait()

	v, err := w.InTurn(fair.As(t.Context(), "b", ""), "key", compute)
	if v != "value" || err != nil || w.AtOnce("key", func() (string, int) { return "another", 7 }) != "value" || made != 1 {
		t.Errorf("%q, %v; computed %d times", v, err, made)
	}
}

// What fails is not remembered; whoever asks for the same goes on.
func TestFailures(t *testing.T) {
	w, failed := New[string](1<<10), errors.New("failed")
	if _, err := w.InTurn(t.Context(), "key", func(context.Context) (string, int, error) {
		return "half", 4, failed
	}); !errors.Is(err, failed) {
		t.Errorf("the error is %v", err)
	}

	v, err := w.InTurn(t.Context(), "key", func(context.Context) (string, int, error) { return "whole", 5, nil })
	if v != "whole" || err != nil || len(w.making) != 0 {
		t.Errorf("then %q, %v; %d are being made", v, err, len(w.making))
	}
}

// Who waits for somebody else's computation of the same waits no longer than for its context.
func TestGivingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, release := New[string](1<<10), make(chan struct{})
		var first sync.WaitGroup
		first.Go(func() {
			_, _ = w.InTurn(t.Context(), "key", func(context.Context) (string, int, error) {
				<-release
				return "value", 5, nil
			})
		})
		synctest.Wait()

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.InTurn(ctx, "key", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}

		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.InTurn(ctx, "key", nil); !errors.Is(err, fair.ErrBusy) {
			t.Errorf("at the deadline the error is %v", err)
		}

		close(release)
		first.Wait()
	})
}

// Keys tell texts apart, also where they meet.
func TestKey(t *testing.T) {
	first, again := Key("ab", "c"), Key("ab", "c")
	if first != again || first == Key("a", "bc") || Key("a") == Key("a", "") {
		t.Error("keys do not tell texts apart")
	}
}
