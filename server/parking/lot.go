// Package parking waits for the clients of idle sockets, without a goroutine, a stack and a buffer for each socket: a
// site has ten thousand of them, and hears of a few at a time. When there is something to read, it has the socket read
// it. It reads and writes nothing itself, closes nothing, and knows nothing of what is said.
package parking

import "syscall"

// Lot has the sockets that wait for their clients. When one can be read, its Receive runs in a goroutine; if that
// returns true, the socket is parked again. One goroutine at a time reads a socket. A Lot is safe for concurrent use.
type Lot interface {
	// Park begins to wait for s, and returns at once. If s is closed already, it calls End of s.
	Park(s Socket)

	// Forget is called when s is closed, parked or not: the Lot drops all that it has of s.
	Forget(s Socket)

	// Close ends all waiting. It calls nothing of the sockets that are parked.
	Close()
}

// Socket is what waits for its client.
type Socket interface {
	// Receive reads what the client has said, and reports whether more may come. When nothing has come after all, it
	// waits.
	Receive() bool

	// End is called when the socket turns out to be closed as it is parked. It may be called more than once.
	End()

	// IsClosed reports whether the socket is closed.
	IsClosed() bool

	// Space returns what the Lot notes in the socket, the same each time.
	Space() *Space
}

// Space is what a Lot notes in a socket.
type Space struct {
	// Raw gives access to the descriptor to wait for. It is nil where there is none, as under TLS: a goroutine waits
	// then.
	Raw syscall.RawConn

	fd int32 // the descriptor, guarded by the Lot
}

// Goroutines is a Lot with a goroutine for each socket, for where there is nothing better.
type Goroutines struct{}

// Park implements Lot.
func (Goroutines) Park(s Socket) {
	go func() {
		for s.Receive() { // it waits for the next message
		}
	}()
}

// Forget implements Lot: the goroutine ends with the socket.
func (Goroutines) Forget(Socket) {}

// Close implements Lot.
func (Goroutines) Close() {}
