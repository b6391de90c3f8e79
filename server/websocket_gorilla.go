package server

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/gorilla/websocket"
)

const (
	handshakeTimeout = 5 * time.Second
	socketWrite      = 10 * time.Second // for one message to a client that reads slowly
	closingTime      = time.Second      // for a client to answer that it closes, too
	closeBadRequest  = 4400
)

// overSocket is gqlgen's WebSocket transport over gorilla/websocket, with the modern protocol only. It knows which
// sockets are open.
type overSocket struct {
	transport.Websocket
	open *sockets
}

// Do implements graphql.Transport. It returns when the socket is closed.
func (t overSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	accepted := &gorilla{}
	t.Implementation = accepted
	defer func() {
		if accepted.Conn == nil {
			return
		}
		t.open.remove(accepted.Conn)
		_ = accepted.WriteClose(closeBadRequest, "Invalid message") // closed already, unless connection_init made no sense
		_ = accepted.Close()
	}()
	accepted.accepted = t.open.add
	t.Websocket.Do(w, r, exec)
}

// gorilla accepts one socket.
type gorilla struct {
	socket
	accepted func(*websocket.Conn)
}

func (g *gorilla) Accept(w http.ResponseWriter, r *http.Request, o transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	upgrader := websocket.Upgrader{
		HandshakeTimeout: handshakeTimeout,
		Subprotocols:     []string{"graphql-transport-ws"},
		CheckOrigin:      func(*http.Request) bool { return true }, // cookies of other origins are ignored: see session.go
	}
	conn, err := upgrader.Upgrade(w, r, o.ResponseHeader)
	if err != nil {
		return nil, err
	}
	g.Conn = conn
	g.accepted(conn)
	return g.socket, nil
}

// sockets are those that are open now. HTTP does not know them any more, so it does not close them when it stops.
type sockets struct {
	mu   sync.Mutex
	open map[*websocket.Conn]struct{}
}

func (s *sockets) add(conn *websocket.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[*websocket.Conn]struct{}{}
	}
	s.open[conn] = struct{}{}
}

func (s *sockets) remove(conn *websocket.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, conn)
}

// close tells all clients to come back later, which they do with their cursors, and gives them a moment to answer. No
// subscription is complete: clients would take that for its end.
func (s *sockets) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.open {
		_ = socket{conn}.WriteClose(websocket.CloseServiceRestart, "The server restarts")
		_ = conn.SetReadDeadline(time.Now().Add(closingTime))
	}
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
