package notify

import (
	"context"

	"ensemble/consultation/change"
)

// EraseAttention forgets what they follow and were told.
func EraseAttention(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	return ForgetFollower(ctx, tx, e.Account.ID)
}
