package server

import (
	"net"
	"testing"
	"testing/synctest"
)

// slowToClose is a connection that says goodbye before it closes, and waits until it can, as one of TLS does.
type slowToClose struct {
	net.Conn
	room chan struct{}
}

// Close waits until there is room for a goodbye.
func (c slowToClose) Close() error {
	<-c.room
	return nil
}

// A socket is closed whose client does not even take a goodbye: nobody waits for that client.
func TestSocketClosesWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := false
		k := &socket{gone: func() { gone = true }, backlog: &backlog{}}
		conn := slowToClose{room: make(chan struct{})}

		k.adopt(conn)
		if err := k.Close(); err != nil || !k.IsClosed() {
			t.Errorf("it is not closed: %v", err)
		}

		close(conn.room)
		synctest.Wait()
		if !gone {
			t.Error("nobody was told")
		}
	})
}
