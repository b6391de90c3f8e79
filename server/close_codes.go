package server

import (
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// The close codes of the protocol; those below 4000, of RFC 6455, are in package gorilla/websocket. Most are chosen in
// client_messages.go, the others in websocket.go (subprotocol, number of messages), connection.go and follow_viewer.go
// (the end of a session) and open_sockets.go (restart). The usual clients come back after 4403, 4408 and codes that
// they do not know; never after 4400, 4401, 4409 and 4429.
const (
	closeBadRequest      = 4400
	closeUnauthorized    = 4401
	closeForbidden       = 4403
	closeSubprotocol     = 4406
	closeInitTimeout     = 4408
	closeDuplicate       = 4409
	closeTooManyInits    = 4429
	closeTooManyMessages = 4508
)

// clip shortens s to at most n bytes and an ellipsis, for close reasons.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}

	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// tryLater closes the connection because something could not be looked up. Clients come back after that; they would not
// after an error in answer to a subscription.
func (c *connection) tryLater() { c.close(websocket.CloseTryAgainLater, "Try again later") }
