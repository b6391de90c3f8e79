package change

import (
	"context"
	"time"

	"ensemble/ent"
)

// Erasing is an account that is being erased. Account is as it was before: the last step of the erasure makes it blank.
type Erasing struct {
	Account *ent.User
	At      time.Time // when it was erased: now, or the first time where the erasure is done again
}

// EraseStep deletes what one place has of an account. A step may be done again: then it finds nothing, and changes
// nothing.
type EraseStep func(ctx context.Context, tx *Tx, e Erasing) error
