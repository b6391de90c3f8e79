package demo

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/database"
	"ensemble/internal/testenv"
	"ensemble/migrations"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// now is when the tests tell the sample.
var now = time.Date(2026, 3, 20, 9, 30, 0, 0, time.UTC)

// serve is a service on the database at url, brought to the newest schema, with the official territories.
func serve(t testing.TB, url string) *consultation.Service {
	t.Helper()
	store, err := database.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := database.Migrate(t.Context(), store, migrations.Files); err != nil {
		t.Fatal(err)
	}
	s := consultation.New(store.Dialect, store.Read, store.Write, slog.New(slog.DiscardHandler))
	s.Now = testenv.NewClock(now).Now
	if err := s.LoadTerritories(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// filled is a service on a database that Fill filled.
func filled(t testing.TB, url string, scale int) *consultation.Service {
	t.Helper()
	s := serve(t, url)
	if err := Fill(t.Context(), s, scale, io.Discard); err != nil {
		t.Fatal(err)
	}
	return s
}

// one is the result of a query that must succeed.
func one[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
