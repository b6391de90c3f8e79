package consultation

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/ent/accesstoken"
	"ensemble/ent/mailedtoken"
	"ensemble/ent/session"
	"ensemble/ent/signinattempt"
)

// Sessions are the viewer's that have not ended. Errors: FORBIDDEN for access tokens.
func (s *Service) Sessions(v auth.Viewer) (*ent.SessionQuery, error) {
	return s.Read.Session.Query().Where(session.UserID(v.UserID), session.ExpiresAtGT(s.now())), permit(v, "readSessions", about{})
}

// EndSession ends a session of the viewer's, on whatever device. Errors: NOT_FOUND when it has ended, or is not theirs.
func (s *Service) EndSession(ctx context.Context, id string) error {
	v := auth.ViewerFrom(ctx)
	if err := permit(v, "endSession", about{}); err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		n, err := tx.Session.Delete().Where(session.ID(id), session.UserID(v.UserID), session.ExpiresAtGT(s.now())).Exec(ctx)
		if err == nil && n == 0 {
			err = notFound("session")
		}
		viewerChanged(tx, v.UserID)
		return err
	})
}

// useGrain is how exactly the last use of a session or access token is known: a write an hour, not one per request.
const useGrain = time.Hour

// uses are sessions and access tokens that were used, by their id, until the keeper notes it.
type uses struct {
	mu sync.Mutex
	at map[string]time.Time
}

// note remembers that a token was used now, unless that is known.
func (u *uses) note(id string, known, now time.Time) {
	now = now.Truncate(useGrain)
	if !known.Before(now) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.at[id] = now
}

func (u *uses) take() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.at
	u.at = map[string]time.Time{}
	return taken
}

// noteUses writes down what was used. What it fails to write is written after the next use.
func (s *Service) noteUses(ctx context.Context) error {
	at := s.uses.take()
	if len(at) == 0 {
		return nil
	}
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		for _, id := range slices.Sorted(maps.Keys(at)) { // one order: processes do not wait for each other in a circle
			if err := tx.noteUse(ctx, id, at[id]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (tx *Tx) noteUse(ctx context.Context, id string, at time.Time) error {
	if kind, _ := KindOf(id); kind == "accesstoken" {
		return tx.AccessToken.Update().Where(accesstoken.ID(id), accesstoken.Or(accesstoken.UsedAtIsNil(), accesstoken.UsedAtLT(at))).
			SetUsedAt(at).Exec(ctx)
	}
	return tx.Session.Update().Where(session.ID(id), session.Or(session.UsedAtIsNil(), session.UsedAtLT(at))).SetUsedAt(at).Exec(ctx)
}

// forgetWaysIn deletes sessions, access tokens and mailed links whose time is over, and sign-ins that nobody ended.
func (s *Service) forgetWaysIn(ctx context.Context) error {
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Session.Delete().Where(session.ExpiresAtLTE(s.now())).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.AccessToken.Delete().Where(accesstoken.ExpiresAtLTE(s.now())).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.MailedToken.Delete().Where(mailedtoken.ExpiresAtLTE(s.now())).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.SignInAttempt.Delete().Where(signinattempt.CreatedAtLTE(s.attemptsBegan())).Exec(ctx)
		return err
	})
}
