package server_test

import (
	"strings"
	"testing"
	"time"

	"ensemble/consultation/people"
	"ensemble/ent/session"
	"ensemble/internal/testsite"
	"ensemble/server"
)

// Messages of clients that many tests begin with.
const (
	start        = `{"type":"connection_init"}`
	watchNothing = `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }"}}`
)

// brokenRule is what a client sends against a rule of the protocol, and the code that its socket is closed with.
type brokenRule struct {
	name string
	sent []string // each after the answers to those before may have come, or not
	code int
}

// brokenRules lists ways to break each rule.
func brokenRules() []brokenRule {
	subscribe := func(payload string) string { return `{"id":"1","type":"subscribe","payload":` + payload + `}` }

	return []brokenRule{
		// No message.
		{"no JSON first", []string{`{`}, 4400},
		{"no JSON", []string{start, `{`}, 4400},
		{"something behind the JSON", []string{start, `{"type":"ping"}{}`}, 4400},
		{"an empty message", []string{start, ``}, 4400},
		{"an array", []string{start, `[{"type":"ping"}]`}, 4400},
		{"a string", []string{start, `"ping"`}, 4400},
		{"null", []string{start, `null`}, 4400},

		// Messages of no kind that a client sends.
		{"no type", []string{start, `{"id":"1"}`}, 4400},
		{"an unknown type", []string{start, `{"type":"start","id":"1"}`}, 4400},
		{"a number as type", []string{start, `{"type":1}`}, 4400},
		{"an acknowledgement", []string{start, `{"type":"connection_ack"}`}, 4400},
		{"a result", []string{start, `{"type":"next","id":"1","payload":{}}`}, 4400},
		{"an error", []string{start, `{"type":"error","id":"1","payload":[]}`}, 4400},
		{"a result first", []string{`{"type":"next","id":"1","payload":{}}`}, 4400},
		{"the old protocol", []string{`{"type":"connection_init"}`, `{"type":"connection_terminate"}`}, 4400},

		// A payload of the wrong kind.
		{"init with a string", []string{`{"type":"connection_init","payload":"x"}`}, 4400},
		{"init with an array", []string{`{"type":"connection_init","payload":[]}`}, 4400},
		{"a ping with a number", []string{start, `{"type":"ping","payload":1}`}, 4400},
		{"a pong with an array", []string{start, `{"type":"pong","payload":[]}`}, 4400},

		// Operations that are none.
		{"subscribe without an id", []string{start, `{"type":"subscribe","payload":{"query":"{ __typename }"}}`}, 4400},
		{"subscribe with an empty id",
			[]string{start, `{"id":"","type":"subscribe","payload":{"query":"{ __typename }"}}`}, 4400},
		{"subscribe with a number as id",
			[]string{start, `{"id":1,"type":"subscribe","payload":{"query":"{ __typename }"}}`}, 4400},
		{"subscribe without a payload", []string{start, `{"id":"1","type":"subscribe"}`}, 4400},
		{"subscribe to null", []string{start, subscribe(`null`)}, 4400},
		{"subscribe to a string", []string{start, subscribe(`"{ __typename }"`)}, 4400},
		{"subscribe without a query", []string{start, subscribe(`{}`)}, 4400},
		{"a query that is no string", []string{start, subscribe(`{"query":{}}`)}, 4400},
		{"variables that are no object", []string{start, subscribe(`{"query":"{ __typename }","variables":[]}`)}, 4400},
		{"an operation name that is no string",
			[]string{start, subscribe(`{"query":"{ __typename }","operationName":1}`)}, 4400},
		{"extensions that are no object",
			[]string{start, subscribe(`{"query":"{ __typename }","extensions":"x"}`)}, 4400},
		{"half a character for an id", []string{start,
			strings.Replace(watchNothing, `"id":"1"`, `"id":"\ud800"`, 1)}, 4400},

		// Their end.
		{"complete without an id", []string{start, `{"type":"complete"}`}, 4400},
		{"complete with an empty id", []string{start, `{"type":"complete","id":""}`}, 4400},

		// Who asks, and when.
		{"subscribe first", []string{watchNothing}, 4401},
		{"a word that is no token", []string{`{"type":"connection_init","payload":{"authorization":"wrong"}}`}, 4403},
		{"no token where one belongs", []string{`{"type":"connection_init","payload":{"authorization":""}}`}, 4403},
		{"a number", []string{`{"type":"connection_init","payload":{"AUTHORIZATION":7}}`}, 4403},
		{"a bad token among headers",
			[]string{`{"type":"connection_init","payload":{"headers":{"Authorization":"Bearer wrong"}}}`}, 4403},
		{"a bad token", []string{`{"type":"connection_init","payload":{"Authorization":"Bearer wrong"}}`}, 4403},
		{"two inits", []string{start, start}, 4429},
		{"no UTF-8", []string{start, "{\"type\":\"\xff\"}"}, 1007},
	}
}

// A socket whose client breaks a rule of the protocol is closed with the code of that rule, and a reason.
// Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, and validateMessage of that package.
func TestSocketCloseCodes(t *testing.T) {
	s := onSQLite(t)
	for _, rule := range brokenRules() {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			k := dialRaw(t, s, transportWS)
			for _, message := range rule.sent {
				k.frame(fin|textData, message)
			}
			if reason := k.wantClose(t, rule.code); reason == "" {
				t.Error("it is not said why")
			}
		})
	}
}

// Binary messages are refused, whether they hold JSON or not.
func TestSocketBinary(t *testing.T) {
	s := onSQLite(t)
	for _, message := range []string{"", start, "\x00\x01"} {
		k := dialRaw(t, s, transportWS)
		k.frame(fin|binaryData, message)
		k.wantClose(t, 4400)
	}
}

// A client that does not offer our protocol is given back the one it offers, and is closed with a code: without a
// protocol in common it could not see the code. One that offers ours among others is given ours.
func TestSocketSubprotocol(t *testing.T) {
	s := onSQLite(t)

	for _, c := range []struct{ offered, echoed string }{
		{"graphql-ws", "graphql-ws"}, {"soap, wamp", "soap"}, {"", ""},
		{"GRAPHQL-TRANSPORT-WS", "GRAPHQL-TRANSPORT-WS"},
	} {
		k, response := shakeHands(t, s, c.offered)
		if echoed := response.Header.Get("Sec-Websocket-Protocol"); response.StatusCode != 101 || echoed != c.echoed {
			t.Errorf("%q is answered with %s and %q", c.offered, response.Status, echoed)
		}
		k.frame(fin|textData, start)
		k.wantClose(t, 4406)
	}

	for _, offered := range []string{transportWS, "graphql-ws, " + transportWS, transportWS + ",graphql-ws"} {
		k, response := shakeHands(t, s, offered)
		if echoed := response.Header.Values("Sec-Websocket-Protocol"); len(echoed) != 1 || echoed[0] != transportWS {
			t.Errorf("%q is answered with %q", offered, echoed)
		}
		k.say(t, start)
		k.wantMessage(t, `{"type":"connection_ack"}`)
	}
}

// A socket is closed when connection_init does not come in time, whatever else comes.
func TestSocketInitTimeout(t *testing.T) {
	s := onSQLite(t)
	quick, _ := beside(t, s, server.SocketSettings{Init: 50 * time.Millisecond})
	dialRaw(t, quick, transportWS).wantClose(t, 4408)

	k := dialRaw(t, quick, transportWS)
	k.say(t, `{"type":"ping"}`)
	k.wantMessage(t, `{"type":"pong"}`)
	k.wantClose(t, 4408)

	// The time of later begins after that of k: when it is over, that of k has been over for long.
	k = greeted(t, quick)
	later := dialRaw(t, quick, transportWS)
	later.wantClose(t, 4408)
	k.say(t, `{"type":"ping"}`)
	k.wantMessage(t, `{"type":"pong"}`)
}

// A socket is closed when its session ends, and no operation is completed: its client comes back with another session.
func TestSocketSessionEnds(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	c := w.Commitment(t, "Un", "Texte.")
	sessions := w.Write.Session.Update().Where(session.UserID(w.Bob.ID))
	testsite.Got(sessions.SetExpiresAt(s.Now().Add(500 * time.Millisecond)).Save(t.Context()))(t)

	k := dialRaw(t, s, transportWS)
	k.say(t, `{"type":"connection_init","payload":{"authorization":"Bearer `+w.Bob.Token+`"}}`)
	k.wantMessage(t, `{"type":"connection_ack"}`)
	k.say(t, subscription("1", testsite.CommentEvents, c.ID))
	k.wantClose(t, 4403)

	again := dialRaw(t, s, transportWS)
	s.Clock.Advance(time.Second)
	again.say(t, `{"type":"connection_init","payload":{"authorization":"Bearer `+w.Bob.Token+`"}}`)
	again.wantMessage(t, `{"type":"connection_ack","payload":{"credentials":{"code":"SESSION_ENDED",`+
		`"message":"The session has ended. Sign in again."}}}`)
	again.say(t, subscription("1", testsite.CommentEvents, c.ID))
	again.say(t, `{"id":"2","type":"subscribe","payload":{"query":"subscription { notificationEvents { __typename } }"}}`)
	again.wantMessage(t, `{"id":"2","type":"error","payload":[{"message":"Sign in first.",`+
		`"path":["notificationEvents"],"locations":[{"line":1,"column":16}],"extensions":{"code":"UNAUTHENTICATED"}}]}`)
	w.Comment(t, w.Alice, c.ID, "Pour tout le monde.")
	if next := again.message(t); !strings.Contains(next, `"type":"next"`) {
		t.Errorf("a visitor watches: %s", next)
	}
}

// Somebody who signs out while they watch has their socket closed.
func TestSocketSignOut(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	k := dialRaw(t, s, transportWS)
	k.say(t, `{"type":"connection_init","payload":{"authorization":"Bearer `+w.Bob.Token+`"}}`)
	k.wantMessage(t, `{"type":"connection_ack"}`)
	k.say(t, subscription("1", testsite.ProcessEvents, w.Process.ID))

	testsite.Got(s.SignOut(w.Bob.Ctx(t.Context()), people.SignOutInput{Everywhere: true}))(t)
	k.wantClose(t, 4403)
}

// An id of 256 bytes is the longest: it is stored, and sent with every event.
func TestSocketLongID(t *testing.T) {
	k := greeted(t, onSQLite(t))
	k.say(t, simple(strings.Repeat("x", 256), `{ __typename }`))
	k.message(t)
	k.message(t)

	k.say(t, simple(strings.Repeat("x", 257), `{ __typename }`))
	k.wantClose(t, 4400)
}

// A subscription whose document is too long is refused, or its variables: they are stored for as long as it runs.
func TestSocketLongQuestion(t *testing.T) {
	k := greeted(t, onSQLite(t))
	k.say(t, subscription("1", testsite.ProcessEvents+strings.Repeat(" ", 16<<10), "process_x"))
	if m := k.message(t); !strings.Contains(m, `"field":"query"`) {
		t.Errorf("%s came", m)
	}

	k.say(t, subscription("2", testsite.ProcessEvents, strings.Repeat("x", 16<<10)))
	if m := k.message(t); !strings.Contains(m, `"field":"process"`) {
		t.Errorf("%s came for a long variable", m)
	}
}

// Control frames are counted as messages.
func TestSocketTooManyPings(t *testing.T) {
	k := greeted(t, onSQLite(t))
	for range 501 {
		k.frame(fin|pinging, "")
	}
	k.wantClose(t, 4508)
}

// A second operation with the same id closes the socket. The reason names the id, however long or strange that is, and
// is no longer than a control frame may be.
func TestSocketDuplicateID(t *testing.T) {
	s := onSQLite(t)
	w := testsite.NewWorld(t, s)
	for _, id := range []string{"1", `\"\u0000é`, strings.Repeat("é", 128)} {
		k := greeted(t, s)
		k.say(t, subscription(id, testsite.ProcessEvents, w.Process.ID))
		k.say(t, subscription(id, testsite.ProcessEvents, w.Process.ID))

		reason := k.wantClose(t, 4409)
		if !strings.HasPrefix(reason, "Subscriber for ") ||
			!strings.HasSuffix(reason, " already exists") || len(reason) > 123 {
			t.Errorf("closed with %q", reason)
		}
	}
}

// A socket says once why it closes, and does nothing of what comes after that.
func TestSocketClosesOnce(t *testing.T) {
	s := onSQLite(t)
	k := greeted(t, s)
	broken := strings.Repeat(string(frameOf(fin|textData, []byte(`{`))), 50)
	k.write([]byte(broken + string(frameOf(fin|textData, []byte(watchNothing)))))
	opcode, payload, err := k.next()
	if err != nil || opcode != closing || string(payload[:2]) != "\x11\x30" {
		t.Fatalf("%x %q %v came", opcode, payload, err)
	}

	// This need not be answered any more, and does not take the close back.
	k.frame(fin|pinging, "x")
	k.wantEnd(t)
}

// A ping is answered at any time, also before connection_init, with the payload that it brings. A pong needs no ping.
func TestSocketPings(t *testing.T) {
	s := onSQLite(t)
	k := dialRaw(t, s, transportWS)
	pingPong := func() {
		t.Helper()
		for _, c := range []struct{ sent, answer string }{
			{`{"type":"ping"}`, `{"type":"pong"}`},
			{`{"type":"ping","payload":null}`, `{"type":"pong"}`},
			{`{"type":"ping","payload":{}}`, `{"type":"pong","payload":{}}`},
			{`{"type":"ping","payload":{"a":[1,"é\u0000",{"b":null}]}}`,
				`{"type":"pong","payload":{"a":[1,"é\u0000",{"b":null}]}}`},
			{`{"id":"1","type":"ping","more":true}`, `{"type":"pong"}`},
		} {
			k.say(t, `{"type":"pong"}`)
			k.say(t, `{"type":"pong","payload":{"a":1}}`)
			k.say(t, c.sent)
			k.wantMessage(t, c.answer)
		}
	}

	pingPong()
	k.say(t, start)
	k.wantMessage(t, `{"type":"connection_ack"}`)
	pingPong()
}

// Clients are pinged. A socket whose client says nothing at all for two periods is ended.
func TestSocketIsPinged(t *testing.T) {
	s := onSQLite(t)
	quick, api := beside(t, s, server.SocketSettings{Ping: time.Second})
	silent, alive := greeted(t, quick), greeted(t, quick)

	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for err := error(nil); err == nil; {
			_, _, err = silent.next()
		}
	}()

	pings := 0
	for waiting := true; waiting; {
		select {
		case <-ended:
			waiting = false
		default:
			if m := alive.anyMessage(t); m != pingMessage {
				t.Fatalf("%s came", m)
			}
			alive.say(t, `{"type":"pong"}`)
			pings++
		}
	}

	if open := api.Metrics.Sockets.Load(); pings < 2 || open != 1 {
		t.Errorf("%d pings came, %d sockets are open", pings, open)
	}

	alive.say(t, watchNothing)
	for m := ""; !strings.Contains(m, `"complete"`); {
		m = alive.message(t)
	}
}

// The socket of a client that sends without end is closed.
func TestSocketMessageRate(t *testing.T) {
	s := onSQLite(t)
	k := greeted(t, s)
	k.write([]byte(strings.Repeat(string(frameOf(fin|textData, []byte(`{"type":"pong"}`))), 2000)))
	if reason := k.wantClose(t, 4508); !strings.HasPrefix(reason, "socketMessages: more than 50 a second; come back in ") {
		t.Errorf("the reason is %q", reason)
	}
}
