package consultation

import (
	"context"
	"slices"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/identity"
	"ensemble/ent/user"
)

// mayBeginToLink asks that the viewer begins to link an identity to their own account, and has just signed in.
func (s *Service) mayBeginToLink(ctx context.Context, account string) error {
	v := auth.ViewerFrom(ctx)
	if err := permit(v, "linkIdentity", about{}); err != nil {
		return err
	}
	if v.UserID != account {
		return ErrOtherPerson
	}
	return s.signedInLately(ctx, v)
}

// LinkIdentity has the viewer sign in with the identity from now on, too; doing so again changes nothing. by is who began to
// link, which BeginSignIn let them. Errors: UNAUTHENTICATED, FORBIDDEN for a token, ErrOtherPerson, ErrClaims, ErrIdentityTaken, ErrTooManyIdentities.
func (s *Service) LinkIdentity(ctx context.Context, by string, c Claims) error {
	v := auth.ViewerFrom(ctx)
	if err := permit(v, "linkIdentity", about{}); err != nil {
		return err
	}
	if v.UserID != by {
		return ErrOtherPerson
	}
	if err := c.check(); err != nil {
		return err
	}
	err := s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		account, err := tx.lockAccount(ctx, v.UserID)
		if err != nil {
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

func (tx *Tx) link(ctx context.Context, account *ent.User, c Claims) error {
	if err := tx.addIdentity(ctx, account.ID, c); err != nil {
		return err
	}
	return tx.tellLinked(ctx, account, c)
}

// tellLinked writes to the person that there is a new way to sign in to their account.
func (tx *Tx) tellLinked(ctx context.Context, account *ent.User, c Claims) error {
	to, ok := writeTo(account)
	from := tx.service.providerOf(c.Issuer)
	if !ok || from == nil {
		return nil
	}
	return tx.service.mail(ctx, tx, to, letter{
		Subject: said{Message: "A new way to sign in to your account"},
		Body: []said{
			{Message: "From now on you can sign in to your account with %s, too.", Args: []any{from.Label}},
			{Message: "If this was not you, remove it and change your password."},
		},
	})
}

// trustAddress confirms that of an account, when the provider is sure that it is the person's.
func (tx *Tx) trustAddress(ctx context.Context, account *ent.User, c Claims) error {
	if account.EmailConfirmedAt != nil || account.Email == nil || *account.Email != c.Email || !tx.service.verifies(c) {
		return nil
	}
	viewerChanged(tx, account.ID)
	return tx.User.UpdateOneID(account.ID).SetEmailConfirmedAt(tx.service.now()).ClearConfirmBy().Exec(ctx)
}

// dropUnproven ends that identities sign in to an account which were linked while nobody had shown that its address is theirs:
// whoever opened it with the address of somebody else may have linked their own. account is as it was before that is shown. It says how many
// there were.
func (tx *Tx) dropUnproven(ctx context.Context, account *ent.User) (int, error) {
	doubtful := identity.UserID(account.ID)
	if account.EmailConfirmedAt != nil {
		doubtful = identity.And(doubtful, identity.CreatedAtLT(*account.EmailConfirmedAt))
	}
	n, err := tx.Identity.Delete().Where(doubtful).Exec(ctx)
	if err != nil || n == 0 {
		return n, err
	}
	if to, ok := writeTo(account); ok {
		err = tx.service.mail(ctx, tx, to, unlinkedLetter())
	}
	return n, err
}

// lockAccount reads an account that is not erased, and keeps others from changing how to sign in to it until the transaction
// ends.
func (tx *Tx) lockAccount(ctx context.Context, id string) (*ent.User, error) {
	q := tx.User.Query().Where(user.ID(id), user.ErasedAtIsNil())
	if tx.service.onPostgres() {
		q.ForUpdate()
	}
	u, err := q.Only(ctx)
	if ent.IsNotFound(err) {
		return nil, errSignIn
	}
	return u, err
}

// UnlinkIdentity ends that the viewer can sign in with an identity; sessions go on. Errors: UNAUTHENTICATED, NOT_FOUND when it
// is not theirs, CONFLICT when they could not sign in any more.
func (s *Service) UnlinkIdentity(ctx context.Context, id string) error {
	v := auth.ViewerFrom(ctx)
	if err := signedIn(v); err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		account, err := tx.lockAccount(ctx, v.UserID)
		if err != nil {
			return err
		}
		all, err := tx.Identity.Query().Where(identity.UserID(v.UserID)).All(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(i *ent.Identity) bool { return i.ID == id })
		if i < 0 {
			return notFound("identity")
		}
		if err := MayUnlink(v, all[i], s.waysBeside(account, all, id)); err != nil {
			return err
		}
		return tx.Identity.DeleteOneID(id).Exec(ctx)
	})
}

// waysBeside is how many ways to sign in an account has beside one identity: its password, and identities at providers that
// the site still knows.
func (s *Service) waysBeside(account *ent.User, all []*ent.Identity, but string) int {
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

// Identities are those of the viewer, oldest first. Errors: FORBIDDEN for a token.
func (s *Service) Identities(v auth.Viewer) (*ent.IdentityQuery, error) {
	q := s.Read.Identity.Query().Where(identity.UserID(v.UserID)).Order(identity.ByCreatedAt(), identity.ByID())
	return q, permit(v, "readIdentities", about{})
}
