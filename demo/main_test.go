package demo

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"ensemble/consultation"
	"ensemble/internal/testenv"
	"ensemble/site"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// now is the time at which the tests tell the sample.
var now = time.Date(2026, 3, 20, 9, 30, 0, 0, time.UTC)

// serve returns a service on the database at url, which it brings to the newest schema, with the official territories.
func serve(t testing.TB, url string) *consultation.Service {
	t.Helper()
	s, store, err := site.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	s.Now = testenv.NewClock(now).Now
	return s
}

// filled returns a service on a database that Fill has filled.
func filled(t testing.TB, url string, scale int) *consultation.Service {
	t.Helper()
	s := serve(t, url)
	if err := Fill(t.Context(), s, scale, io.Discard); err != nil {
		t.Fatal(err)
	}
	return s
}

// one returns the result of a query that must succeed: one[T](t)(query()).
func one[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
