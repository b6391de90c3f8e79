package migrations_test

import (
	"testing"

	"ensemble/database"
	"ensemble/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// open opens the database at url until t ends.
func open(t *testing.T, url string) *database.Store {
	t.Helper()
	s, err := database.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
