package consultation

import (
	"context"
	"strings"

	"entgo.io/ent/dialect/sql"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/notification"
	"ensemble/ent/user"
)

// SiteAdminInput is the input of GrantSiteAdmin and RevokeSiteAdmin.
type SiteAdminInput struct {
	User           *string
	Nickname       *string
	Reason         string
	IdempotencyKey *string
}

// GrantSiteAdmin trusts somebody with the whole site. Granting twice changes nothing.
// Errors: FORBIDDEN unless site administrator, NOT_FOUND, BAD_USER_INPUT without a reason.
func (s *Service) GrantSiteAdmin(ctx context.Context, in SiteAdminInput) (*ent.User, error) {
	return s.trustWithSite(ctx, in, true)
}

// RevokeSiteAdmin takes that away. Errors: those of GrantSiteAdmin; CONFLICT for the last one.
func (s *Service) RevokeSiteAdmin(ctx context.Context, in SiteAdminInput) (*ent.User, error) {
	return s.trustWithSite(ctx, in, false)
}

func (s *Service) trustWithSite(ctx context.Context, in SiteAdminInput, trusted bool) (*ent.User, error) {
	viewer := auth.ViewerFrom(ctx)
	if err := MayGrantSiteAdmin(viewer); err != nil {
		return nil, err
	}
	return once(ctx, s, Retry{siteAdminAct(trusted), in.IdempotencyKey, in}, s.Read.User.Get,
		func(ctx context.Context, tx *Tx) (*ent.User, error) {
			reason, err := prose("reason", in.Reason, 1, maxReason)
			if err != nil {
				return nil, err
			}
			u, err := findAccount(ctx, tx, Whom{in.User, in.Nickname})
			if err != nil {
				return nil, err
			}
			return tx.setSiteAdmin(ctx, u, trusted, reason, func(others int) error { return MayRevokeSiteAdmin(viewer, others) })
		})
}

// maxCommandReason bounds the reason that is given on the command line, in code points.
const maxCommandReason = 2_000

// SetSiteAdmin makes the account with an e-mail address a site administrator, or no more: for the command line.
// Errors: BAD_USER_INPUT without a reason, NOT_FOUND; CONFLICT for the last one.
func (s *Service) SetSiteAdmin(ctx context.Context, email string, trusted bool, reason string) error {
	reason, err := prose("reason", reason, 1, maxCommandReason)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		u, err := tx.User.Query().Where(user.Email(strings.ToLower(email)), user.ErasedAtIsNil()).Only(ctx)
		if err != nil {
			return absent("email", err)
		}
		_, err = tx.setSiteAdmin(ctx, u, trusted, reason, keepsSiteAdmin)
		return err
	})
}

// SiteAdmins are who administers the site, with their addresses: for the command line.
func (s *Service) SiteAdmins(ctx context.Context) ([]*ent.User, error) {
	return s.Read.User.Query().Where(user.SiteAdmin(true), user.ErasedAtIsNil()).Order(user.ByCreatedAt(), user.ByID()).All(ctx)
}

func siteAdminAct(trusted bool) string {
	if trusted {
		return "grantSiteAdmin"
	}
	return "revokeSiteAdmin"
}

// setSiteAdmin changes what u is, if it is a change; mayRevoke is asked with how many others there are.
func (tx *Tx) setSiteAdmin(ctx context.Context, u *ent.User, trusted bool, reason string, mayRevoke func(others int) error) (*ent.User, error) {
	admins, err := lockSiteAdmins(ctx, tx)
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
		if err := mayRevoke(others); err != nil {
			return nil, err
		}
	}
	viewerChanged(tx, u.ID)
	notify(ctx, tx, u.ID, notification.KindROLE, u.ID)
	if err := tx.audit(ctx, privileged{act: siteAdminAct(trusted), subject: u.ID, reason: reason}); err != nil {
		return nil, err
	}
	return u.Update().SetSiteAdmin(trusted).Save(ctx)
}

// lockSiteAdmins reads who administers the site, and keeps others from taking that away until the transaction ends. What
// refers to them does not wait.
func lockSiteAdmins(ctx context.Context, tx *Tx) ([]*ent.User, error) {
	q := tx.User.Query().Where(user.SiteAdmin(true), user.ErasedAtIsNil()).Order(user.ByID())
	if tx.service.onPostgres() {
		q.Where(func(s *sql.Selector) { s.For(sql.LockNoKeyUpdate) })
	}
	return q.All(ctx)
}
