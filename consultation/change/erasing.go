package change

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

// EraseStep forgets what is kept of an account in one place. It may be done again, and finds nothing then.
type EraseStep func(ctx context.Context, tx *Tx, e Erasing) error
