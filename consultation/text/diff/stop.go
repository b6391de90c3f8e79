package diff

import "context"

// stopped is what a comparison panics with when its time is over. Errors would be in the way of every step.
type stopped struct{ cause error }

// checkTime panics when ctx has ended. What is done between two calls takes a few milliseconds at most.
func checkTime(ctx context.Context) {
	if ctx.Err() != nil {
		panic(stopped{context.Cause(ctx)})
	}
}

// Stopped, when deferred, sets err when a comparison has stopped because its context has ended.
func Stopped(err *error) {
	switch cause := recover().(type) {
	case nil:
	case stopped:
		*err = cause.cause
	default:
		panic(cause)
	}
}
