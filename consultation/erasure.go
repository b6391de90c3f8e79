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
// account has one, or one that was changed meanwhile; people.ErrStale, where it has none; CONFLICT for the only
// administrator of the site.
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
