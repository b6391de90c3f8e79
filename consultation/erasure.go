package consultation

import (
	"context"
	"fmt"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/people"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/predicate"
	"ensemble/ent/user"
	"ensemble/live"
)

// registerErasure adds steps of an erasure: each forgets what is kept of a person in one place. What the person wrote
// stays, under nobody's name. The steps are done in the order in which they are registered. See change.EraseStep.
func (s *Service) registerErasure(steps ...change.EraseStep) { s.erasure = append(s.erasure, steps...) }

// EraseAccountInput is the input of EraseAccount.
type EraseAccountInput struct {
	Password *string // of the account, if it has one
}

// EraseAccount forgets the viewer for ever: their name, address, password, sessions, roles, memberships and drafts.
// What they wrote, gave and voted stays under “Deleted account”. It returns the account as everybody sees it
// afterwards.
// Errors: UNAUTHENTICATED; FORBIDDEN for a token that is not for this; BAD_USER_INPUT for a wrong password, where the
// account has one, or one that was changed meanwhile; RATE_LIMITED after too many wrong ones; people.ErrStale, where it
// has none; CONFLICT for the only administrator of the site.
func (s *Service) EraseAccount(ctx context.Context, in EraseAccountInput) (*ent.User, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permission.Ask(viewer, "eraseAccount", permission.About{}); err != nil {
		return nil, err
	}
	proved, err := s.ProveAnew(ctx, viewer, in.Password)
	if err != nil {
		return nil, err
	}

	err = s.In(ctx, func(ctx context.Context, tx *change.Tx) error { return s.erase(ctx, tx, viewer, proved) })
	if err != nil {
		return nil, err
	}
	return s.People().Where(user.ID(viewer.UserID)).Only(ctx)
}

// erase runs the steps, announces the erasure, so that what shows the person's name is made again without it, and
// writes the erasure down. An account that is erased already stays as it is. Errors: NOT_FOUND; those of
// people.StillProved; CONFLICT for the only administrator of the site.
func (s *Service) erase(ctx context.Context, tx *change.Tx, viewer auth.Viewer, proved string) error {
	if err := people.ForgetRetries(ctx, tx, viewer.UserID); err != nil {
		return err
	}

	// Lock the administrators before the account: two of them who leave at the same time must not both count the other.
	admins, err := people.LockSiteAdmins(ctx, tx)
	if err != nil {
		return err
	}
	u, err := lockUser(ctx, tx, viewer.UserID)
	if err != nil {
		return refusal.IfMissing("user", err)
	}
	if u.ErasedAt != nil {
		return nil
	}
	if err := people.StillProved(ctx, tx, viewer, u, proved); err != nil {
		return err
	}
	if u.SiteAdmin && len(admins) == 1 {
		return refusal.New(refusal.Conflict, "Nobody else administers the site: make somebody an administrator first.")
	}

	if err := s.forget(ctx, tx, u); err != nil {
		return err
	}
	tx.Wake(scrub)
	people.ViewerChanged(tx, u.ID)
	tx.Record(live.Event{Topic: live.SiteTopic, Type: live.AccountErased, Subject: u.ID})
	return tx.Audit(ctx, change.Act{Name: "eraseAccount", Subject: u.ID})
}

// forget runs the steps for an account that is locked. Where the account was erased before, it still shows the time of
// the first erasure afterwards.
func (s *Service) forget(ctx context.Context, tx *change.Tx, u *ent.User) error {
	e := change.Erasing{Account: u, At: s.Moment()}
	if u.ErasedAt != nil {
		e.At = *u.ErasedAt
	}

	for _, step := range s.erasure {
		if err := step(ctx, tx, e); err != nil {
			return fmt.Errorf("erase %s: %w", u.ID, err)
		}
	}
	return nil
}

// lockUser reads an account and locks it until the transaction ends. It returns ent's error "not found" when there is
// none.
func lockUser(ctx context.Context, tx *change.Tx, id string) (*ent.User, error) {
	return tx.User.Query().Where(user.ID(id), tx.LockedButKey()).Only(ctx)
}

// eraseAgain is for how long after it an erasure is done again: far longer than a transaction lasts.
const eraseAgain = change.Day

// forgetErased does the erasures of the last day again. A transaction that began before an erasure, and waited for its
// lock, commits afterwards what it has of the person: a follow, a token, a role. None of this opens the account, and
// here it is forgotten.
func (s *Service) forgetErased(ctx context.Context) error {
	after := &ent.User{ErasedAt: new(s.Moment().Add(-eraseAgain))}
	for {
		due, err := s.Read.User.Query().Where(erasedAfter(after)).Order(user.ByErasedAt(), user.ByID()).
			Limit(change.JobBatch).All(ctx)
		if err != nil {
			return fmt.Errorf("find erased accounts: %w", err)
		}

		// Each account in a transaction of its own: the locks of one do not wait for those of another.
		err = change.Each(due, "erase again", func(u *ent.User) error {
			return s.In(ctx, func(ctx context.Context, tx *change.Tx) error {
				if err := people.ForgetRetries(ctx, tx, u.ID); err != nil {
					return err
				}
				locked, err := lockUser(ctx, tx, u.ID)
				if err != nil {
					return err
				}
				return s.forget(ctx, tx, locked)
			})
		})
		if err != nil || len(due) < change.JobBatch {
			return err
		}

		after = due[len(due)-1]
	}
}

// scrub is the job that takes out of the database's files what was deleted from its tables.
const scrub = "scrub what was erased"

// scrubErased runs after each erasure, and each hour: a reader may have held the write-ahead log of SQLite, an old
// transaction may have held rows of PostgreSQL, and others may have committed something since, which was erased again.
// PostgreSQL vacuums by itself what is deleted otherwise.
func (s *Service) scrubErased(ctx context.Context) error {
	if s.Scrub == nil {
		return nil
	}

	if s.OnPostgres() {
		lately, err := s.Read.User.Query().Where(user.ErasedAtGT(s.Moment().Add(-eraseAgain - change.PruneEvery))).Exist(ctx)
		if err != nil || !lately {
			return err
		}
	}
	return s.Scrub(ctx)
}

// erasedAfter matches the accounts that come after u in the order of when they were erased, then of ids.
func erasedAfter(u *ent.User) predicate.User {
	return user.Or(user.ErasedAtGT(*u.ErasedAt), user.And(user.ErasedAt(*u.ErasedAt), user.IDGT(u.ID)))
}
