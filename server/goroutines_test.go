package server_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"ensemble/internal/testsite"
)

// Clients come and go, politely and not: no goroutine is left behind.
func TestGoroutinesEnd(t *testing.T) {
	asked := []string{testsite.CommitmentEvents, testsite.CommentEvents, testsite.AmendmentEvents}

	testsite.Each(t, func(t *testing.T, s *testsite.Site) {
		w := testsite.NewWorld(t, s)
		c := w.Commitment(t, "Un", "Texte.")

		var sockets []*testsite.Socket
		for i := range 24 {
			k := testsite.Watch(t, s, asked[i%3], c.ID, testsite.StreamCursor(t, s, c.ID))
			k.Subscribe(t, "2", testsite.ProcessEvents, map[string]any{"id": w.Process.ID})
			sockets = append(sockets, k)
		}

		w.Comment(t, w.Bob, c.ID, "Oui.")
		for i, k := range sockets {
			if i%3 != 2 {
				k.Event(t)
			}
		}
		testsite.Eventually(t, "sockets on which nothing happens have no goroutine",
			func() bool { return serving() == 0 })

		for i, k := range sockets {
			switch i % 4 {
			case 0:
				k.Kill()
			case 1:
				testsite.Must(t, k.Send(testsite.Frame{ID: "1", Type: "complete"}))
				fallthrough
			case 2:
				goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
				testsite.Must(t, k.Conn.WriteMessage(websocket.CloseMessage, goodbye))
			default:
				_ = k.Conn.Close()
			}
		}

		testsite.Eventually(t, "those who left are forgotten", func() bool { return s.Hub.Subscriptions() == 0 })
		testsite.Eventually(t, "nothing is done for them", func() bool { return serving() == 0 })
	})
}

// serving returns how many goroutines of this process serve sockets or subscribers.
func serving() int {
	working := []string{
		"ensemble/live.(*group)", "ensemble/server.(*socket)", "ensemble/server.(*webSocket)",
		"ensemble/server.(*eventStream)", "ensemble/server.(*operation)",
	}

	stacks := make([]byte, 8<<20)
	n := 0
	for _, stack := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		for _, frame := range working {
			if strings.Contains(stack, frame) {
				n++
				break
			}
		}
	}
	return n
}
