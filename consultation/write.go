package consultation

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
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
	rows    map[string]node // by id, what the events are about, as far as it is known: see about
	notices []notice        // that hang on no event: see notify
	author  string          // whose words a moderator publishes; "": nobody's, see doer
	mails   bool            // there is mail to send
	fans    bool            // there are events to tell people of
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
	if tx.mails {
		wake(s.outgoing)
	}
	if tx.fans {
		wake(s.telling)
	}
	if len(tx.events) > 0 {
		s.Publisher.Publish(context.WithoutCancel(ctx), tx.events...)
	}
	return nil
}

// writeLog numbers and stores what was recorded, and notes whom it is to be told. Topics are locked in the order of their
// ids, so that two transactions never wait for each other in a circle.
func (tx *Tx) writeLog(ctx context.Context) error {
	if err := tx.service.deliverNotices(ctx, tx); err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	slices.SortStableFunc(tx.events, func(a, b live.Event) int { return cmp.Compare(a.Topic, b.Topic) })
	for i := range tx.events {
		tx.events[i].ID, tx.events[i].At = tx.service.NewID("event"), tx.service.now()
	}
	if err := tx.service.spreadEvents(ctx, tx, tx.events); err != nil {
		return fmt.Errorf("note whom to tell: %w", err)
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
