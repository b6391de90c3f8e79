package server_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"ensemble/internal/testenv"
	"ensemble/internal/testsite"
	"ensemble/live"
	"ensemble/server"
	"ensemble/server/wsframe"
)

// followPacked opens a socket that compresses or not, as it is asked, and subscribes with this query.
func followPacked(t *testing.T, s *testsite.Site, compress bool, query string) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{EnableCompression: compress, Subprotocols: []string{transportWS}}
	conn, response, err := d.Dial(strings.Replace(s.URL, "http", "ws", 1)+"/graphql", http.Header{})
	testsite.Must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	testsite.Must(t, conn.SetReadDeadline(time.Now().Add(testsite.Patient)))
	if agreed := response.Header.Get("Sec-Websocket-Extensions") != ""; agreed != compress {
		t.Fatalf("compression is agreed: %t, want %t", agreed, compress)
	}

	testsite.Must(t, conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_init"}`)))
	_, _, err = conn.ReadMessage()
	testsite.Must(t, err)

	testsite.Must(t, conn.WriteJSON(map[string]any{
		"id": "é", "type": "subscribe", "payload": map[string]any{"query": query},
	}))
	return conn
}

// Sockets that compress and one that does not follow the same events. All read the same, what clients compress is
// understood, and each event is compressed once for all of them.
func TestCompression(t *testing.T) {
	var packed atomic.Int64
	pack := live.PackWith(func(payload []byte) []byte {
		packed.Add(1)
		return wsframe.Deflate(payload)
	})
	plain := testsite.With(t, testenv.SQLite(t), live.NewMemoryBroker(), pack)
	s, _ := beside(t, plain, server.SocketSettings{Compress: true})
	w := testsite.NewWorld(t, plain)
	c := w.Commitment(t, "Un", "Texte.")

	var sockets []*websocket.Conn
	for _, compress := range []bool{true, true, false} {
		query := `subscription { commentEvents(subject: "` + c.ID + `") { __typename id cursor ` +
			`... on CommentPosted { comment { body } } } }` +
			strings.Repeat(" ", len(sockets)*7_000) // a long message is the same question
		sockets = append(sockets, followPacked(t, s, compress, query))
	}

	testsite.Eventually(t, "all watch", func() bool { return s.Hub.Subscriptions() == len(sockets) })

	bodies := []string{"Oui.", strings.Repeat("Bonjour à toutes et à tous. ", 30), "Non."}
	for _, body := range bodies {
		w.Comment(t, w.Bob, c.ID, body)

		var first string
		for i, conn := range sockets {
			_, raw, err := conn.ReadMessage()
			testsite.Must(t, err)
			var m struct {
				ID      string
				Payload json.RawMessage
			}
			testsite.Must(t, json.Unmarshal(raw, &m))
			if i == 0 {
				first = string(m.Payload)
			}
			if m.ID != "é" || string(m.Payload) != first || !strings.Contains(first, strings.TrimSpace(body)) {
				t.Errorf("socket %d reads %s %s", i, m.ID, m.Payload)
			}
		}
	}

	if n := packed.Load(); n != int64(len(bodies)) {
		t.Errorf("%d events were compressed %d times", len(bodies), n)
	}
}

// packing serves a site whose sockets compress, and returns the header of a handshake that asks for it.
func packing(t testing.TB) (s *testsite.Site, header string) {
	t.Helper()
	s, _ = beside(t, onSQLite(t), server.SocketSettings{Compress: true, Messages: 1000})
	return s, "Sec-WebSocket-Extensions: permessage-deflate"
}

// deflated returns a message as a client compresses it. Source: RFC 7692 §7.2.1.
func deflated(message string) []byte {
	return bytes.TrimSuffix(wsframe.Deflate([]byte(message)), []byte("\x00\x00\xff\xff"))
}

// Families 12 and 13 of Autobahn: messages that are compressed, whole and in fragments, and frames that are not
// compressed as agreed.
func TestFramingPacked(t *testing.T) {
	s, header := packing(t)
	k := dialRaw(t, s, transportWS, header)
	k.say(t, start)
	k.wantMessage(t, `{"type":"connection_ack"}`)

	for _, n := range []int{50, 125, 126, 1 << 12, 1 << 16, 1 << 20} {
		message, answer := ofSize(n)
		small := deflated(message)
		k.write(frameOf(fin|rsv1|textData, small))
		k.wantEchoOf(t, answer)

		k.write(append(frameOf(rsv1|textData, small[:7]), frameOf(fin|pinging, []byte("within"))...))
		k.wantFrame(t, ponging, "within")
		k.write(frameOf(fin|more, small[7:]))
		k.wantEchoOf(t, answer)

		k.say(t, message) // as it is
		k.wantEchoOf(t, answer)
	}

	// A message of which not all is compressed: first comes a block that is stored as it is.
	stored := append([]byte{0, 2, 0, 0xfd, 0xff, '{', '"'}, deflated(`type":"pong"}`)...)
	k.write(frameOf(fin|rsv1|textData, stored))
	k.wantEcho(t)

	large, _ := ofSize(1<<20 + 1)
	message, _ := echoed("x")

	for name, c := range map[string]struct {
		sent []byte
		code int
	}{
		"more than a message may have":  {frameOf(fin|rsv1|textData, deflated(large)), 1009},
		"a hundred times what was sent": {frameOf(fin|rsv1|textData, deflated(strings.Repeat(" ", 1<<19))), 1009},
		"much more":                     {frameOf(fin|rsv1|textData, deflated(strings.Repeat(" ", 1<<28))), 1009},
		"nothing that was compressed":   {frameOf(fin|rsv1|textData, []byte(message)), 1007},
		"a block of no kind":            {frameOf(fin|rsv1|textData, []byte{0x06}), 1007},
		"no UTF-8":                      {frameOf(fin|rsv1|textData, deflated("{\"type\":\"\xff\"}")), 1007},
		"nothing":                       {frameOf(fin|rsv1|textData, deflated("")), 4400},
		"not even a block":              {frameOf(fin|rsv1|textData, nil), 1007},
		"binary":                        {frameOf(fin|rsv1|binaryData, deflated(message)), 4400},
		"a ping":                        {frameOf(fin|rsv1|pinging, nil), 1002},
		"a later fragment": {append(frameOf(rsv1|textData, deflated(message)),
			frameOf(fin|rsv1|more, nil)...), 1002},
		"with another bit": {frameOf(fin|rsv1|rsv2|textData, deflated(message)), 1002},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := dialRaw(t, s, transportWS, header)
			k.write(c.sent)
			k.wantClose(t, c.code)
		})
	}
}
