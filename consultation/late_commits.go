package consultation

import (
	"context"
	"fmt"

	"ensemble/consultation/change"
	"ensemble/ent"
	"ensemble/ent/predicate"
	"ensemble/ent/user"
)

// eraseAgain is for how long after it an erasure is done again: far longer than a transaction lasts.
const eraseAgain = change.Day

// forgetErased does the erasures of the last day again. A transaction that began before an erasure, and waited for its
// lock, commits afterwards what it has of the person: a follow, a token, a role. None of this opens the account, and
// here it is forgotten.
func (s *Service) forgetErased(ctx context.Context) error {
	after := &ent.User{ErasedAt: new(s.Moment().Add(-eraseAgain))}
	for {
		due, err := s.Read.User.Query().Where(erasedAfter(after)).Order(user.ByErasedAt(), user.ByID()).
			Limit(change.KeepBatch).All(ctx)
		if err != nil {
			return fmt.Errorf("find erased accounts: %w", err)
		}

		// Each account in a transaction of its own: the locks of one do not wait for those of another.
		err = change.Each(due, "erase again", func(u *ent.User) error {
			return s.In(ctx, func(ctx context.Context, tx *change.Tx) error {
				locked, err := lockUser(ctx, tx, u.ID)
				if err != nil {
					return err
				}
				return s.forget(ctx, tx, locked)
			})
		})
		if err != nil || len(due) < change.KeepBatch {
			return err
		}

		after = due[len(due)-1]
	}
}

// erasedAfter matches the accounts that come after u in the order of when they were erased, then of ids.
func erasedAfter(u *ent.User) predicate.User {
	return user.Or(user.ErasedAtGT(*u.ErasedAt), user.And(user.ErasedAt(*u.ErasedAt), user.IDGT(u.ID)))
}
