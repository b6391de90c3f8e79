package stock

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/gorilla/websocket"
)

const (
	handshakeTime = 5 * time.Second
	writeTime     = 10 * time.Minute // a client is never dropped for the server's own slowness
)

// overSocket is gqlgen's transport over gorilla/websocket, which is a little faster than the library it brings.
type overSocket struct{ transport.Websocket }

// Do implements graphql.Transport. It returns when the socket is closed.
func (t overSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	t.Implementation = gorilla{}
	t.Websocket.Do(w, r, exec)
}

type gorilla struct{}

// Accept implements transport.WebsocketImplementation.
func (gorilla) Accept(
	w http.ResponseWriter, r *http.Request, o transport.WebsocketAcceptOptions,
) (transport.WebsocketConn, error) {
	upgrader := websocket.Upgrader{HandshakeTimeout: handshakeTime, Subprotocols: []string{"graphql-transport-ws"}}
	conn, err := upgrader.Upgrade(w, r, o.ResponseHeader)
	if err != nil {
		return nil, err
	}
	return socket{conn}, nil
}

type socket struct{ *websocket.Conn }

func (s socket) NextReader() (int, io.Reader, error) {
	kind, reader, err := s.Conn.NextReader()
	if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway,
		websocket.CloseNoStatusReceived) {
		err = errors.Join(transport.ErrWebsocketClosed, err)
	}
	return kind, reader, err
}

func (s socket) WriteJSON(v any) error {
	if err := s.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	return s.Conn.WriteJSON(v)
}

func (s socket) WriteClose(code int, message string) error {
	return s.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, message),
		time.Now().Add(time.Second))
}
