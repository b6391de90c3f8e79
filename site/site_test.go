package site_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"ensemble/internal/testenv"
	"ensemble/live"
	"ensemble/site"
)

func TestMain(m *testing.M) { testenv.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

// A database that is opened a second time is as it was, and has each territory once.
func TestOpenTwice(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		var counts [2]int
		for i := range counts {
			service, store, err := site.Open(t.Context(), url, quiet)
			if err != nil {
				t.Fatal(err)
			}
			counts[i] = service.Read.Territory.Query().CountX(t.Context())
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
		}

		if counts[0] == 0 || counts[0] != counts[1] {
			t.Errorf("there are %v territories", counts)
		}
	})
}

// The jobs run while requests are served and end after that. Run returns the error of the server.
func TestRun(t *testing.T) {
	service, store, err := site.Open(t.Context(), testenv.SQLite(t), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })

	worked := make(chan struct{}, 1)
	service.Jobs.Add("work", time.Hour, func(context.Context) error { worked <- struct{}{}; return nil })
	process, failed := site.New(service, live.NewMemoryBroker()), errors.New("the address is taken")

	err = process.Run(t.Context(), func(context.Context) error {
		<-worked
		return failed
	})
	if !errors.Is(err, failed) {
		t.Errorf("Run returned %v", err)
	}
	question := live.Question{Topic: live.SiteTopic}
	err = process.Hub.Join(t.Context(), question, "", &live.Subscription{}, sleeper{})
	if !errors.Is(err, live.ErrStopped) {
		t.Errorf("after Run the hub says %v", err)
	}
}

// sleeper is a sink that does nothing.
type sleeper struct{}

func (sleeper) Wake()     {}
func (sleeper) End(error) {}
