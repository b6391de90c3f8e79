package heavy

import (
	"context"
	"errors"
	"testing"
)

// Work stops at a pause after its context has ended, with the cause. Other panics go on.
func TestPause(t *testing.T) {
	work := func(ctx context.Context, panics any) (err error) {
		defer Stopped(&err)
		Pause(ctx)
		if panics != nil {
			panic(panics)
		}
		return nil
	}

	cause := errors.New("the client has gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	if err := work(ctx, nil); err != nil {
		t.Errorf("before the end: %v", err)
	}
	cancel(cause)
	if err := work(ctx, nil); !errors.Is(err, cause) {
		t.Errorf("after the end: %v", err)
	}
	if err := work(context.WithoutCancel(ctx), nil); err != nil {
		t.Errorf("without an end: %v", err)
	}

	defer func() {
		if recover() != "a bug" {
			t.Error("the panic of a bug does not arrive")
		}
	}()
	_ = work(t.Context(), "a bug")
}
