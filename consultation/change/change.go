// Package change is the one way in which anything changes: a short transaction whose last statements write the event log, and
// what hangs on it: retries, the audit, jobs, what the log keeps. It knows no noun: parts register what they do before a
// commit, with events, and when time passes.
package change

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"ensemble/ent"
	"ensemble/live"
)

// DB is one database and what every change needs. Its methods are safe for concurrent use; its fields are set before
// anything is served.
type DB struct {
	Dialect   string      // dialect.SQLite or dialect.Postgres
	Read      *ent.Client // for everything outside a transaction
	Write     *ent.Client // only begun by In; on SQLite its one connection holds the write lock
	Publisher Publisher
	Now       func() time.Time
	NewID     func(kind string) string
	NewNonce  func() uint64
	Logger    *slog.Logger

	Jobs       *Jobs     // what Keep does; others are added before it begins
	Limits     Limits    // on what strangers can repeat; nil: none
	KeepEvents Retention // how long the log keeps events
	Keeping    Keeping   // how long what is kept of people stays

	commits []func(ctx context.Context, tx *Tx) error                      // see BeforeCommit
	logs    []func(ctx context.Context, tx *Tx, events []live.Event) error // see WithEvents
}

// NewDB opens the pools of one database, of the dialect with that name, for the rules.
func NewDB(name string, read, write *sql.DB, logger *slog.Logger) *DB {
	s := &DB{
		Dialect:   name,
		Read:      ent.NewClient(ent.Driver(reader{entsql.OpenDB(name, read)})),
		Write:     ent.NewClient(ent.Driver(entsql.OpenDB(name, write))),
		Publisher: nowhere{},
		Now:       time.Now,
		NewID:     NewID,
		NewNonce:  newNonce,
		Logger:    logger,
		Keeping:   DefaultKeeping,
	}

	s.Jobs = &Jobs{now: func() time.Time { return s.Now() }, logger: func() *slog.Logger { return s.Logger }}
	s.Jobs.Add("forget keys of retries", PruneEvery, s.forgetKeys)
	s.Jobs.Add(forgetEvents, PruneEvery, s.forgetEvents)
	return s
}

// NewID makes the id of a new node of a kind.
func (tx *Tx) NewID(kind string) string { return tx.db.NewID(kind) }

// Moment is the present as both databases keep it.
func (tx *Tx) Moment() time.Time { return tx.db.Moment() }

// OnPostgres says whether rows have to be locked: on SQLite a transaction is alone.
func (tx *Tx) OnPostgres() bool { return tx.db.OnPostgres() }
