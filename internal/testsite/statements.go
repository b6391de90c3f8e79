package testsite

import (
	"context"
	"database/sql"
	"sync"

	entsql "entgo.io/ent/dialect/sql"

	"ensemble/ent"
)

// Statements is a driver that remembers the statements that are read through it. It is safe for concurrent use.
type Statements struct {
	*entsql.Driver
	mu  sync.Mutex
	all []string
}

// Query remembers a statement and executes it.
func (s *Statements) Query(ctx context.Context, query string, args, v any) error {
	s.note(query)
	return s.Driver.Query(ctx, query, args, v)
}

// QueryContext remembers a statement and executes it.
func (s *Statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s.note(query)
	return s.Driver.QueryContext(ctx, query, args...)
}

// note remembers a statement.
func (s *Statements) note(query string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, query)
}

// Take returns the statements since it was called last.
func (s *Statements) Take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}

// CountStatements makes a site read through a driver that remembers, and returns the driver.
func CountStatements(s *Logged) *Statements {
	c := &Statements{Driver: entsql.OpenDB(s.Store.Dialect, s.Store.Read)}
	s.Read = ent.NewClient(ent.Driver(c))
	return c
}
