package server

import (
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// Close codes. Source: the protocol, and RFC 6455 for those below 4000. Stock clients come back after 4408, 4403 and
// codes that they do not know; never after 4400, 4401, 4409 and 4429.
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

// clip shortens s to at most n bytes, for close reasons.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// tryLater closes the connection because something could not be looked up. Clients come back after that, as they never
// would after an error in answer to a subscription.
func (c *connection) tryLater() { c.close(websocket.CloseTryAgainLater, "Try again later") }
