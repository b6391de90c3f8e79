package auth

import "context"

type addressKey struct{}

// WithAddress puts the network address of whoever asks in the context of a request, in the form that limits count by.
func WithAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// AddressFrom returns the network address of the request; empty where nobody sent one, as from the command line. It is
// for limits only: it is neither stored nor logged.
func AddressFrom(ctx context.Context) string {
	address, _ := ctx.Value(addressKey{}).(string)
	return address
}
