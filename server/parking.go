package server

// parking waits for sockets that have nothing to say. When one can be read, its receive runs in a goroutine; as long as
// that reports true, the socket is parked again.
type parking interface {
	park(c *webSocket)
	forget(c *webSocket) // it is closed
	close()
}

// inGoroutines keeps one goroutine for each socket: where there is nothing better.
type inGoroutines struct{}

func (inGoroutines) park(c *webSocket) {
	go func() {
		for c.receive() { // it waits for the next message
		}
	}()
}

func (inGoroutines) forget(*webSocket) {}

func (inGoroutines) close() {}
