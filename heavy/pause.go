package heavy

import (
	"context"
	"runtime"

	"ensemble/fair"
)

// stopped is what work panics with when its time is over. Errors would be in the way of every step.
type stopped struct{ cause error }

// Pause lets whoever waits for a processor go first: long work calls it a few times in a millisecond, since Go takes a
// processor away only after ten. When ctx has ended, it panics; Stopped makes the error of fair.Gone of that. Work for a
// ctx that never ends is short, or others wait for it: it does not pause.
func Pause(ctx context.Context) {
	if ctx.Done() == nil {
		return
	}
	if ctx.Err() != nil {
		panic(stopped{fair.Gone(ctx)})
	}
	runtime.Gosched()
}

// Stopped, when deferred, sets err when work has stopped because its context has ended: see Pause.
func Stopped(err *error) {
	switch cause := recover().(type) {
	case nil:
	case stopped:
		*err = cause.cause
	default:
		panic(cause)
	}
}
