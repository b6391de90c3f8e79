package consultation

import (
	"context"
	"slices"
	"strings"
	"time"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/accesstoken"
)

const (
	minTokenTime = 24 * time.Hour
	maxTokenTime = 366 * 24 * time.Hour
	maxTokens    = 20 // of one person
)

// CreateAccessTokenInput is the input of CreateAccessToken.
type CreateAccessTokenInput struct {
	Name      string
	Scopes    []string // of those in permissions.go; read is one of them, asked or not
	ExpiresAt time.Time
	Password  *string // of the account, if it has one
}

// AccessTokens are the viewer's that are still good. Errors: FORBIDDEN for access tokens.
func (s *Service) AccessTokens(v auth.Viewer) (*ent.AccessTokenQuery, error) {
	return s.Read.AccessToken.Query().Where(accesstoken.UserID(v.UserID), accesstoken.ExpiresAtGT(s.now())),
		permit(v, "readAccessTokens", about{})
}

// CreateAccessToken makes a token for a program that acts for the viewer, within its scopes. It is shown this once,
// and the person is told by mail. Errors: BAD_USER_INPUT, also for a wrong password; ErrStale, for an account that has none;
// CONFLICT when they have as many as they may.
func (s *Service) CreateAccessToken(ctx context.Context, in CreateAccessTokenInput) (token string, made *ent.AccessToken, err error) {
	v := auth.ViewerFrom(ctx)
	if err := permit(v, "createAccessToken", about{}); err != nil {
		return "", nil, err
	}
	name, err := line("name", in.Name, maxName)
	if err != nil {
		return "", nil, err
	}
	if left := in.ExpiresAt.Sub(s.Now()); left < minTokenTime || left > maxTokenTime {
		return "", nil, BadInput("expiresAt", "A token is good for a day at least, and for a year at most.")
	}
	proved, err := s.proveAnew(ctx, v, in.Password)
	if err != nil {
		return "", nil, err
	}
	token = auth.AccessToken.New()
	hash, _ := auth.AccessToken.Hash(token)
	err = s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		account, err := tx.lockAccount(ctx, v.UserID)
		if err != nil {
			return err
		}
		if err := tx.stillProved(ctx, v, account, proved); err != nil {
			return err
		}
		n, err := tx.AccessToken.Query().Where(accesstoken.UserID(v.UserID), accesstoken.ExpiresAtGT(s.now())).Count(ctx)
		if err != nil {
			return err
		}
		if n >= maxTokens {
			return moved(n, "You have %d tokens, as many as allowed. Revoke one first.", n)
		}
		made, err = tx.AccessToken.Create().SetID(s.NewID("accesstoken")).SetUserID(v.UserID).SetName(name).SetTokenHash(hash).
			SetScopes(strings.Join(scopes(in.Scopes), ",")).SetCreatedAt(s.now()).SetExpiresAt(kept(in.ExpiresAt)).Save(ctx)
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

// tellToken writes to the person that a program can act for them, if it is sure that they read it: the token's name is in the
// mail, and an address that nobody confirmed may be anybody's.
func (tx *Tx) tellToken(ctx context.Context, account *ent.User, made *ent.AccessToken) error {
	to, ok := writeTo(account)
	if !ok || account.EmailConfirmedAt == nil {
		return nil
	}
	return tx.service.mail(ctx, tx, to, tokenLetter(made, tx.service.page(account.Language, "account/reset")))
}

// scopes are those asked for, each once, in the order of the table, and read.
func scopes(asked []string) []string {
	return slices.DeleteFunc([]string{ScopeRead, ScopeParticipate, ScopeModerate, ScopeAdmin}, func(scope string) bool {
		return scope != ScopeRead && !slices.Contains(asked, scope)
	})
}

// RevokeAccessToken ends a token of the viewer's, also on open sockets. Errors: NOT_FOUND when it has ended, or is not theirs.
func (s *Service) RevokeAccessToken(ctx context.Context, id string) error {
	v := auth.ViewerFrom(ctx)
	if err := permit(v, "revokeAccessToken", about{}); err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		n, err := tx.AccessToken.Delete().Where(accesstoken.ID(id), accesstoken.UserID(v.UserID), accesstoken.ExpiresAtGT(s.now())).Exec(ctx)
		if err == nil && n == 0 {
			err = notFound("accessToken")
		}
		viewerChanged(tx, v.UserID)
		return err
	})
}
