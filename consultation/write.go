package consultation

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"ensemble/auth"
	"ensemble/consultation/text"
	"ensemble/ent"
	"ensemble/ent/idempotencykey"
	"ensemble/live"
)

// Tx is a transaction and what it will announce.
type Tx struct {
	*ent.Tx
	service *Service
	events  []live.Event
	rows    map[string]node      // by id, what the events are about, as far as it is known: see about
	author  string               // whose words a moderator publishes; "": nobody's, see doer
	wakes   []string             // jobs that have something to do once this has committed
	values  map[reflect.Type]any // see valueOf
}

// valueOf is what a part remembers until the transaction commits: its zero value at first, one for each type.
func valueOf[T any](tx *Tx) *T {
	kind := reflect.TypeFor[T]()
	if tx.values == nil {
		tx.values = map[reflect.Type]any{}
	}
	if tx.values[kind] == nil {
		tx.values[kind] = new(T)
	}
	return tx.values[kind].(*T)
}

// wake has a job run once the transaction has committed.
func (tx *Tx) wake(job string) {
	if !slices.Contains(tx.wakes, job) {
		tx.wakes = append(tx.wakes, job)
	}
}

// beforeCommit has do run at the end of each transaction, in the order in which it was asked for. It may record events.
func (s *Service) beforeCommit(do func(ctx context.Context, tx *Tx) error) {
	s.commits = append(s.commits, do)
}

// withEvents has do see what each transaction announces, before that is numbered: with ids and times, in the order of topics.
func (s *Service) withEvents(do func(ctx context.Context, tx *Tx, events []live.Event) error) {
	s.logs = append(s.logs, do)
}

// record adds an event to what the transaction announces: numbered and logged as its last statements,
// published after commit, dropped on error.
func (tx *Tx) record(e live.Event) { tx.events = append(tx.events, e) }

// about remembers a row that a recorded event is about, for those who follow events and would have to read it.
func (tx *Tx) about(row node) {
	if tx.rows == nil {
		tx.rows = map[string]node{}
	}
	tx.rows[row.NodeID()] = row
}

// rowOf is the row that a recorded event is about, by its id; nil when nobody said which.
func (tx *Tx) rowOf(id string) node { return tx.rows[id] }

// doer is the person who did what the transaction announces: who calls, or whose words a moderator publishes for them. "" for nobody.
func (tx *Tx) doer(ctx context.Context) string {
	return cmp.Or(tx.author, auth.Caller(ctx).UserID)
}

// inTx runs change in one transaction of isolation READ COMMITTED (on SQLite: alone), whatever the server's default,
// logs what it recorded, commits, then publishes. The context it hands out must not be used with Service.Read.
//
// Rows are locked in one order, so that nobody waits for each other in a circle: the idempotency key, the person, an organization,
// the process, an axis or phase, a thread (its root comment), the commitment, an amendment, notifications by person, the topics.
// What decides is read, or read again, once its lock is held.
func (s *Service) inTx(ctx context.Context, change func(ctx context.Context, tx *Tx) error) error {
	raw, err := s.Write.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = raw.Rollback() }() // does nothing once committed; also when change panics
	tx := &Tx{Tx: raw, service: s}
	inside := context.WithValue(ctx, inTxKey{}, true)
	if err := change(inside, tx); err != nil {
		return err
	}
	if err := tx.writeLog(inside); err != nil {
		return err
	}
	if err := raw.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for _, job := range tx.wakes {
		s.Jobs.Wake(job)
	}
	if len(tx.events) > 0 {
		s.Publisher.Publish(context.WithoutCancel(ctx), tx.events...)
	}
	return nil
}

// writeLog numbers and stores what was recorded, once all who want to have added to it. Topics are locked in the order of
// their ids, so that two transactions never wait for each other in a circle.
func (tx *Tx) writeLog(ctx context.Context) error {
	for _, do := range tx.service.commits {
		if err := do(ctx, tx); err != nil {
			return err
		}
	}

	slices.SortStableFunc(tx.events, func(a, b live.Event) int { return cmp.Compare(a.Topic, b.Topic) })
	for i := range tx.events {
		tx.events[i].ID, tx.events[i].At = tx.service.NewID("event"), tx.service.now()
	}
	for _, do := range tx.service.logs {
		if err := do(ctx, tx, tx.events); err != nil {
			return err
		}
	}

	if len(tx.events) >= manyEvents && eachOnce(tx.events) {
		return tx.logTogether(ctx, tx.events)
	}
	for i := range tx.events {
		if err := tx.logEvent(ctx, &tx.events[i]); err != nil {
			return fmt.Errorf("log %s: %w", tx.events[i].Type, err)
		}
	}
	return nil
}

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

// node is an entity with an id.
type node interface{ NodeID() string }

// made is an entity of a transaction; Unwrap gives the one whose edges can be read after it.
type made[T any] interface {
	node
	Unwrap() T
}

// once runs change in a transaction and returns what it made. If the viewer already did it under the same
// key, also when the answer was lost in a crash, nothing is changed and find returns that node as it is now.
// Errors: BAD_USER_INPUT for an unusable key; CONFLICT when the key was used with another input; NOT_FOUND when the
// node is gone since.
func once[T made[T]](ctx context.Context, s *Service, r Retry, find func(ctx context.Context, id string) (T, error),
	change func(ctx context.Context, tx *Tx) (T, error),
) (T, error) {
	var result T
	var earlier string
	err := s.inTx(ctx, func(ctx context.Context, tx *Tx) (err error) {
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
		return result, absent("", err)
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
		return nil, BadInput("idempotencyKey", "A key has 1 to %d characters.", maxKey)
	}
	input, err := json.Marshal(r.Input)
	if err != nil {
		return nil, fmt.Errorf("hash the input of %s: %w", r.Mutation, err)
	}
	hash := sha256.Sum256(input)
	s := tx.service
	same := idempotencykey.And(idempotencykey.UserID(viewer.UserID), idempotencykey.Mutation(r.Mutation), idempotencykey.Key(*r.Key))
	if _, err := tx.IdempotencyKey.Delete().Where(same, idempotencykey.CreatedAtLT(s.now().Add(-keyLifetime))).Exec(ctx); err != nil {
		return nil, err
	}
	id := s.NewID("retry")
	if _, err := tx.ExecContext(ctx, insertKey, id, viewer.UserID, r.Mutation, *r.Key, hash[:], "", s.now()); err != nil {
		return nil, err
	}
	row, err := tx.IdempotencyKey.Query().Where(same).Only(ctx)
	if err != nil {
		return nil, err
	}
	if string(row.InputHash) != string(hash[:]) {
		return nil, refuse(Conflict, "This key was used for something else.") // nothing moved: there is no current state to tell
	}
	return row, nil
}

// insertKey waits for another try that is under way, and does nothing once that has committed.
const insertKey = `INSERT INTO idempotency_keys (id, user_id, mutation, key, input_hash, answer_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, mutation, key) DO NOTHING`

// forgetKeys deletes keys that are too old to be tried again.
func (s *Service) forgetKeys(ctx context.Context) error {
	return s.inTx(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.IdempotencyKey.Delete().Where(idempotencykey.CreatedAtLT(s.now().Add(-keyLifetime))).Exec(ctx)
		return err
	})
}
