package consultation

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"ensemble/auth"
)

// viewerQuery reads in one statement all that a request needs to know of who makes it.
const viewerQuery = `SELECT u.id, u.language, u.site_admin, u.email_confirmed_at IS NOT NULL, s.id, s.expires_at,
  COALESCE((SELECT string_agg(r.process_id || ' ' || r.name, ',') FROM roles r WHERE r.user_id = u.id), ''),
  COALESCE((SELECT string_agg(m.organization_id, ',') FROM memberships m JOIN organizations o ON o.id = m.organization_id
    WHERE m.user_id = u.id AND m.role IN ('OWNER', 'SIGNATORY') AND o.verified_at IS NOT NULL), '')
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.erased_at IS NULL`

// querier is a client or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// ErrToken means that a token is malformed, unknown, or that its session has ended.
var ErrToken = refuse(Unauthenticated, "The session has ended. Sign in again.")

// Viewer is who a session token stands for. Errors: ErrToken.
func (s *Service) Viewer(ctx context.Context, token string) (auth.Viewer, error) {
	hash, ok := auth.HashToken(token)
	if !ok {
		return auth.Viewer{}, ErrToken
	}
	return s.viewerOf(ctx, s.Read, hash)
}

func (s *Service) viewerOf(ctx context.Context, from querier, hash []byte) (auth.Viewer, error) {
	rows, err := from.QueryContext(ctx, viewerQuery, hash, s.now())
	if err != nil {
		return auth.Viewer{}, err
	}
	v := auth.Viewer{Roles: map[string][]string{}}
	var expires time.Time
	var roles, signs string
	err = ErrToken
	if rows.Next() {
		err = rows.Scan(&v.UserID, &v.Language, &v.SiteAdmin, &v.Confirmed, &v.SessionID, &expires, &roles, &signs)
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return auth.Viewer{}, err
	}
	v.Confirmed = v.Confirmed || s.Mailer == nil // nobody could confirm theirs
	v.ExpiresAt = expires.UTC()
	for _, role := range fields(roles) {
		process, name, _ := strings.Cut(role, " ")
		v.Roles[process] = append(v.Roles[process], name)
	}
	v.SignsFor = fields(signs)
	return v, nil
}

func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}
