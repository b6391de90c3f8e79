package server

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/gorilla/websocket"
)

const (
	handshakeTimeout = 5 * time.Second
	socketWrite      = 10 * time.Second // for one message to a client that reads slowly
)

// gorilla lets gqlgen's WebSocket transport use gorilla/websocket, with the modern protocol only.
type gorilla struct{}

func (gorilla) Accept(w http.ResponseWriter, r *http.Request, o transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	upgrader := websocket.Upgrader{
		HandshakeTimeout: handshakeTimeout,
		Subprotocols:     []string{"graphql-transport-ws"},
		CheckOrigin:      func(*http.Request) bool { return true }, // cookies of other origins are ignored: see session.go
	}
	conn, err := upgrader.Upgrade(w, r, o.ResponseHeader)
	if err != nil {
		return nil, err
	}
	return socket{conn}, nil
}

type socket struct{ *websocket.Conn }

func (s socket) NextReader() (int, io.Reader, error) {
	kind, reader, err := s.Conn.NextReader()
	if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway, websocket.CloseNoStatusReceived) {
		err = errors.Join(transport.ErrWebsocketClosed, err)
	}
	return kind, reader, err
}

func (s socket) WriteJSON(v any) error {
	if err := s.SetWriteDeadline(time.Now().Add(socketWrite)); err != nil {
		return err
	}
	return s.Conn.WriteJSON(v)
}

func (s socket) WriteClose(code int, message string) error {
	return s.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, message), time.Now().Add(time.Second))
}
