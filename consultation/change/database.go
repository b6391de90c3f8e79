package change

import (
	"context"
	"time"

	"entgo.io/ent/dialect"

	"ensemble/live"
)

// Publisher tells this process and others about committed events; it never fails a mutation.
type Publisher interface {
	Publish(ctx context.Context, events ...live.Event)
}

// Moment is the present as both databases keep it.
func (s *DB) Moment() time.Time { return Stored(s.Now()) }

// Stored is a moment in the form that both databases keep: UTC, in whole microseconds.
func Stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func (s *DB) OnPostgres() bool { return s.Dialect == dialect.Postgres }

// nowhere is the Publisher of programs that nobody watches: demo data, the command line.
type nowhere struct{}

func (nowhere) Publish(context.Context, ...live.Event) {}

// Ping asks the database for an answer.
func (s *DB) Ping(ctx context.Context) error {
	rows, err := s.Read.QueryContext(ctx, "SELECT 1")
	if err != nil {
		return err
	}
	return rows.Close()
}
