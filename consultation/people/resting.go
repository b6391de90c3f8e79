package people

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"ensemble/consultation/change"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/restingnickname"
)

// A nickname that somebody gives up rests for a while (change.Keeping): nobody else may take it, or one that looks like
// it, and be taken for them. They may take it back. When they erase their account it rests as well, as a hash alone.

// maxResting is how many nicknames of one person rest at the same time, beside the one that they bear.
const maxResting = 5

// restingID returns the id of a nickname at rest: SHA-256 of what it looks like, in hex.
func restingID(nickname string) string {
	sum := sha256.Sum256([]byte(clean.Skeleton(nickname)))
	return hex.EncodeToString(sum[:])
}

// resting returns the ids of those of the nicknames that rest.
func (tx *tx) resting(ctx context.Context, nicknames []string) ([]string, error) {
	ids := make([]string, len(nicknames))
	for i, n := range nicknames {
		ids[i] = restingID(n)
	}
	return tx.RestingNickname.Query().Where(restingnickname.IDIn(ids...), restingnickname.UntilGT(tx.Moment())).IDs(ctx)
}

// restsFor refuses a nickname that somebody else gave up lately. It comes after the nickname was written: whoever gives
// it up at the same time has committed by then. Errors: errNicknameTaken.
func (tx *tx) restsFor(ctx context.Context, person, nickname string) error {
	r, err := tx.RestingNickname.Get(ctx, restingID(nickname))
	if err != nil {
		return refusal.IgnoreMissing(err)
	}
	if r.Until.After(tx.Moment()) && (r.UserID == nil || *r.UserID != person) {
		return errNicknameTaken
	}
	return nil
}

// renamed lets the nickname rest that u had before, and refuses the new one when it rests for somebody else.
// Errors: errNicknameTaken; those of mayGiveUp.
func (tx *tx) renamed(ctx context.Context, u *ent.User, before *string) error {
	if before == nil || *before == *u.Nickname {
		return nil
	}
	if err := tx.restsFor(ctx, u.ID, *u.Nickname); err != nil {
		return err
	}
	if err := tx.mayGiveUp(ctx, u, *before); err != nil {
		return err
	}
	return tx.rest(ctx, tx.Tx, *before, &u.ID, tx.Moment().Add(tx.Keeping.Nicknames))
}

// mayGiveUp refuses to let a nickname rest when maxResting others of the person do, so that nobody takes many away from
// others. The one that u bears now, which they may have taken back, does not count.
// Errors: RATE_LIMITED on nickname.
func (tx *tx) mayGiveUp(ctx context.Context, u *ent.User, nickname string) error {
	others, err := tx.RestingNickname.Query().Where(restingnickname.UserID(u.ID), restingnickname.UntilGT(tx.Moment()),
		restingnickname.IDNotIn(restingID(nickname), restingID(*u.Nickname))).Order(restingnickname.ByUntil()).All(ctx)
	if err != nil || len(others) < maxResting {
		return err
	}

	until := others[len(others)-maxResting].Until
	return &refusal.Error{
		Code: refusal.RateLimited, Field: "nickname",
		Message: "You gave up %d nicknames lately: you can take another one after %s.",
		Args:    []any{maxResting, until.UTC().Format(time.DateOnly)},
		Details: refusal.TooOften("restingNicknames", until.Sub(tx.Moment())).Details,
	}
}

// rest lets a nickname rest until a moment, for whoever may take it back; nil is nobody. One that looks like it may rest
// for somebody else: it stays theirs, and rests until the later moment.
func (s *Accounts) rest(ctx context.Context, tx *change.Tx, nickname string, person *string, until time.Time) error {
	var borne *string
	if person != nil {
		borne = &nickname
	}
	done, err := tx.ExecContext(ctx, `INSERT INTO resting_nicknames (id, user_id, nickname, until) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, nickname = excluded.nickname, until = excluded.until
WHERE resting_nicknames.user_id = excluded.user_id OR resting_nicknames.until <= $5`,
		restingID(nickname), person, borne, until, tx.Moment())
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}

	_, err = tx.RestingNickname.Update().SetUntil(until).
		Where(restingnickname.ID(restingID(nickname)), restingnickname.UntilLT(until)).Save(ctx)
	return err
}

// NicknamesOf returns the nickname that a person bears, and those that they gave up and that rest.
func NicknamesOf(ctx context.Context, tx *change.Tx, u *ent.User) ([]string, error) {
	nicknames, err := tx.RestingNickname.Query().Where(restingnickname.UserID(u.ID)).
		Select(restingnickname.FieldNickname).Strings(ctx)
	if u.Nickname != nil {
		nicknames = append(nicknames, *u.Nickname)
	}
	return nicknames, err
}

// restErased lets the nicknames of a person who is erased rest in nobody's name, until the end of a month: the moment
// itself would lead to the account that was erased, or renamed, then.
func (s *Accounts) restErased(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	theirs := restingnickname.UserID(e.Account.ID)
	if _, err := tx.RestingNickname.Delete().Where(theirs, restingnickname.UntilLTE(e.At)).Exec(ctx); err != nil {
		return err
	}
	atRest, err := tx.RestingNickname.Query().Where(theirs).All(ctx)
	if err != nil {
		return err
	}
	for _, r := range atRest {
		if err := r.Update().ClearUserID().ClearNickname().SetUntil(monthAfter(r.Until)).Exec(ctx); err != nil {
			return err
		}
	}

	if e.Account.Nickname == nil || s.Keeping.Nicknames == 0 {
		return nil
	}
	return s.rest(ctx, tx, *e.Account.Nickname, nil, monthAfter(e.At.Add(s.Keeping.Nicknames)))
}

// monthAfter returns the beginning of the next month.
func monthAfter(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// forgetNicknames deletes the nicknames that have rested long enough.
func (s *Accounts) forgetNicknames(ctx context.Context) error {
	_, err := s.Write.RestingNickname.Delete().Where(restingnickname.UntilLTE(s.Moment())).Exec(ctx)
	return err
}
