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
// Errors: errNicknameTaken.
func (tx *tx) renamed(ctx context.Context, u *ent.User, before *string) error {
	if before == nil || *before == *u.Nickname {
		return nil
	}
	if err := tx.restsFor(ctx, u.ID, *u.Nickname); err != nil {
		return err
	}
	return tx.rest(ctx, tx.Tx, *before, &u.ID, tx.Moment().Add(tx.Keeping.Nicknames))
}

// rest lets a nickname rest until a moment, for whoever may take it back; nil is nobody.
func (s *Accounts) rest(ctx context.Context, tx *change.Tx, nickname string, person *string, until time.Time) error {
	var borne *string
	if person != nil {
		borne = &nickname
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO resting_nicknames (id, user_id, nickname, until) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, nickname = excluded.nickname, until = excluded.until`,
		restingID(nickname), person, borne, until)
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

// restErased lets the nicknames of a person who is erased rest in nobody's name. The one that they bore rests until the
// end of a month: the moment itself would lead to the account that was erased then.
func (s *Accounts) restErased(ctx context.Context, tx *change.Tx, e change.Erasing) error {
	err := tx.RestingNickname.Update().Where(restingnickname.UserID(e.Account.ID)).ClearUserID().ClearNickname().Exec(ctx)
	if err != nil || e.Account.Nickname == nil || s.Keeping.Nicknames == 0 {
		return err
	}

	until := e.At.Add(s.Keeping.Nicknames).UTC()
	until = time.Date(until.Year(), until.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	return s.rest(ctx, tx, *e.Account.Nickname, nil, until)
}

// forgetNicknames deletes the nicknames that have rested long enough.
func (s *Accounts) forgetNicknames(ctx context.Context) error {
	_, err := s.Write.RestingNickname.Delete().Where(restingnickname.UntilLTE(s.Moment())).Exec(ctx)
	return err
}
