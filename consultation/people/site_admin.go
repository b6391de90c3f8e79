package people

import (
	"context"
	"strings"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/notify"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/notification"
	"ensemble/ent/user"
)

// GrantSiteAdmin makes somebody a site administrator. Granting twice changes nothing.
// Errors: UNAUTHENTICATED; FORBIDDEN unless the viewer is a site administrator with a session; NOT_FOUND;
// BAD_USER_INPUT without a reason, or unless exactly one of the id and the nickname is given.
func (s *Accounts) GrantSiteAdmin(ctx context.Context, in GrantSiteAdminInput) (*ent.User, error) {
	return s.trustWithSite(ctx, in, SiteAdminInput(in), true)
}

// RevokeSiteAdmin takes away from somebody what GrantSiteAdmin gave. Revoking twice changes nothing.
// Errors: those of GrantSiteAdmin; CONFLICT for the last site administrator.
func (s *Accounts) RevokeSiteAdmin(ctx context.Context, in RevokeSiteAdminInput) (*ent.User, error) {
	return s.trustWithSite(ctx, in, SiteAdminInput(in), false)
}

// trustWithSite grants or revokes, as trusted says, once for the idempotency key of r.
func (s *Accounts) trustWithSite(
	ctx context.Context, r change.Input, in SiteAdminInput, trusted bool,
) (*ent.User, error) {
	if err := permission.Ask(auth.ViewerFrom(ctx), siteAdminAct(trusted), permission.About{}); err != nil {
		return nil, err
	}

	return change.Once(ctx, s, r, s.Read.User.Get,
		func(ctx context.Context, tx *tx) (*ent.User, error) {
			reason, err := input.Prose("reason", in.Reason, 1, input.MaxReason)
			if err != nil {
				return nil, err
			}

			u, err := Find(ctx, tx.Tx, Whom{in.User, in.Nickname})
			if err != nil {
				return nil, err
			}

			return tx.setSiteAdmin(ctx, u, trusted, reason)
		})
}

// maxCommandReason bounds the reason that is given on the command line, in code points.
const maxCommandReason = 2_000

// SetSiteAdmin makes the account with an e-mail address a site administrator, or takes that away, for the command line.
// Errors: BAD_USER_INPUT without a reason; NOT_FOUND on email; CONFLICT for the last site administrator.
func (s *Accounts) SetSiteAdmin(ctx context.Context, email string, trusted bool, reason string) error {
	reason, err := input.Prose("reason", reason, 1, maxCommandReason)
	if err != nil {
		return err
	}

	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		u, err := tx.User.Query().Where(user.Email(strings.ToLower(email)), user.ErasedAtIsNil()).Only(ctx)
		if err != nil {
			return refusal.IfMissing("email", err)
		}
		_, err = tx.setSiteAdmin(ctx, u, trusted, reason)
		return err
	})
}

// SiteAdmins returns the accounts that administer the site, the oldest first, for the command line.
func (s *Accounts) SiteAdmins(ctx context.Context) ([]*ent.User, error) {
	return s.Read.User.Query().Where(user.SiteAdmin(true), user.ErasedAtIsNil()).
		Order(user.ByCreatedAt(), user.ByID()).All(ctx)
}

// siteAdminAct returns the name of the mutation that grants or revokes.
func siteAdminAct(trusted bool) string {
	if trusted {
		return "grantSiteAdmin"
	}
	return "revokeSiteAdmin"
}

// setSiteAdmin makes u a site administrator, or takes that away; it changes nothing when u is so already.
// Errors: those of siteAdminStays.
func (tx *tx) setSiteAdmin(ctx context.Context, u *ent.User, trusted bool, reason string) (*ent.User, error) {
	// The administrators are locked: of two requests that each revoke one of the last two, the second is refused.
	admins, err := LockSiteAdmins(ctx, tx.Tx)
	if err != nil {
		return nil, err
	}

	others, is := 0, false
	for _, a := range admins {
		if a.ID == u.ID {
			is = true
		} else {
			others++
		}
	}

	if is == trusted {
		return u, nil
	}
	if !trusted {
		if err := siteAdminStays(others); err != nil {
			return nil, err
		}
	}

	ViewerChanged(tx.Tx, u.ID)
	notify.Tell(ctx, tx.Tx, u.ID, notification.KindROLE, u.ID)
	if err := tx.Audit(ctx, change.Act{Name: siteAdminAct(trusted), Subject: u.ID, Reason: reason}); err != nil {
		return nil, err
	}
	return u.Update().SetSiteAdmin(trusted).Save(ctx)
}

// LockSiteAdmins returns the accounts that administer the site, and prevents others from taking that away until the
// transaction ends. Rows that only refer to these accounts can still be written.
func LockSiteAdmins(ctx context.Context, tx *change.Tx) ([]*ent.User, error) {
	return tx.User.Query().Where(user.SiteAdmin(true), user.ErasedAtIsNil(), tx.LockedButKey()).
		Order(user.ByID()).All(ctx)
}
