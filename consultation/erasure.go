package consultation

import (
	"context"
	"fmt"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/user"
	"ensemble/live"
)

// registerErasure adds steps that forget a person, each what is kept in one place. What they wrote stays, under nobody's name.
// The steps are done in the order in which they are registered. Each may be done again, and finds nothing then.
func (s *Service) registerErasure(steps ...eraseStep) { s.erasure = append(s.erasure, steps...) }

// EraseAccount forgets the viewer, for ever: their name, address, password, sessions, roles, memberships and drafts. What
// they wrote, gave and voted stays under “Deleted account”. Errors: BAD_USER_INPUT for a wrong password, where the account
// has one; ErrStale, where it has none; CONFLICT for the only administrator of the site.
func (s *Service) EraseAccount(ctx context.Context, password *string) (*ent.User, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := permit(viewer, "eraseAccount", about{}); err != nil {
		return nil, err
	}
	if _, err := s.proveAnew(ctx, viewer, password); err != nil {
		return nil, err
	}
	if err := s.inTx(ctx, func(ctx context.Context, tx *Tx) error { return s.erase(ctx, tx, viewer.UserID) }); err != nil {
		return nil, err
	}
	return s.People().Where(user.ID(viewer.UserID)).Only(ctx)
}

// erase runs the steps, announces that what was made with the person's name is to be made anew, and writes it down.
func (s *Service) erase(ctx context.Context, tx *Tx, userID string) error {
	admins, err := lockSiteAdmins(ctx, tx)
	if err != nil {
		return err
	}
	u, err := lockUser(ctx, tx, userID)
	if err != nil {
		return absent("user", err)
	}
	if u.ErasedAt != nil {
		return nil
	}
	if u.SiteAdmin && len(admins) == 1 {
		return refuse(Conflict, "Nobody else administers the site: make somebody an administrator first.")
	}
	if err := s.forget(ctx, tx, u); err != nil {
		return err
	}
	viewerChanged(tx, u.ID)
	tx.record(live.Event{Topic: live.SiteTopic, Type: live.AccountErased, Subject: u.ID})
	return tx.audit(ctx, privileged{act: "eraseAccount", subject: u.ID})
}

// forget runs the steps for an account, which is locked. When it was erased stays, where it was before.
func (s *Service) forget(ctx context.Context, tx *Tx, u *ent.User) error {
	e := Erasing{Account: u, At: s.now()}
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

func lockUser(ctx context.Context, tx *Tx, id string) (*ent.User, error) {
	q := tx.User.Query().Where(user.ID(id))
	if tx.service.onPostgres() {
		q.ForUpdate()
	}
	return q.Only(ctx)
}
