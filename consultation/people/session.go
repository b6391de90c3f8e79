package people

import (
	"context"
	"errors"
	"sync"
	"time"

	"ensemble/auth"
	"ensemble/consultation/change"
	"ensemble/consultation/permission"
	"ensemble/consultation/refusal"
	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/session"
	"ensemble/ent/signinattempt"
)

// SessionLifetime is how long a sign-in lasts.
const SessionLifetime = 30 * 24 * time.Hour

// Session is a new sign-in. Its token is here only: the database has its hash.
type Session struct {
	Token     string
	ExpiresAt time.Time
	Viewer    auth.Viewer
}

// Sessions returns a query for the viewer's sessions that have not ended.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens.
func (s *Accounts) Sessions(v auth.Viewer) (*ent.SessionQuery, error) {
	theirs := s.Read.Session.Query().Where(session.UserID(v.UserID), session.ExpiresAtGT(s.Moment()))
	return theirs, permission.Ask(v, "readSessions", permission.About{})
}

// EndSession ends one of the viewer's sessions, on whatever device.
// Errors: UNAUTHENTICATED; FORBIDDEN for access tokens; NOT_FOUND when the session has ended, or is not theirs.
func (s *Accounts) EndSession(ctx context.Context, in EndSessionInput) error {
	v := auth.ViewerFrom(ctx)
	if err := permission.Ask(v, "endSession", permission.About{}); err != nil {
		return err
	}

	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		n, err := tx.Session.Delete().
			Where(session.ID(in.Session), session.UserID(v.UserID), session.ExpiresAtGT(s.Moment())).Exec(ctx)
		if err == nil && n == 0 {
			err = refusal.Missing("session")
		}
		ViewerChanged(tx.Tx, v.UserID)
		return err
	})
}

// useGrain is how precisely the last use of a session or access token is known. With an hour, a token in use is written
// once an hour, not once per request.
const useGrain = time.Hour

// uses collects when sessions and access tokens were used, by their id, until the job writeUses writes it down.
type uses struct {
	mu sync.Mutex
	at map[string]time.Time
}

// note remembers that a token was used in this hour, unless known, its last use in the database, says so already.
func (u *uses) note(id string, known, now time.Time) {
	now = now.Truncate(useGrain)
	if !known.Before(now) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.at[id] = now
}

// take returns what was collected, and begins anew.
func (u *uses) take() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.at
	u.at = map[string]time.Time{}
	return taken
}

// writeUses writes down the uses that were collected: a session or token in use costs one small transaction an hour.
// Each use whose transaction fails is lost, and the next one is written instead.
func (s *Accounts) writeUses(ctx context.Context) error {
	at := s.uses.take()
	if len(at) == 0 {
		return nil
	}

	// Each in a transaction of its own: who ends several sessions at once locks them in an order that nobody knows.
	var failed []error
	for id, when := range at {
		failed = append(failed, change.In(ctx, s, func(ctx context.Context, tx *tx) error {
			return tx.writeUse(ctx, id, when)
		}))
	}
	return errors.Join(failed...)
}

// writeUse writes when a session or access token was used last, unless a later use is noted.
func (tx *tx) writeUse(ctx context.Context, id string, at time.Time) error {
	if kind, _ := change.KindOf(id); kind == "accesstoken" {
		return tx.AccessToken.Update().
			Where(accesstoken.ID(id), accesstoken.Or(accesstoken.UsedAtIsNil(), accesstoken.UsedAtLT(at))).
			SetUsedAt(at).Exec(ctx)
	}
	return tx.Session.Update().
		Where(session.ID(id), session.Or(session.UsedAtIsNil(), session.UsedAtLT(at))).SetUsedAt(at).Exec(ctx)
}

// forgetWaysIn deletes sessions, access tokens and mailed links that have expired, and attempts to sign in that nobody
// ended.
func (s *Accounts) forgetWaysIn(ctx context.Context) error {
	return change.In(ctx, s, func(ctx context.Context, tx *tx) error {
		if _, err := tx.Session.Delete().Where(session.ExpiresAtLTE(s.Moment())).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.AccessToken.Delete().Where(accesstoken.ExpiresAtLTE(s.Moment())).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.MailedToken.Delete().Where(mailedtoken.ExpiresAtLTE(s.Moment())).Exec(ctx); err != nil {
			return err
		}

		_, err := tx.SignInAttempt.Delete().Where(signinattempt.CreatedAtLTE(s.attemptsBegan())).Exec(ctx)
		return err
	})
}
