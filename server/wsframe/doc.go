// Package wsframe writes the frames of a WebSocket server and reads those of its clients (RFC 6455), with messages that
// may be compressed (RFC 7692). It works on bytes that somebody else has read or is going to send: it shakes no hands,
// keeps no connection, starts no goroutine, and knows nothing of what messages say.
//
// Frames are read here and not by gorilla/websocket, which shakes hands for us: a reader that waits for the next frame
// keeps a buffer and a goroutine for each idle socket, and gorilla's cannot be asked whether it is between two
// messages.
package wsframe
