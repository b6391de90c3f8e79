// Package wsframe writes the frames of a WebSocket server and reads those of its clients (RFC 6455), with messages that
// may be compressed (RFC 7692). It works on bytes that somebody else has read or is going to send: it makes no
// handshake, has no connection, starts no goroutine, and knows nothing of what messages say.
//
// Frames are read here and not by gorilla/websocket, which makes the handshake for us: a reader that waits for the next
// frame needs a buffer and a goroutine for each idle socket, and gorilla's reader does not say whether it is between
// two messages.
package wsframe
