package change

import (
	"context"
	"time"

	"entgo.io/ent/dialect"

	"ensemble/live"
)

// Publisher hands committed events to those who listen, in this process and in others.
type Publisher interface {
	// Publish returns no error: a change is not undone because nobody could hear of it.
	Publish(ctx context.Context, events ...live.Event)
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
