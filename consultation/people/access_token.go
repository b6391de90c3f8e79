package people

import (
	"context"
	"slices"
	"strings"
	"time"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/outbox"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/accesstoken"
)

const (
	minTokenTime = 24 * time.Hour
	maxTokenTime = 366 * 24 * time.Hour
	maxTokens    = 20 // of one person
)

// AccessTokens returns a query for the viewer's access tokens that have not expired.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens.
func (s *Accounts) AccessTokens(v auth.Viewer) (*ent.AccessTokenQuery, error) {
	return s.Read.AccessToken.Query().Where(accesstoken.UserID(v.UserID), accesstoken.ExpiresAtGT(s.Moment())),
		permission.Ask(v, "readAccessTokens", permission.About{})
}

// CreateAccessToken makes a token for a program that acts for the viewer, within its scopes. The token itself can never
// be read again, and the person is told by mail.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens; BAD_USER_INPUT, also for a wrong password; RATE_LIMITED after
// too many passwords; ErrStale when the account has no password and the sign-in is too old; CONFLICT when the viewer
// has as many tokens as allowed.
func (s *Accounts) CreateAccessToken(
	ctx context.Context, in CreateAccessTokenInput,
) (token string, made *ent.AccessToken, err error) {
	v := auth.ViewerFrom(ctx)
	if err := permission.Ask(v, "createAccessToken", permission.About{}); err != nil {
		return "", nil, err
	}

	name, wrongName := input.Line("name", in.Name, input.MaxName)
	var wrongEnd error
	if left := in.ExpiresAt.Sub(s.Now()); left < minTokenTime || left > maxTokenTime {
		wrongEnd = refusal.BadInput("expiresAt", "A token is good for a day at least, and for a year at most.")
	}
	if err := refusal.Together(wrongName, wrongEnd); err != nil {
		return "", nil, err
	}

	// The password is hashed before the transaction: that takes long, and the account is locked in it.
	proved, err := s.ProveAnew(ctx, v, in.Password)
	if err != nil {
		return "", nil, err
	}

	token = auth.AccessToken.New()
	hash, _ := auth.AccessToken.Hash(token)

	err = change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		account, err := tx.lockAccount(ctx, v.UserID)
		if err != nil {
			return err
		}
		// The password may have changed since, or the session may have ended.
		if err := StillProved(ctx, tx.Tx, v, account, proved); err != nil {
			return err
		}

		// The account is locked, so that two requests at once cannot pass the limit.
		n, err := tx.AccessToken.Query().
			Where(accesstoken.UserID(v.UserID), accesstoken.ExpiresAtGT(s.Moment())).Count(ctx)
		if err != nil {
			return err
		}
		if n >= maxTokens {
			return refusal.Full(n, "You have %d tokens, as many as allowed. Revoke one first.")
		}

		made, err = tx.AccessToken.Create().SetID(s.NewID("accesstoken")).SetUserID(v.UserID).
			SetName(name).SetTokenHash(hash).
			SetScopes(strings.Join(scopes(in.Scopes), ",")).SetCreatedAt(s.Moment()).
			SetExpiresAt(change.Stored(in.ExpiresAt)).Save(ctx)
		if err != nil {
			return err
		}
		return tx.tellToken(ctx, account, made)
	})
	if err != nil {
		return "", nil, err
	}
	return token, made.Unwrap(), nil
}

// tellToken writes to the person that a program can act for them, if the account's address is confirmed. The mail
// contains the name of the token, and an address that nobody confirmed may be anybody's.
func (tx *tx) tellToken(ctx context.Context, account *ent.User, made *ent.AccessToken) error {
	to, ok := outbox.WriteTo(account)
	if !ok || account.EmailConfirmedAt == nil {
		return nil
	}
	return tx.outbox.Mail(ctx, tx.Tx, to, tokenLetter(made, tx.outbox.Page(account.Language, "account/reset")))
}

// scopes returns the scopes asked for, each once, in the order of the Scope constants; and always read.
func scopes(asked []string) []string {
	all := []string{
		permission.ScopeRead, permission.ScopeParticipate, permission.ScopeModerate, permission.ScopeAdmin,
	}
	return slices.DeleteFunc(all, func(scope string) bool {
		return scope != permission.ScopeRead && !slices.Contains(asked, scope)
	})
}

// RevokeAccessToken ends one of the viewer's access tokens, also on open sockets.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens; NOT_FOUND when the token has ended, or is not theirs.
func (s *Accounts) RevokeAccessToken(ctx context.Context, in RevokeAccessTokenInput) error {
	v := auth.ViewerFrom(ctx)
	if err := permission.Ask(v, "revokeAccessToken", permission.About{}); err != nil {
		return err
	}

	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		n, err := tx.AccessToken.Delete().
			Where(accesstoken.ID(in.AccessToken), accesstoken.UserID(v.UserID), accesstoken.ExpiresAtGT(s.Moment())).
			Exec(ctx)
		if err == nil && n == 0 {
			err = refusal.Missing("accessToken")
		}
		ViewerChanged(tx.Tx, v.UserID)
		return err
	})
}
