package server

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"ensemble/server/parking"
)

// A client that goes on sending gives more and more reasons to close its socket. The socket ends once, a moment after
// the first.
func TestSocketEndsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ends ended
		c := &webSocket{}
		c.server, c.gone = &Server{parking: &ends}, func() {}
		c.sending, c.backlog = true, &backlog{most: writeSize} // to nobody

		for range 5 {
			c.close(closeTooManyMessages, "Too many messages")
		}
		c.close(websocket.CloseServiceRestart, "The server restarts")

		<-time.After(2 * closingTime)
		synctest.Wait()

		if n := ends.Load(); n != 1 {
			t.Errorf("it ended %d times", n)
		}
	})
}

// ended counts the sockets that are no longer parked.
type ended struct {
	parking.Goroutines
	atomic.Int64
}

// Forget implements parking.Lot.
func (e *ended) Forget(parking.Socket) { e.Add(1) }
