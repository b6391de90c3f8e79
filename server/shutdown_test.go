package server_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// A server that stops in good order tells watchers to come back, and not that their streams are complete. Those who
// come back find all that they missed.
func TestShutdown(t *testing.T) {
	testenv.EachDialect(t, func(t *testing.T, url string) {
		s := testsite.With(t, url, live.NewMemoryBroker())
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")
		start := testsite.StreamCursor(t, s, c.ID)

		old := startServer(t, s)
		leaving := *s
		leaving.URL = old.url

		var watchers []*testsite.Socket
		for range 5 {
			watchers = append(watchers, testsite.Watch(t, &leaving, testsite.CommitmentEvents, c.ID, start))
		}

		w.Comment(t, w.Bob, c.ID, "Avant.")
		for _, k := range watchers {
			k.WantAll(t, testsite.EventsAfter(t, s, c.ID, start))
		}

		old.stop()
		for _, k := range watchers {
			for f := range k.Frames {
				t.Errorf("%s came", f.Type)
			}
			if code := k.CloseCode(t); code != websocket.CloseServiceRestart {
				t.Errorf("closed with %d", code)
			}
		}

		at := testsite.StreamCursor(t, s, c.ID)
		w.Comment(t, w.Bob, c.ID, "Pendant.")
		k := testsite.Watch(t, s, testsite.CommitmentEvents, c.ID, at)
		k.WantAll(t, testsite.EventsAfter(t, s, c.ID, at))
	})
}

// running is a server as the program runs it, with a hub of its own.
type running struct {
	url  string
	stop func() // as the program does: first HTTP, then the hub
}

// startServer runs a second process for the site until stop is called or the test ends.
func startServer(t *testing.T, s *testsite.Site) *running {
	t.Helper()
	process := s.Process(live.NewMemoryBroker(), live.ReconcileEvery(20*time.Millisecond))
	api := process.Server.HTTP("")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	testsite.Must(t, err)

	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- process.Run(ctx, func(ctx context.Context) error {
			go func() { _ = api.Serve(listener) }() // until Shutdown
			<-ctx.Done()
			process.Server.Drain(context.WithoutCancel(ctx), 0)
			return api.Shutdown(context.WithoutCancel(ctx))
		})
	}()

	stop := sync.OnceFunc(func() {
		end()
		testsite.Must(t, <-ended)
	})
	t.Cleanup(stop)
	return &running{"http://" + listener.Addr().String(), stop}
}
