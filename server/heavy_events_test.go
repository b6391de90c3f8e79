package server_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"ensemble/fair"
	"ensemble/heavy"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// holdTurns takes all turns of heavy work, and has as much wait for the caller as may wait for one.
func holdTurns(t *testing.T, caller string) (release func()) {
	t.Helper()
	over, begun, busy := make(chan struct{}), make(chan struct{}), make(chan struct{}, 1)
	work := heavy.New[string](0)
	var all sync.WaitGroup
	take := func(caller, address string, key int, compute func()) {
		all.Go(func() {
			ctx := fair.As(t.Context(), caller, address)
			_, err := work.InTurn(ctx, fmt.Sprint(key), func(context.Context) (string, int, error) {
				compute()
				return "", 0, nil
			})
			if errors.Is(err, fair.ErrBusy) {
				busy <- struct{}{}
			}
		})
	}

	turns := max(2, runtime.GOMAXPROCS(0))
	for n := range turns {
		take("", fmt.Sprint("holder ", n), n, func() { begun <- struct{}{}; <-over })
	}
	for range turns {
		<-begun
	}

	for n := range 1_001 { // one more than may wait
		take(caller, "live", n, func() {})
	}
	<-busy
	return sync.OnceFunc(func() { close(over); all.Wait() })
}

// An event whose answer has a long text, for which there is no turn, is not sent without it: it is tried again.
func TestEventsAwaitTurns(t *testing.T) {
	s, open := askers(t, server.SocketSettings{})
	long := s.Commitment(t, "Un long texte", rand.Text()+strings.Repeat(" Un *long* texte, que personne n'a lu.", 200))
	k := open(nil)
	k.Subscribe(t, "1", `subscription($id: ID!) { commentEvents(subject: $id) { ... on CommentPosted { comment {
		subject { ... on Commitment { bodyHtml } } } } } }`, map[string]any{"id": long.ID})
	watchedBy(t, s.Site, 1, 1)

	release := holdTurns(t, long.ID)
	defer release()
	s.Comment(t, s.Bob, long.ID, "Un.")
	testsite.Eventually(t, "there is no turn", func() bool { return s.api.Metrics.Refused("turns") > 0 })
	release()

	answer := string(k.Expect(t, "next").Payload)
	if !strings.Contains(answer, "em\\u003elong") && !strings.Contains(answer, "<em>long</em>") ||
		strings.Contains(answer, "errors") {
		t.Errorf("%.300s", answer)
	}
}
