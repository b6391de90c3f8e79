package consultation

import (
	"context"
	"fmt"

	"ensemble/ent"
	"ensemble/ent/predicate"
	"ensemble/ent/user"
)

// eraseAgain is for how long an erasure is done again: far longer than a transaction lasts.
const eraseAgain = day

// forgetErased does the erasures of the last day again. Another transaction that began before one, and waited for its lock,
// commits right after it what it has of the person: a follow, a token, a role. Nothing of it opens the account, and it does
// not stay.
func (s *Service) forgetErased(ctx context.Context) error {
	after := &ent.User{ErasedAt: new(s.now().Add(-eraseAgain))}
	for {
		due, err := s.Read.User.Query().Where(erasedAfter(after)).Order(user.ByErasedAt(), user.ByID()).Limit(keepBatch).All(ctx)
		if err != nil {
			return fmt.Errorf("find erased accounts: %w", err)
		}
		err = each(due, "erase again", func(u *ent.User) error {
			return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
				locked, err := lockUser(ctx, tx, u.ID)
				if err != nil {
					return err
				}
				return s.forget(ctx, tx, locked)
			})
		})
		if err != nil || len(due) < keepBatch {
			return err
		}
		after = due[len(due)-1]
	}
}

// erasedAfter matches accounts that come after one in the order of when they were erased.
func erasedAfter(u *ent.User) predicate.User {
	return user.Or(user.ErasedAtGT(*u.ErasedAt), user.And(user.ErasedAt(*u.ErasedAt), user.IDGT(u.ID)))
}
