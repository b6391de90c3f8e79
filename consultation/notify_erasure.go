package consultation

import (
	"context"
)

// eraseAttention forgets what they follow and were told.
func eraseAttention(ctx context.Context, tx *Tx, e Erasing) error {
	return forgetFollower(ctx, tx, e.Account.ID)
}
