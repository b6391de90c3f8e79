package change

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"ensemble/auth"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
	"ensemble/ent"
	"ensemble/ent/idempotencykey"
	"ensemble/live"
)

// Input is what a mutation takes: one struct for each.
type Input interface {
	// Retry returns what makes the mutation safe to repeat: its name, and the key that the caller chose for this one
	// act, nil without one.
	Retry() (mutation string, key *string)
}

const (
	maxKey      = 64 // code points
	keyLifetime = 24 * time.Hour
)

// Made is an entity that was made in a transaction.
type Made[T any] interface {
	Node
	// Unwrap returns the same entity for after the transaction: its edges can be read then.
	Unwrap() T
}

// Once runs change in a transaction, with the part's view of it, and returns what it made. If the viewer has already
// done it under the same key, nothing is changed: Once returns the node that was made then, as find reads it now. The
// key and its answer are committed together with the change, so a client whose first answer was lost, even because the
// process crashed, can safely send the same input again.
// Errors: BAD_USER_INPUT for an unusable key; CONFLICT when the key was used with another input; NOT_FOUND when the
// node is gone since; those of change.
func Once[T Made[T], V any](ctx context.Context, s Part[V], in Input,
	find func(ctx context.Context, id string) (T, error),
	change func(ctx context.Context, tx V) (T, error),
) (T, error) {
	result, _, err := OnceWithHeads(ctx, s, in, find, change)
	return result, err
}

// OnceWithHeads does what Once does. It also returns the new positions of the topics on which change announced
// something, by their ids; nil when it was done before. Errors: those of Once.
func OnceWithHeads[T Made[T], V any](ctx context.Context, s Part[V], in Input,
	find func(ctx context.Context, id string) (T, error),
	change func(ctx context.Context, tx V) (T, error),
) (T, map[string]live.Cursor, error) {
	var result T
	var earlier string
	var done *Tx
	err := s.In(ctx, func(ctx context.Context, tx *Tx) (err error) {
		done = tx
		key, err := tx.claim(ctx, in)
		if err != nil || key != nil && key.AnswerID != "" {
			if key != nil {
				earlier = key.AnswerID
			}
			return err
		}

		// The answer is stored in the same transaction: either both are committed, or neither.
		if result, err = change(ctx, s.On(tx)); err != nil || key == nil {
			return err
		}
		return tx.IdempotencyKey.Update().Where(idempotencykey.ID(key.ID)).SetAnswerID(result.NodeID()).Exec(ctx)
	})

	switch {
	case err != nil:
		return result, nil, err
	case earlier != "":
		result, err = find(ctx, earlier)
		return result, nil, refusal.IfMissing("", err)
	}
	return result.Unwrap(), done.heads(), nil
}

// heads returns the place right behind the last event of each topic, once the events are numbered.
func (tx *Tx) heads() map[string]live.Cursor {
	heads := make(map[string]live.Cursor, len(tx.events))
	for _, e := range tx.events {
		heads[e.Topic] = e.Cursor()
	}
	return heads
}

// claim inserts the row of the retry's key, or finds the one that an earlier try has committed, with its answer, and
// returns it. It returns nil when there is no key, or when the caller is not signed in, so that the key could belong to
// nobody.
// Errors: BAD_USER_INPUT for an unusable key; CONFLICT when the key was used with another input.
func (tx *Tx) claim(ctx context.Context, in Input) (*ent.IdempotencyKey, error) {
	viewer := auth.ViewerFrom(ctx)
	mutation, key := in.Retry()
	if key == nil || !viewer.SignedIn() {
		return nil, nil
	}
	if *key == "" || clean.Length(*key) > maxKey {
		return nil, refusal.BadInput("idempotencyKey", "A key has 1 to %d characters.", maxKey)
	}

	input, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("hash the input of %s: %w", mutation, err)
	}
	hash := sha256.Sum256(input)

	// An expired row of the same key makes room first: the insertion would find it.
	s := tx.db
	same := idempotencykey.And(idempotencykey.UserID(viewer.UserID),
		idempotencykey.Mutation(mutation), idempotencykey.Key(*key))
	expired := tx.IdempotencyKey.Delete().Where(same, idempotencykey.CreatedAtLT(s.Moment().Add(-keyLifetime)))
	if _, err := expired.Exec(ctx); err != nil {
		return nil, err
	}

	// Whoever uses the same key at the same time waits here for the other to commit.
	id := s.NewID("retry")
	columns := []any{id, viewer.UserID, mutation, *key, hash[:], "", s.Moment()}
	if _, err := tx.ExecContext(ctx, insertKey, columns...); err != nil {
		return nil, err
	}

	row, err := tx.IdempotencyKey.Query().Where(same).Only(ctx)
	if err != nil {
		return nil, err
	}
	if string(row.InputHash) != string(hash[:]) {
		// Nothing has changed meanwhile: unlike other conflicts, this one has no current state to return.
		return nil, refusal.New(refusal.Conflict, "This key was used for something else.")
	}
	return row, nil
}

// insertKey inserts the row of a key. It waits for another try that is under way, and does nothing once that has
// committed.
const insertKey = `INSERT INTO idempotency_keys (id, user_id, mutation, key, input_hash, answer_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, mutation, key) DO NOTHING`

// forgetKeys deletes the keys that are older than keyLifetime: nobody repeats a mutation so late.
func (s *DB) forgetKeys(ctx context.Context) error {
	return s.In(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.IdempotencyKey.Delete().Where(idempotencykey.CreatedAtLT(s.Moment().Add(-keyLifetime))).Exec(ctx)
		return err
	})
}
