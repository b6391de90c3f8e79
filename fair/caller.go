package fair

import "context"

// callerKey is the key of the caller's name in a context.
type callerKey struct{}

// As returns a context whose work takes the turns of the caller of that name: a person, or a network address.
func As(ctx context.Context, caller string) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// Caller returns the name of whoever ctx is for; empty for work of the program's own.
func Caller(ctx context.Context) string {
	name, _ := ctx.Value(callerKey{}).(string)
	return name
}
