package change

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"ensemble/auth"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/idempotencykey"
)

// Retry is how a mutation is made safe to repeat: its name, its input, and the key the caller chose for this
// one act, if any.
type Retry struct {
	Mutation string
	Key      *string
	Input    any
}

const (
	maxKey      = 64 // code points
	keyLifetime = 24 * time.Hour
)

// Made is an entity of a transaction; Unwrap gives the one whose edges can be read after it.
type Made[T any] interface {
	Node
	Unwrap() T
}

// Once runs change in a transaction and returns what it made. If the viewer already did it under the same
// key, also when the answer was lost in a crash, nothing is changed and find returns that node as it is now.
// Errors: BAD_USER_INPUT for an unusable key; CONFLICT when the key was used with another input; NOT_FOUND when the
// node is gone since.
func Once[T Made[T]](ctx context.Context, s *DB, r Retry, find func(ctx context.Context, id string) (T, error),
	change func(ctx context.Context, tx *Tx) (T, error),
) (T, error) {
	var result T
	var earlier string
	err := s.In(ctx, func(ctx context.Context, tx *Tx) (err error) {
		key, err := tx.claim(ctx, r)
		if err != nil || key != nil && key.AnswerID != "" {
			if key != nil {
				earlier = key.AnswerID
			}
			return err
		}
		if result, err = change(ctx, tx); err != nil || key == nil {
			return err
		}
		return tx.IdempotencyKey.Update().Where(idempotencykey.ID(key.ID)).SetAnswerID(result.NodeID()).Exec(ctx)
	})
	switch {
	case err != nil:
		return result, err
	case earlier != "":
		result, err = find(ctx, earlier)
		return result, refusal.IfMissing("", err)
	}
	return result.Unwrap(), nil
}

// claim inserts the row of the retry's key, or returns the one an earlier try committed, with its answer. It
// returns nil when there is no key, or nobody it could belong to.
func (tx *Tx) claim(ctx context.Context, r Retry) (*ent.IdempotencyKey, error) {
	viewer := auth.ViewerFrom(ctx)
	if r.Key == nil || !viewer.SignedIn() {
		return nil, nil
	}
	if *r.Key == "" || text.Length(*r.Key) > maxKey {
		return nil, refusal.BadInput("idempotencyKey", "A key has 1 to %d characters.", maxKey)
	}
	input, err := json.Marshal(r.Input)
	if err != nil {
		return nil, fmt.Errorf("hash the input of %s: %w", r.Mutation, err)
	}
	hash := sha256.Sum256(input)
	s := tx.db
	same := idempotencykey.And(idempotencykey.UserID(viewer.UserID), idempotencykey.Mutation(r.Mutation), idempotencykey.Key(*r.Key))
	if _, err := tx.IdempotencyKey.Delete().Where(same, idempotencykey.CreatedAtLT(s.Moment().Add(-keyLifetime))).Exec(ctx); err != nil {
		return nil, err
	}
	id := s.NewID("retry")
	if _, err := tx.ExecContext(ctx, insertKey, id, viewer.UserID, r.Mutation, *r.Key, hash[:], "", s.Moment()); err != nil {
		return nil, err
	}
	row, err := tx.IdempotencyKey.Query().Where(same).Only(ctx)
	if err != nil {
		return nil, err
	}
	if string(row.InputHash) != string(hash[:]) {
		return nil, refusal.New(refusal.Conflict, "This key was used for something else.") // nothing moved: there is no current state to tell
	}
	return row, nil
}

// insertKey waits for another try that is under way, and does nothing once that has committed.
const insertKey = `INSERT INTO idempotency_keys (id, user_id, mutation, key, input_hash, answer_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, mutation, key) DO NOTHING`

// forgetKeys deletes keys that are too old to be tried again.
func (s *DB) forgetKeys(ctx context.Context) error {
	return s.In(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.IdempotencyKey.Delete().Where(idempotencykey.CreatedAtLT(s.Moment().Add(-keyLifetime))).Exec(ctx)
		return err
	})
}
