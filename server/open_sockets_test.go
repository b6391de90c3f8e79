package server_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"ensemble/internal/testsite"
	"ensemble/server"
)

// Many sockets are asked for at the same moment. No more are opened than an address may have, and a place that was not
// used is free again.
func TestSocketsPerAddressAtOnce(t *testing.T) {
	s := onSQLite(t)
	const most = 5
	own, api := beside(t, s, server.SocketSettings{PerAddress: most})

	for range 10 {
		var opened, refused atomic.Int64
		var all sync.WaitGroup
		start, sockets := make(chan struct{}), make(chan *rawSocket, 30)

		for i := range cap(sockets) {
			all.Go(func() {
				<-start
				if i%3 == 0 { // no handshake that could succeed
					k := send(t, own, "GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
					_, _ = http.ReadResponse(k.in, nil)
					_ = k.conn.Close()
					return
				}

				k, response := shakeHands(t, own, transportWS)
				sockets <- k
				switch response.StatusCode {
				case http.StatusSwitchingProtocols:
					opened.Add(1)
				case http.StatusTooManyRequests:
					refused.Add(1)
				default:
					t.Errorf("%s", response.Status)
				}
			})
		}

		close(start)
		all.Wait()
		close(sockets)

		if n := opened.Load(); n > most || n+refused.Load() != 20 {
			t.Fatalf("%d are opened, %d refused", n, refused.Load())
		}

		testsite.Eventually(t, "all are counted", func() bool { return opened.Load() == api.Metrics.Sockets.Load() })
		for k := range sockets {
			_ = k.conn.Close()
		}
		testsite.Eventually(t, "all are gone", func() bool { return api.Metrics.Sockets.Load() == 0 })
	}

	var last []*rawSocket
	for range most {
		last = append(last, dialRaw(t, own, transportWS))
	}
	if _, response := shakeHands(t, own, transportWS); response.StatusCode != http.StatusTooManyRequests {
		t.Errorf("beside %d others: %s", len(last), response.Status)
	}
}

// Sockets are opened while the server begins to stop. Each is refused, or closed with the code of a restart.
func TestSocketsWhileDraining(t *testing.T) {
	s := onSQLite(t)
	for range 10 {
		own, api := beside(t, s, server.SocketSettings{})
		var opened atomic.Int64
		var all sync.WaitGroup

		for range 8 {
			all.Go(func() {
				for {
					k, response := shakeHands(t, own, transportWS)
					if response.StatusCode == http.StatusServiceUnavailable {
						return
					}
					opened.Add(1)
					all.Go(func() { k.wantClose(t, websocket.CloseServiceRestart) })
				}
			})
		}

		testsite.Eventually(t, "some are open", func() bool { return opened.Load() > 20 })
		api.Drain(t.Context(), 0)
		all.Wait()
		testsite.Eventually(t, "none is left", func() bool { return api.Metrics.Sockets.Load() == 0 })
	}
}
