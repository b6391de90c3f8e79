package auth

import "context"

type deviceKey struct{}

// WithDevice puts into the context on what kind of device a request was made: families of browser and system, "" when
// that is not known.
func WithDevice(ctx context.Context, device string) context.Context {
	return context.WithValue(ctx, deviceKey{}, device)
}

// DeviceFrom returns the kind of device that a request was made on, "" when that is not known.
func DeviceFrom(ctx context.Context) string {
	device, _ := ctx.Value(deviceKey{}).(string)
	return device
}
