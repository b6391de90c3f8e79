// Package heavy is for computations that take long. What one made is remembered; a few run at once in a process, and
// those who ask for them take turns.
package heavy

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"runtime"
	"sync"

	"ensemble/bounded"
	"ensemble/fair"
)

// processors are the turns of all heavy computations of a process: one address has at most half of them.
var processors = fair.New(fair.Shares{
	Turns: max(2, runtime.GOMAXPROCS(0)), Address: max(1, runtime.GOMAXPROCS(0)/2), Caller: max(1, runtime.GOMAXPROCS(0)/2),
})

// short is how many bytes of texts take a few milliseconds at most, whatever is done with them. They need no turn.
const short = 4_000

// Work makes values of one kind, and remembers those that were used last. It is safe for concurrent use.
type Work[V any] struct {
	made *bounded.Cache[V]

	mu     sync.Mutex
	making map[string]chan struct{} // by caller and key; closed when it is over
}

// New returns a Work that remembers values in at most so many bytes.
func New[V any](bytes int) *Work[V] {
	return &Work[V]{made: bounded.New[V](bytes), making: map[string]chan struct{}{}}
}

// AtOnce returns the value of a key: the one that is remembered, or else a new one. It does not wait for a turn: it is
// for short work, and for those whom others wait for, as in a transaction. compute also returns about how many bytes
// the value has. Two callers at once may both compute it.
func (w *Work[V]) AtOnce(key string, compute func() (V, int)) V {
	value, found := w.made.Get(key)
	if !found {
		var bytes int
		value, bytes = compute()
		w.made.Add(key, value, bytes)
	}
	return value
}

// InTurn does what AtOnce does, when it is the turn of whoever ctx is for (fair.As). What one caller asks for several
// times at once is computed once. It fails with what compute fails with, when ctx ends, and with fair.ErrBusy.
func (w *Work[V]) InTurn(
	ctx context.Context, key string, compute func(context.Context) (V, int, error),
) (value V, err error) {
	if value, found := w.made.Get(key); found {
		return value, nil
	}

	over, err := w.begin(ctx, fair.Caller(ctx)+"\x00"+key)
	if err != nil {
		return value, err
	}
	defer over()
	if value, found := w.made.Get(key); found { // by the same caller
		return value, nil
	}

	done, err := processors.Take(ctx)
	if err != nil {
		return value, err
	}
	defer done()
	if value, found := w.made.Get(key); found { // by another caller
		return value, nil
	}

	value, bytes, err := compute(ctx)
	if err == nil {
		w.made.Add(key, value, bytes)
	}
	return value, err
}

// Bytes returns how many bytes what is remembered takes, and how many values that is.
func (w *Work[V]) Bytes() (bytes, values int) { return w.made.Bytes() }

// Forget forgets what was made. What is being made is remembered afterwards.
func (w *Work[V]) Forget() { w.made.Clear() }

// IsShort reports whether what is done with these texts needs no turn.
func IsShort(texts ...string) bool {
	n := 0
	for _, text := range texts {
		n += len(text)
	}
	return n <= short
}

// Key returns the key of what is made of these texts.
func Key(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		_ = binary.Write(h, binary.BigEndian, int64(len(text))) // a hash takes everything
		_, _ = io.WriteString(h, text)
	}
	return string(h.Sum(nil))
}

// begin waits until nobody computes the same for the same caller. Call over when the computation is.
func (w *Work[V]) begin(ctx context.Context, what string) (over func(), err error) {
	for {
		w.mu.Lock()
		other, busy := w.making[what]
		if !busy {
			mine := make(chan struct{})
			w.making[what] = mine
			w.mu.Unlock()
			return func() { w.end(what, mine) }, nil
		}
		w.mu.Unlock()

		select {
		case <-other:
		case <-ctx.Done():
			return nil, fair.Gone(ctx)
		}
	}
}

// end lets the next one begin.
func (w *Work[V]) end(what string, mine chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.making, what)
	close(mine)
}
