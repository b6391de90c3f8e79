package server_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/limit"
	"ensemble/server"
)

// Of the connections that an address opens after its requests are used up, the first are told why they are refused, and
// the rest are closed. One that was open before is answered, and closed after too many refusals.
func TestConnectionsOfTheRefused(t *testing.T) {
	s := serve(t, func(api *server.Server) { api.Limits = hourly(map[string]int{limit.AddressRequests: 1}) })
	h := httptest.NewUnstartedServer(nil)
	h.Config, h.Listener = s.api.HTTP(""), s.api.Door(h.Listener)
	h.Start()
	t.Cleanup(h.Close)

	open := func() net.Conn {
		c := testsite.Got((&net.Dialer{}).DialContext(t.Context(), "tcp", h.Listener.Addr().String()))(t)
		t.Cleanup(func() { _ = c.Close() })
		testsite.Must(t, c.SetDeadline(time.Now().Add(time.Minute)))
		return c
	}
	status := func(c net.Conn) int {
		t.Helper()
		if _, err := io.WriteString(c, "GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return 0
		}
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return 0
		}
		_ = response.Body.Close()
		return response.StatusCode
	}

	early := open()
	if got := status(early); got != http.StatusOK {
		t.Fatalf("the first request: %d", got)
	}

	refused, unheard := 0, 0
	for unheard == 0 && refused < 100_000 { // a new second may begin at any time
		c := open()
		got := status(c)
		_ = c.Close()
		switch got {
		case http.StatusTooManyRequests:
			refused++
		case 0:
			unheard++
		default:
			t.Fatalf("after %d refusals: %d", refused, got)
		}
	}
	if refused < 50 || unheard == 0 {
		t.Errorf("%d were told why, %d were not heard", refused, unheard)
	}
	for n := 0; ; n++ {
		got := status(early)
		if got == 0 && n > 0 {
			break
		}
		if got != http.StatusTooManyRequests || n > 100_000 {
			t.Fatalf("on the connection from before, after %d refusals: %d", n, got)
		}
	}
}
