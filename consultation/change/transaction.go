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
	db       *DB
	events   []live.Event
	rows     map[string]Node      // by id, the rows that the events are about, as far as they are known: see About
	Author   string               // whose words a moderator publishes; "": nobody's, see Doer
	wakes    []string             // jobs that have something to do once this has committed
	values   map[reflect.Type]any // see Of
	lastLock int                  // the place in the order of locks of the rows that were locked last: see Locked
	lockErr  error                // rows were locked out of their order
}

// Of returns what a part remembers until the transaction commits: one value for each type T, which is zero at first.
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

// Wake lets a job run at once after the transaction has committed.
func (tx *Tx) Wake(job string) {
	if !slices.Contains(tx.wakes, job) {
		tx.wakes = append(tx.wakes, job)
	}
}

// BeforeCommit registers do to run at the end of each transaction, after what was registered before it. do may record
// events.
func (s *DB) BeforeCommit(do func(ctx context.Context, tx *Tx) error) {
	s.commits = append(s.commits, do)
}

// WithEvents registers do to see what each transaction announces: events with ids and times, in the order of topics,
// but not numbered yet.
func (s *DB) WithEvents(do func(ctx context.Context, tx *Tx, events []live.Event) error) {
	s.logs = append(s.logs, do)
}

// Record adds an event to what the transaction announces. The last statements of the transaction number and log it; it
// is published after the commit, and dropped on an error.
func (tx *Tx) Record(e live.Event) { tx.events = append(tx.events, e) }

// About remembers a row that a recorded event is about: those who look at events (see WithEvents) need not read it
// again.
func (tx *Tx) About(row Node) {
	if tx.rows == nil {
		tx.rows = map[string]Node{}
	}
	tx.rows[row.NodeID()] = row
}

// RowOf returns the row with this id that a recorded event is about, or nil when About was not called for it.
func (tx *Tx) RowOf(id string) Node { return tx.rows[id] }

// Doer returns the id of the person who did what the transaction announces: the caller, or the person whose words a
// moderator publishes. It is "" where nobody did it.
func (tx *Tx) Doer(ctx context.Context) string {
	return cmp.Or(tx.Author, auth.Caller(ctx).UserID)
}

// In runs change in one transaction, logs what it recorded, commits, then publishes. When change returns an error,
// nothing of it is stored, and In returns the error. The isolation is READ COMMITTED, whatever the server's default; on
// SQLite the transaction is alone. The context that change gets must not be used with DB.Read: see ErrReaderInTx.
//
// What a decision depends on is read, or read again, after its row was locked (see Tx.Locked).
// Errors: those of change; one that names the tables, when rows were locked in another order than LocksInOrder has.
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
	if tx.lockErr != nil {
		return tx.lockErr
	}
	if err := raw.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}

	// Only now is it true: publish it even if the caller has gone away in the meantime.
	for _, job := range tx.wakes {
		s.Jobs.Wake(job)
	}
	if len(tx.events) > 0 {
		s.Publisher.Publish(context.WithoutCancel(ctx), tx.events...)
	}
	return nil
}

// writeLog numbers and stores the recorded events, after everybody who registered with BeforeCommit could add to them.
// Topics are locked in the order of their ids, so that two transactions never wait for each other in a circle.
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

	if len(tx.events) >= manyEvents {
		return tx.logTogether(ctx, tx.events)
	}
	for i := range tx.events {
		if err := tx.logEvent(ctx, &tx.events[i]); err != nil {
			return fmt.Errorf("log %s: %w", tx.events[i].Type, err)
		}
	}
	return nil
}

// QueryRow reads the first row of a query into dest. It returns sql.ErrNoRows when there is none.
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
