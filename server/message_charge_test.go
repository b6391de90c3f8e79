package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/limit"
	"ensemble/server"
	"ensemble/server/wsframe"
)

// saysUntil has a socket say something again and again until it is closed for that, and returns the reason and how
// often it could.
func saysUntil(t *testing.T, k *rawSocket, frame []byte, most int) (reason string, times int) {
	t.Helper()
	for times < most {
		k.write(frame)
		k.frame(fin|pinging, "")
		opcode, payload, err := k.next()
		switch {
		case err != nil:
			t.Fatal(err)
		case opcode == closing:
			return string(payload[2:]), times
		case opcode == ponging:
			times++
		}
	}
	t.Fatalf("it says it %d times", times)
	return "", 0
}

// What a socket says is paid for by its size, before it is decoded: large messages, small ones together, and frames in
// which there is nothing. The close says which limit is met, and when to come back.
func TestMessagesArePaidBySize(t *testing.T) {
	large := frameOf(fin|textData, []byte(`{"type":"pong","more":"`+strings.Repeat("x", 64<<10)+`"}`))
	small := frameOf(fin|textData, []byte(`{"type":"pong","more":"`+strings.Repeat("x", 1000)+`"}`))
	packed := packedOf(`{"type":"pong","more":"` + strings.Repeat("x", 64<<10) + `"}`)
	var empty []byte
	for range 100 {
		empty = append(empty, frameOf(more, nil)...)
	}

	for _, c := range []struct {
		name        string
		first, next []byte
		signedIn    bool
		least, most int
	}{
		{"large", nil, large, false, 4, 6}, // of some eight requests each
		{"large, of a person", nil, large, true, 4, 6},
		{"small", nil, small, false, 220, 270}, // some five are one request, with a ping each
		{"empty frames", frameOf(textData, []byte("{")), empty, false, 12, 16},
		{"compressed", nil, packed, false, 4, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := testsite.SQLite(t)
			w := testsite.NewWorld(t, s)
			budget := limit.AddressRequests
			if c.signedIn {
				budget = limit.PersonRequests
			}
			own, api := s.Beside(t, func(api *server.Server) {
				api.Limits, api.Sockets.Messages = hourly(map[string]int{budget: 46}), 1000
				api.Sockets.Compress = true
			})

			k := dialRaw(t, own, transportWS, "Sec-WebSocket-Extensions: permessage-deflate")
			hello := `{"type":"connection_init"}`
			if c.signedIn {
				hello = `{"type":"connection_init","payload":{"authorization":"Bearer ` + w.Alice.Token + `"}}`
			}
			k.say(t, hello)
			k.wantMessage(t, `{"type":"connection_ack"}`)
			k.write(c.first)

			reason, times := saysUntil(t, k, c.next, 1000)
			if !strings.HasPrefix(reason, budget+": more than 46 in 3600 s; come back in ") || times < c.least || times > c.most {
				t.Errorf("after %d: %s", times, reason)
			}
			if n := api.Metrics.Refused(budget); n != 1 {
				t.Errorf("%d refusals are counted", n)
			}
		})
	}
}

// packedOf returns a message as a client sends it compressed.
func packedOf(message string) []byte {
	deflated := wsframe.Deflate([]byte(message))
	return frameOf(fin|rsv1|textData, bytes.TrimSuffix(deflated, []byte("\x00\x00\xff\xff")))
}

// What a compressed message has grown by is paid for, too: what cannot be paid is owed, since it was work. With nothing
// left nothing is uncompressed, not even to see whether it can be.
func TestCompressedMessagesArePaid(t *testing.T) {
	own, api := onSQLite(t).Beside(t, func(api *server.Server) {
		api.Limits, api.Sockets.Compress = hourly(map[string]int{limit.AddressRequests: 8}), true
	})
	const offer = "Sec-WebSocket-Extensions: permessage-deflate"
	hello := packedOf(`{"type":"connection_init"}`)
	first, second := dialRaw(t, own, transportWS, offer), dialRaw(t, own, transportWS, offer)
	for _, k := range []*rawSocket{first, second} {
		k.write(hello)
		k.wantMessage(t, `{"type":"connection_ack"}`)
	}

	const refused = limit.AddressRequests + ": more than 8 in 3600 s; come back in "
	first.write(packedOf(`{"type":"pong","more":"` + strings.Repeat("x", 64<<10) + `"}`)) // 8 requests, and 6 are left
	if reason := first.wantClose(t, 4508); !strings.HasPrefix(reason, refused) {
		t.Errorf("the first: %s", reason)
	}
	if api.Limits.Has(limit.AddressRequests, "127.0.0.1") {
		t.Error("the address owes nothing")
	}

	second.write(frameOf(fin|rsv1|textData, []byte("not compressed")))
	if reason := second.wantClose(t, 4508); !strings.HasPrefix(reason, refused) {
		t.Errorf("the second: %s", reason)
	}
}

// A body is paid for while it comes: a client that announces a megabyte and has paid for little is not waited for.
func TestBodiesArePaidAsTheyCome(t *testing.T) {
	s := limited(t, map[string]int{limit.AddressRequests: 5})
	h := httptest.NewServer(s.api.Handler())
	t.Cleanup(h.Close)

	c := testsite.Got((&net.Dialer{}).DialContext(t.Context(), "tcp", h.Listener.Addr().String()))(t)
	defer func() { _ = c.Close() }()
	testsite.Must(t, c.SetDeadline(time.Now().Add(time.Minute)))
	_, err := io.WriteString(c, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+
		"Content-Length: 1000000\r\n\r\n"+strings.Repeat("x", 100_000))
	testsite.Must(t, err)

	response := testsite.Got(http.ReadResponse(bufio.NewReader(c), nil))(t)
	if text := textOf(t, response); response.StatusCode != http.StatusTooManyRequests ||
		!strings.Contains(text, limit.AddressRequests) {
		t.Errorf("%d %s", response.StatusCode, text)
	}
}

// A body is paid for by its size before it is decoded, and so is a long address: when there is too little, it does not
// matter whether it is JSON. Both say what is left once.
func TestBodiesArePaidBySize(t *testing.T) {
	megabyte := jsonOf(t, map[string]any{"query": "{ __typename }", "variables": strings.Repeat("x", 1<<20-100)})
	megabyte = strings.Replace(megabyte, `"variables":"`, `"variables":{},"more":"`, 1)

	for _, path := range []string{"/graphql", streamPath} {
		s := limited(t, map[string]int{limit.AddressRequests: 200})
		accept := append(asJSON, "Accept", "application/json, text/event-stream")

		first := s.request(t, "POST", path, megabyte, accept...)
		if left := first.Header.Get("RateLimit"); first.StatusCode != 200 ||
			!strings.Contains(left, `"addressRequests";r=72;`) || strings.Count(left, "addressRequests") != 1 {
			t.Errorf("%s: %d, left are %s", path, first.StatusCode, left)
		}

		second := s.request(t, "POST", path, strings.Repeat("{", 1<<20), accept...)
		var a struct {
			Errors []struct{ Extensions map[string]any }
		}
		testsite.Must(t, json.NewDecoder(second.Body).Decode(&a))
		if second.StatusCode != 429 || second.Header.Get("Retry-After") == "" || len(a.Errors) != 1 ||
			a.Errors[0].Extensions["limit"] != "addressRequests" {
			t.Errorf("%s: %d %v %v", path, second.StatusCode, second.Header, a)
		}
	}

	s := limited(t, map[string]int{limit.AddressRequests: 7})
	long := asked("query", "{ __typename }") + "&more=" + strings.Repeat("x", 20_000)
	for i, want := range []int{200, 200, 429} {
		if status := s.status(t, "GET", long, ""); status != want {
			t.Errorf("long address %d: %d", i, status)
		}
	}
}

// A body that does not announce its length comes in chunks, which take longer to read: it counts four times.
func TestBodiesInChunks(t *testing.T) {
	s := limited(t, map[string]int{limit.AddressRequests: 60})
	body := `{"query": "{ __typename }"` + strings.Repeat(" ", 100<<10) + "}"
	for i, want := range []int{200, 429} { // each is one request, and fifty more
		r := testsite.Got(http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/graphql",
			struct{ io.Reader }{strings.NewReader(body)}))(t)
		r.Header.Set("Content-Type", "application/json")
		answer := testsite.Got(http.DefaultTransport.RoundTrip(r))(t)
		if left := answer.Header.Get("RateLimit"); answer.StatusCode != want ||
			want == 200 && !strings.Contains(left, `"addressRequests";r=9;`) {
			t.Errorf("%d: %d, left are %s", i, answer.StatusCode, left)
		}
		_ = answer.Body.Close()
	}
}

// The payload of a ping is a short object, and is sent back byte by byte.
func TestPingPayloads(t *testing.T) {
	s := onSQLite(t)
	k := greeted(t, s)

	inside := strings.Repeat(`[`, 98) + strings.Repeat(`]`, 98)
	for _, payload := range []string{
		`{ "a" : 1.0e2, "A": null }`, `{"deep":` + inside + `}`, `{"x":"` + strings.Repeat("x", 4<<10-8) + `"}`,
	} {
		k.say(t, fmt.Sprintf(`{"type":"ping","payload": %s }`, payload))
		k.wantMessage(t, `{"type":"pong","payload":`+payload+`}`)
	}

	k.say(t, `{"type":"ping","payload":{"deep":[`+inside+`]}}`)
	if reason := k.wantClose(t, 4400); reason != "Invalid message: JSON may be 100 levels deep" {
		t.Errorf("too deep: %s", reason)
	}

	long := `{"x":"` + strings.Repeat("x", 4<<10-7) + `"}`
	for _, kind := range []string{"connection_init", "ping", "pong"} {
		k := dialRaw(t, s, transportWS)
		k.say(t, fmt.Sprintf(`{"type":%q,"payload":%s}`, kind, long))
		if reason := k.wantClose(t, 4400); !strings.Contains(reason, "payloadSize") {
			t.Errorf("%s: %s", kind, reason)
		}
	}
}
