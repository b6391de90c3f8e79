package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/live"
	"ensemble/server"
)

// TestCompression follows events on sockets that compress and on one that does not: all read the same, and what clients
// compress is understood.
func TestCompression(t *testing.T) {
	plain := testsite.With(t, testenv.SQLite(t), live.NewMemoryBroker(), live.PackWith(server.Deflate))
	s, _ := beside(t, plain, server.SocketSettings{Compress: true})
	w := testsite.NewWorld(t, plain)
	c := w.Commitment(t, "Un", "Texte.")
	var sockets []*websocket.Conn
	for _, compress := range []bool{true, true, false} {
		d := websocket.Dialer{EnableCompression: compress, Subprotocols: []string{transportWS}}
		conn, response, err := d.Dial(strings.Replace(s.URL, "http", "ws", 1)+"/graphql", http.Header{})
		ok(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		ok(t, conn.SetReadDeadline(time.Now().Add(patient)))
		if agreed := response.Header.Get("Sec-Websocket-Extensions") != ""; agreed != compress {
			t.Fatalf("compression is agreed: %t, want %t", agreed, compress)
		}
		ok(t, conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_init"}`)))
		_, _, err = conn.ReadMessage()
		ok(t, err)
		query := `subscription { comments(subject: "` + c.ID + `") { __typename id cursor ... on CommentPosted { comment { body } } } }` +
			strings.Repeat(" ", len(sockets)*7_000) // a long message is the same question
		ok(t, conn.WriteJSON(map[string]any{"id": "é", "type": "subscribe", "payload": map[string]any{"query": query}}))
		sockets = append(sockets, conn)
	}
	eventually(t, "all watch", func() bool { return s.Hub.Subscriptions() == len(sockets) })
	for _, body := range []string{"Oui.", strings.Repeat("Bonjour à toutes et à tous. ", 30), "Non."} {
		w.Comment(t, w.Bob, c.ID, body)
		var first string
		for i, conn := range sockets {
			_, raw, err := conn.ReadMessage()
			ok(t, err)
			var m struct {
				ID      string
				Payload json.RawMessage
			}
			ok(t, json.Unmarshal(raw, &m))
			if i == 0 {
				first = string(m.Payload)
			}
			if m.ID != "é" || string(m.Payload) != first || !strings.Contains(first, strings.TrimSpace(body)) {
				t.Errorf("socket %d reads %s %s", i, m.ID, m.Payload)
			}
		}
	}
}
