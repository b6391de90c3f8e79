// Package change is the one way in which anything changes: a short transaction whose last statements write the event
// log. It also has what belongs to that: retries, the audit, jobs, and how long the log keeps events. It knows people,
// and no noun of what they consult on: the parts register what they do before a commit, with the events of a
// transaction, and when time passes.
package change

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"ensemble/ent"
	"ensemble/live"
)

// Publisher hands committed events to those who listen, in this process and in others.
type Publisher interface {
	// Publish returns no error: a change is not undone because nobody could hear of it.
	Publish(ctx context.Context, events ...live.Event)
}

// DB is one database and what every change needs. Its methods are safe for concurrent use; its fields are set before
// anything is served.
type DB struct {
	Dialect   string      // dialect.SQLite or dialect.Postgres
	Read      *ent.Client // for everything outside a transaction
	Write     *ent.Client // only used by In; on SQLite its one connection has the write lock
	Publisher Publisher
	Now       func() time.Time
	NewID     func(kind string) string
	NewNonce  func() uint64
	Logger    *slog.Logger

	// Scrub takes out of the database's files what was deleted; nil where nobody gave the store to do so.
	Scrub func(ctx context.Context) error

	Jobs       *Jobs     // what Jobs.Run does; the parts add theirs before it begins
	Limits     Limits    // on how often strangers may try something; nil: none
	KeepEvents Retention // how long the log keeps events
	Keeping    Keeping   // how long other things of people stay

	commits   []func(ctx context.Context, tx *Tx) error                      // see BeforeCommit
	logs      []func(ctx context.Context, tx *Tx, events []live.Event) error // see WithEvents
	lockOrder []string                                                       // see LocksInOrder
}

// NewDB makes a DB over the pools of one database, of the dialect with that name: dialect.SQLite or dialect.Postgres.
// It publishes nothing until Publisher is set.
func NewDB(name string, read, write *sql.DB, logger *slog.Logger) *DB {
	s := &DB{
		Dialect:   name,
		Read:      ent.NewClient(ent.Driver(guarded{entsql.OpenDB(name, read)})),
		Write:     ent.NewClient(ent.Driver(entsql.OpenDB(name, write))),
		Publisher: nowhere{},
		Now:       time.Now,
		NewID:     NewID,
		NewNonce:  newNonce,
		Logger:    logger,
		Keeping:   DefaultKeeping,
	}

	// The jobs read the clock and the logger when they run: both can be set after NewDB.
	s.Jobs = &Jobs{now: func() time.Time { return s.Now() }, logger: func() *slog.Logger { return s.Logger }}
	s.Jobs.Add("forget keys of retries", PruneEvery, s.forgetKeys)
	s.Jobs.Add(forgetEvents, PruneEvery, s.forgetEvents)
	return s
}

// Moment returns the present in the precision of both databases: UTC, in whole microseconds.
func (s *DB) Moment() time.Time { return Stored(s.Now()) }

// Stored returns a moment in the precision of both databases: UTC, in whole microseconds.
func Stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// OnPostgres reports whether the database is PostgreSQL; else it is SQLite.
func (s *DB) OnPostgres() bool { return s.Dialect == dialect.Postgres }

// nowhere is the Publisher of programs that nobody watches: demo data, the command line.
type nowhere struct{}

func (nowhere) Publish(context.Context, ...live.Event) {}

// Ping asks the database for an answer, and returns an error when none comes.
func (s *DB) Ping(ctx context.Context) error {
	rows, err := s.Read.QueryContext(ctx, "SELECT 1")
	if err != nil {
		return err
	}
	return rows.Close()
}

// NewID makes the id of a new node of that kind.
func (tx *Tx) NewID(kind string) string { return tx.db.NewID(kind) }

// Moment returns the present in the precision of both databases: UTC, in whole microseconds.
func (tx *Tx) Moment() time.Time { return tx.db.Moment() }

// OnPostgres reports whether the database is PostgreSQL, where rows have to be locked: on SQLite a transaction is
// alone.
func (tx *Tx) OnPostgres() bool { return tx.db.OnPostgres() }
