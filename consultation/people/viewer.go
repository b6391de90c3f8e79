package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"ensemble/auth"
	"ensemble/consultation/refusal"
)

// viewerQuery reads, in one statement, all that a request needs to know of who makes it, by a session or by an access
// token.
const viewerQuery = `SELECT u.id, u.language, u.site_admin, u.email_confirmed_at IS NOT NULL, u.terms_version, k.id, %s, k.expires_at, k.used_at,
  COALESCE((SELECT string_agg(r.process_id || ' ' || r.name, ',') FROM roles r WHERE r.user_id = u.id), ''),
  COALESCE((SELECT string_agg(m.organization_id, ',') FROM memberships m JOIN organizations o ON o.id = m.organization_id
    WHERE m.user_id = u.id AND m.role IN ('OWNER', 'SIGNATORY') AND o.verified_at IS NOT NULL), '')
FROM %s k JOIN users u ON u.id = k.user_id
WHERE k.token_hash = $1 AND k.expires_at > $2 AND u.erased_at IS NULL`

// These are the queries of both kinds of token.
var (
	viewerOfSession     = fmt.Sprintf(viewerQuery, "''", "sessions")
	viewerOfAccessToken = fmt.Sprintf(viewerQuery, "k.scopes", "access_tokens")
)

// querier is a client or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// ErrToken means that a token is malformed, unknown or revoked, or that its time or its session has ended.
var ErrToken = refusal.New(refusal.Unauthenticated, "The session has ended. Sign in again.")

// Viewer returns whose token this is: of a session, or an access token.
// Errors: ErrToken.
func (s *Accounts) Viewer(ctx context.Context, token string) (auth.Viewer, error) {
	if hash, ok := auth.AccessToken.Hash(token); ok {
		return s.viewerBy(ctx, s.Read, viewerOfAccessToken, hash)
	}
	hash, ok := auth.HashToken(token)
	if !ok {
		return auth.Viewer{}, ErrToken
	}
	return s.viewerOf(ctx, s.Read, hash)
}

// viewerOf returns whose session it is, by the hash of its token.
// Errors: ErrToken.
func (s *Accounts) viewerOf(ctx context.Context, from querier, hash []byte) (auth.Viewer, error) {
	return s.viewerBy(ctx, from, viewerOfSession, hash)
}

// viewerBy returns whose token has this hash, by the query for its kind, and notes that the token was used.
// Errors: ErrToken.
func (s *Accounts) viewerBy(ctx context.Context, from querier, query string, hash []byte) (auth.Viewer, error) {
	rows, err := from.QueryContext(ctx, query, hash, s.Moment())
	if err != nil {
		return auth.Viewer{}, err
	}

	v := auth.Viewer{Roles: map[string][]string{}}
	var expires time.Time
	var used sql.NullTime
	var key, scopes, roles, signs, terms string

	err = ErrToken
	if rows.Next() {
		err = rows.Scan(
			&v.UserID, &v.Language, &v.SiteAdmin, &v.Confirmed, &terms, &key, &scopes, &expires, &used, &roles, &signs,
		)
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return auth.Viewer{}, err
	}

	if query == viewerOfSession {
		v.SessionID = key
	} else {
		v.Scopes = fields(scopes)
	}
	s.uses.note(key, used.Time, s.Moment())

	v.Confirmed = v.Confirmed || s.outbox.Mailer == nil // without mail nobody could confirm their address
	v.OwesTerms = terms != s.Terms.Version && s.Terms.Version != ""
	v.ExpiresAt = expires.UTC()

	for _, role := range fields(roles) {
		process, name, _ := strings.Cut(role, " ")
		v.Roles[process] = append(v.Roles[process], name)
	}
	v.SignsFor = fields(signs)
	return v, nil
}

// fields splits a list at its commas; nothing for an empty list.
func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}
