package consultation

import (
	"context"
	"time"

	"ensemble/ent"
)

// Erasing is an account on its way out, as it was before: the last step blanks it.
type Erasing struct {
	Account *ent.User
	At      time.Time // when it was erased: now, the first time
}

// eraseStep forgets what is kept of an account in one place. It may be done again, and finds nothing then.
type eraseStep func(ctx context.Context, tx *Tx, e Erasing) error
