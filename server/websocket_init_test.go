package server_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"ensemble/internal/testsite"
)

// A socket whose first message makes no sense is closed with a code.
func TestSocketMalformedInit(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		address := strings.Replace(s.URL, "http", "ws", 1) + "/graphql"
		protocol := http.Header{"Sec-Websocket-Protocol": {"graphql-transport-ws"}}

		for _, first := range []string{
			`{"type":"connection_init","payload":"x"}`, `{"type":"connection_init","payload":[]}`,
			`{"type":"next","id":"1"}`, `{`, `[]`,
		} {
			conn, response, err := websocket.DefaultDialer.Dial(address, protocol)
			testsite.Must(t, err)
			_ = response.Body.Close()

			testsite.Must(t, conn.WriteMessage(websocket.TextMessage, []byte(first)))
			testsite.Must(t, conn.SetReadDeadline(time.Now().Add(testsite.Patient)))

			for err == nil {
				_, _, err = conn.ReadMessage()
			}

			var end *websocket.CloseError
			if !errors.As(err, &end) {
				t.Errorf("after %s: %v", first, err)
			}
			_ = conn.Close()
		}
	})
}

// The socket of somebody whose token cannot be one is closed with the code after which clients do not simply try again.
func TestSocketBadToken(t *testing.T) {
	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		for _, token := range []string{"wrong", w.Alice.Token[1:], w.Alice.Token + "x"} {
			k, err := testsite.TryDial(s, token)
			testsite.Must(t, err)
			if code := k.CloseCode(t); code != 4403 {
				t.Errorf("closed with %d", code)
			}
		}
	})
}
