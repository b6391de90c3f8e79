package people

import (
	"context"
	"slices"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/consultation/outbox"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/identity"
)

// mayBeginToLink reports why the viewer may not begin to link an identity to an account, or nil: it must be their own,
// and they must have just signed in.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens; ErrOtherPerson; ErrStale.
func (s *Accounts) mayBeginToLink(ctx context.Context, account string) error {
	v := auth.ViewerFrom(ctx)
	if err := permission.Ask(v, "linkIdentity", permission.About{}); err != nil {
		return err
	}
	if v.UserID != account {
		return ErrOtherPerson
	}
	return s.signedInLately(ctx, v)
}

// LinkIdentity makes the identity one of the viewer's ways to sign in; doing so again changes nothing. by is the id of
// the account for which BeginSignIn began to link.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens; ErrOtherPerson; ErrClaims; ErrIdentityTaken;
// ErrTooManyIdentities.
func (s *Accounts) LinkIdentity(ctx context.Context, by string, c Claims) error {
	v := auth.ViewerFrom(ctx)
	if err := permission.Ask(v, "linkIdentity", permission.About{}); err != nil {
		return err
	}
	if v.UserID != by {
		return ErrOtherPerson
	}
	if err := c.check(); err != nil {
		return err
	}

	err := change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		account, err := tx.lockAccount(ctx, v.UserID)
		if err != nil {
			return err
		}
		// A password that was changed meanwhile has ended the session, and with it what the old one opened.
		if err := stillSignedIn(ctx, tx.Tx, v); err != nil {
			return err
		}

		known, err := tx.identityOf(ctx, c)
		switch {
		case err != nil:
			return err
		case known != nil && known.UserID != v.UserID:
			return ErrIdentityTaken
		case known == nil:
			err = tx.link(ctx, account, c)
		}
		if err != nil {
			return err
		}

		return tx.trustAddress(ctx, account, c)
	})

	if ent.IsConstraintError(err) { // taken at the same time
		return ErrIdentityTaken
	}
	return err
}

// link adds an identity to an account, and tells the person.
// Errors: those of addIdentity.
func (tx *tx) link(ctx context.Context, account *ent.User, c Claims) error {
	if err := tx.addIdentity(ctx, account.ID, c); err != nil {
		return err
	}
	return tx.tellLinked(ctx, account, c)
}

// tellLinked writes to the person that there is a new way to sign in to their account. It does nothing when the account
// has no address, or the site does not know the provider.
func (tx *tx) tellLinked(ctx context.Context, account *ent.User, c Claims) error {
	to, ok := outbox.WriteTo(account)
	from := tx.providerOf(c.Issuer)
	if !ok || from == nil {
		return nil
	}

	return tx.outbox.Mail(ctx, tx.Tx, to, outbox.Letter{
		Subject: message.Said{Message: "A new way to sign in to your account"},
		Body: []message.Said{
			{Message: "From now on you can sign in to your account with %s, too.", Args: []any{from.Label}},
			{Message: "If this was not you, remove it and change your password."},
		},
	})
}

// trustAddress confirms the address of an account, when the provider has made sure that it is the person's.
func (tx *tx) trustAddress(ctx context.Context, account *ent.User, c Claims) error {
	if account.EmailConfirmedAt != nil || account.Email == nil || *account.Email != c.Email || !tx.verifies(c) {
		return nil
	}

	ViewerChanged(tx.Tx, account.ID)
	return tx.User.UpdateOneID(account.ID).SetEmailConfirmedAt(tx.Moment()).ClearConfirmBy().Exec(ctx)
}

// dropUnproven deletes the identities that were linked to an account while nobody had shown that its address is theirs,
// and returns how many there were. Whoever opened the account with the address of somebody else may have linked their
// own. account is as it was before the address was proved. The person is told by mail, if there were any.
func (tx *tx) dropUnproven(ctx context.Context, account *ent.User) (int, error) {
	// If the address was confirmed before, only what is older than that is in doubt.
	doubtful := identity.UserID(account.ID)
	if account.EmailConfirmedAt != nil {
		doubtful = identity.And(doubtful, identity.CreatedAtLT(*account.EmailConfirmedAt))
	}

	n, err := tx.Identity.Delete().Where(doubtful).Exec(ctx)
	if err != nil || n == 0 {
		return n, err
	}

	if to, ok := outbox.WriteTo(account); ok {
		err = tx.outbox.Mail(ctx, tx.Tx, to, unlinkedLetter())
	}
	return n, err
}

// UnlinkIdentity removes an identity from the viewer's ways to sign in; their sessions go on.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens; NOT_FOUND when the identity is not theirs; CONFLICT when they
// could not sign in any more.
func (s *Accounts) UnlinkIdentity(ctx context.Context, in UnlinkIdentityInput) error {
	v := auth.ViewerFrom(ctx)
	if err := permission.AskSignedIn(v); err != nil {
		return err
	}

	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		// Of two requests that each remove one of the last two ways, the second waits here.
		account, err := tx.lockAccount(ctx, v.UserID)
		if err != nil {
			return err
		}

		all, err := tx.Identity.Query().Where(identity.UserID(v.UserID)).All(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(i *ent.Identity) bool { return i.ID == in.Identity })
		if i < 0 {
			return refusal.Missing("identity")
		}

		if err := MayUnlink(v, all[i], s.waysBeside(account, all, in.Identity)); err != nil {
			return err
		}
		return tx.Identity.DeleteOneID(in.Identity).Exec(ctx)
	})
}

// waysBeside returns how many ways to sign in an account has beside one identity: its password, and identities of
// providers that the site still knows. all are the identities of the account, and but is the id of that one.
func (s *Accounts) waysBeside(account *ent.User, all []*ent.Identity, but string) int {
	n := 0
	if account.PasswordHash != "" && account.Email != nil {
		n++
	}

	for _, i := range all {
		if i.ID != but && s.providerOf(i.Issuer) != nil {
			n++
		}
	}
	return n
}

// Identities returns a query for the viewer's identities, the oldest first.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens.
func (s *Accounts) Identities(v auth.Viewer) (*ent.IdentityQuery, error) {
	q := s.Read.Identity.Query().Where(identity.UserID(v.UserID)).Order(identity.ByCreatedAt(), identity.ByID())
	return q, permission.Ask(v, "readIdentities", permission.About{})
}
