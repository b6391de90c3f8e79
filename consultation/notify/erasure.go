package notify

import (
	"context"

	"ensemble/consultation/change"
)

// EraseAttention deletes what the person who is erased follows and was told.
func EraseAttention(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	return ForgetFollower(ctx, tx, e.Account.ID)
}
