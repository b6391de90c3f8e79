package consultation

import (
	"context"
)

// eraseAttention forgets what they follow and were told.
func eraseAttention(ctx context.Context, tx *Tx, e Erasing) error {
	return tx.forgetFollower(ctx, e.Account.ID)
}
