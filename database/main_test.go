package database

import (
	"os"
	"testing"
	"time"

	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) {
	// A machine far from UTC, so that a test sees where its zone slips in.
	time.Local = time.FixedZone("Chatham", 12*60*60+45*60)
	if url := os.Getenv(migrateURL); url != "" {
		migrateInThisProcess(url)
		return
	}
	testenv.Main(m)
}

// open opens the database at url until the test ends.
func open(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// write runs a statement that must succeed.
func write(t *testing.T, s *Store, statement string, args ...any) {
	t.Helper()
	if _, err := s.Write.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// read returns the single value of a query.
func read[T any](t *testing.T, s *Store, query string, args ...any) T {
	t.Helper()
	var value T
	if err := s.Read.QueryRowContext(t.Context(), query, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}
