package change

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"ensemble/ent/user"
)

// LocksInOrder names the tables whose rows transactions lock, in the order in which every transaction locks them, so
// that no two transactions wait for each other in a circle. consultation/service.go calls it once, before anything is
// served, and has the list. Idempotency keys come before all of them and topics after, as Once and In see to.
//
// What a statement locks by itself (an UPDATE or DELETE its rows, an INSERT those that it refers to) is not looked at:
// change rows that others change, too, only under a lock that is asked for.
func (s *DB) LocksInOrder(tables ...string) { s.lockOrder = tables }

// Locked is a condition on a query in the transaction. It matches all rows, and those that the query returns are locked
// until the transaction ends: others who lock, change or delete them, or write a row that refers to them, wait. A query
// for several rows of one table sorts them as everybody sorts them, by id where nothing is said. On SQLite nothing is
// locked: a transaction is alone there.
//
// On both databases, the transaction fails at its end when the table is not named in LocksInOrder, or comes before one
// of which it has locked rows already.
func (tx *Tx) Locked() func(*sql.Selector) { return tx.locked(sql.LockUpdate) }

// LockedButKey is Locked, except that rows that refer to the locked ones can still be written.
func (tx *Tx) LockedButKey() func(*sql.Selector) { return tx.locked(sql.LockNoKeyUpdate) }

// LockPerson locks an account that is known to exist, as LockedButKey does. Where nothing is locked, it reads nothing.
func (tx *Tx) LockPerson(ctx context.Context, id string) error {
	if !tx.db.OnPostgres() {
		tx.lockNext(user.Table)
		return nil
	}
	if _, err := tx.User.Query().Where(user.ID(id), tx.LockedButKey()).OnlyID(ctx); err != nil {
		return fmt.Errorf("lock the person: %w", err)
	}
	return nil
}

func (tx *Tx) locked(strength sql.LockStrength) func(*sql.Selector) {
	return func(s *sql.Selector) {
		tx.lockNext(s.TableName())
		if s.Dialect() == dialect.Postgres {
			s.For(strength)
		}
	}
}

// lockNext notes that the transaction locks rows of a table now, and what is wrong with that, if others could wait for
// the transaction in a circle.
func (tx *Tx) lockNext(table string) {
	order := tx.db.lockOrder
	place := slices.Index(order, table)
	switch {
	case place < 0:
		tx.lockErr = fmt.Errorf("lock %s: the table has no place in the order of locks", table)
	case place < tx.lastLock:
		tx.lockErr = fmt.Errorf("lock %s: rows of %s are locked already, which come later", table, order[tx.lastLock])
	default:
		tx.lastLock = place
	}
}
