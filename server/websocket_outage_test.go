package server_test

import (
	"testing"

	"github.com/gorilla/websocket"

	"ensemble/internal/testsite"
)

// While the database cannot say who somebody is or what they may watch, their socket is closed with a code after which
// clients come back. An error in answer to the subscription, or 4403, would have them give up.
func TestSocketWithoutDatabase(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	c := w.Commitment(t, "Un", "Texte.")

	anonymous, signedIn := greeted(t, s), dialRaw(t, s, transportWS)
	testsite.Must(t, s.Store.Close())

	anonymous.say(t, subscription("1", testsite.CommitmentEvents, c.ID))
	anonymous.wantClose(t, websocket.CloseTryAgainLater)
	signedIn.say(t, `{"type":"connection_init","payload":{"Authorization":"Bearer `+w.Alice.Token+`"}}`)
	signedIn.wantClose(t, websocket.CloseTryAgainLater)
}
