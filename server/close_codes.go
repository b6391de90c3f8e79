package server

import (
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// The close codes of graphql-transport-ws, and 4508, which is ours; those below 4000, of RFC 6455, are in package
// gorilla/websocket. Most are chosen in client_messages.go, the others in websocket.go (subprotocol, number of
// messages, panics), connection.go and follow_viewer.go (the end of a session, panics), open_sockets.go (restart) and
// tryLater below. graphql-ws comes back after 1012, 1013, 4403, 4408 and 4508; never after 1011, 4400, 4401, 4406, 4409
// and 4429. docs/live.md lists all.
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

// tryLater closes the connection because something could not be looked up. Clients come back after this code; after an
// error that answers a subscription they would not.
func (c *connection) tryLater() { c.close(websocket.CloseTryAgainLater, "Try again later") }
