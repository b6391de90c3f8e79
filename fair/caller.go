package fair

import "context"

// who is somebody who asks for turns.
type who struct{ name, address string }

// whoKey is the key of the who in a context.
type whoKey struct{}

// As returns a context whose work takes the turns of a caller, such as a person, at an address. Callers at different
// addresses are different.
func As(ctx context.Context, name, address string) context.Context {
	return context.WithValue(ctx, whoKey{}, who{name, address})
}

// Caller returns a key of whoever ctx is for; that of the program itself where nobody is.
func Caller(ctx context.Context) string {
	w := whoIn(ctx)
	return w.name + "\x00" + w.address
}

// whoIn returns whoever ctx is for.
func whoIn(ctx context.Context) who {
	w, _ := ctx.Value(whoKey{}).(who)
	return w
}
