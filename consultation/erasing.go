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

// erasing is an account on its way out, for moderation.
type erasing struct {
	*Tx
	account *ent.User
	when    time.Time
}

func (e *erasing) at() time.Time { return e.when }

// eraseCases is casesOf.
func eraseCases(ctx context.Context, tx *Tx, e Erasing) error {
	return (&erasing{tx, e.Account, e.At}).casesOf(ctx)
}
