package change

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"ensemble/auth"
	"ensemble/ent"
	"ensemble/live"
)

// Tx is a transaction and what it will announce.
type Tx struct {
	*ent.Tx
	db     *DB
	events []live.Event
	rows   map[string]Node      // by id, what the events are about, as far as it is known: see About
	Author string               // whose words a moderator publishes; "": nobody's, see Doer
	wakes  []string             // jobs that have something to do once this has committed
	values map[reflect.Type]any // see Of
}

// Of is what a part remembers until the transaction commits: its zero value at first, one for each type.
func Of[T any](tx *Tx) *T {
	kind := reflect.TypeFor[T]()
	if tx.values == nil {
		tx.values = map[reflect.Type]any{}
	}
	if tx.values[kind] == nil {
		tx.values[kind] = new(T)
	}
	return tx.values[kind].(*T)
}

// Wake has a job run once the transaction has committed.
func (tx *Tx) Wake(job string) {
	if !slices.Contains(tx.wakes, job) {
		tx.wakes = append(tx.wakes, job)
	}
}

// BeforeCommit has do run at the end of each transaction, in the order in which it was asked for. It may record events.
func (s *DB) BeforeCommit(do func(ctx context.Context, tx *Tx) error) {
	s.commits = append(s.commits, do)
}

// WithEvents has do see what each transaction announces, before that is numbered: with ids and times, in the order of topics.
func (s *DB) WithEvents(do func(ctx context.Context, tx *Tx, events []live.Event) error) {
	s.logs = append(s.logs, do)
}

// Record adds an event to what the transaction announces: numbered and logged as its last statements,
// published after commit, dropped on error.
func (tx *Tx) Record(e live.Event) { tx.events = append(tx.events, e) }

// About remembers a row that a recorded event is about, for those who follow events and would have to read it.
func (tx *Tx) About(row Node) {
	if tx.rows == nil {
		tx.rows = map[string]Node{}
	}
	tx.rows[row.NodeID()] = row
}

// RowOf is the row that a recorded event is about, by its id; nil when nobody said which.
func (tx *Tx) RowOf(id string) Node { return tx.rows[id] }

// Doer is the person who did what the transaction announces: who calls, or whose words a moderator publishes for them. "" for nobody.
func (tx *Tx) Doer(ctx context.Context) string {
	return cmp.Or(tx.Author, auth.Caller(ctx).UserID)
}

// In runs change in one transaction of isolation READ COMMITTED (on SQLite: alone), whatever the server's default,
// logs what it recorded, commits, then publishes. The context it hands out must not be used with DB.Read.
//
// Rows are locked in one order, so that nobody waits for each other in a circle: the idempotency key, the person, an organization,
// the process, an axis or phase, a thread (its root comment), the commitment, an amendment, notifications by person, the topics.
// What decides is read, or read again, once its lock is held.
func (s *DB) In(ctx context.Context, change func(ctx context.Context, tx *Tx) error) error {
	raw, err := s.Write.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = raw.Rollback() }() // does nothing once committed; also when change panics
	tx := &Tx{Tx: raw, db: s}
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
	for _, do := range tx.db.commits {
		if err := do(ctx, tx); err != nil {
			return err
		}
	}

	slices.SortStableFunc(tx.events, func(a, b live.Event) int { return cmp.Compare(a.Topic, b.Topic) })
	for i := range tx.events {
		tx.events[i].ID, tx.events[i].At = tx.db.NewID("event"), tx.db.Moment()
	}
	for _, do := range tx.db.logs {
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

// QueryRow scans the only row of a query; sql.ErrNoRows when there is none.
func (tx *Tx) QueryRow(ctx context.Context, dest []any, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if rows.Next() {
		err = rows.Scan(dest...)
	} else if err = rows.Err(); err == nil {
		err = sql.ErrNoRows
	}
	return errors.Join(err, rows.Close())
}
