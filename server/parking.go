package server

// parking waits for sockets that have nothing to say. When one can be read, its receive runs in a goroutine; as long as
// that reports true, the socket is parked again.
type parking interface {
	park(c parked)
	forget(c parked) // it is closed
	close()
}

// parked is what waits for its client.
type parked interface {
	receive() bool // waits for the client, if need be, and reports whether more may come
	end()
	base() *socket
}

// inGoroutines keeps one goroutine for each socket: where there is nothing better.
type inGoroutines struct{}

func (inGoroutines) park(c parked) {
	go func() {
		for c.receive() { // it waits for the next message
		}
	}()
}

func (inGoroutines) forget(parked) {}

func (inGoroutines) close() {}
