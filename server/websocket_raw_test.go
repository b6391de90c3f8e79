package server_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"ensemble/internal/testsite"
	"ensemble/server"
)

// rawSocket is a WebSocket connection whose bytes a test writes by hand, so that it can break every rule.
type rawSocket struct {
	conn net.Conn
	in   *bufio.Reader
}

const transportWS = "graphql-transport-ws"

// dialRaw opens a WebSocket by hand. offered is the header Sec-WebSocket-Protocol, "" for none.
func dialRaw(t testing.TB, s *testsite.Site, offered string, headers ...string) *rawSocket {
	t.Helper()
	k, response := shakeHands(t, s, offered, headers...)

	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("the handshake is answered with %s", response.Status)
	}

	return k
}

// shakeHands asks for a WebSocket and returns the connection with the server's answer, whichever it is.
func shakeHands(t testing.TB, s *testsite.Site, offered string, headers ...string) (*rawSocket, *http.Response) {
	t.Helper()

	if offered != "" {
		headers = append(headers, "Sec-WebSocket-Protocol: "+offered)
	}

	request := "GET /graphql HTTP/1.1\r\nHost: ensemble.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
	k := send(t, s, request+strings.Join(append(headers, "", ""), "\r\n"))
	return k, testsite.Got(http.ReadResponse(k.in, nil))(t)
}

// send opens a connection to the site and writes these bytes first.
func send(t testing.TB, s *testsite.Site, first string) *rawSocket {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	testsite.Must(t, err)
	t.Cleanup(func() { _ = conn.Close() })

	testsite.Must(t, conn.SetDeadline(time.Now().Add(testsite.Patient)))
	testsite.Got(io.WriteString(conn, first))(t)
	return &rawSocket{conn, bufio.NewReader(conn)}
}

// greeted opens a raw socket and exchanges the greetings, so that operations may begin.
func greeted(t testing.TB, s *testsite.Site) *rawSocket {
	t.Helper()
	k := dialRaw(t, s, transportWS)
	k.say(t, `{"type":"connection_init"}`)
	k.wantMessage(t, `{"type":"connection_ack"}`)
	return k
}

// Bits and opcodes of a frame's first byte, and a bit of its second. Source: RFC 6455 §5.2.
const (
	fin, rsv1, rsv2, rsv3           = 0x80, 0x40, 0x20, 0x10
	more, textData, binaryData      = 0x0, 0x1, 0x2
	closing, pinging, ponging       = 0x8, 0x9, 0xa
	masked                     byte = 0x80
)

// frameOf builds one frame of a client: masked, with its length in the shortest form.
func frameOf(first byte, payload []byte) []byte {
	mask := []byte{0x37, 0xfa, 0x21, 0x3d}
	b := []byte{first}

	switch n := len(payload); {
	case n < 126:
		b = append(b, masked|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, masked|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, masked|127), uint64(n))
	}

	b = append(b, mask...)
	for i, c := range payload {
		b = append(b, c^mask[i%4])
	}

	return b
}

// write sends bytes as they are. An error is ignored: when the server has closed, the test still reads what it said
// first.
func (k *rawSocket) write(b []byte) { _, _ = k.conn.Write(b) }

// frame sends one frame that begins with this byte, whether it is valid or not.
func (k *rawSocket) frame(first byte, payload string) { k.write(frameOf(first, []byte(payload))) }

// say sends one message of the protocol. It fails the test when that is not possible.
func (k *rawSocket) say(t testing.TB, message string) {
	t.Helper()
	testsite.Got(k.conn.Write(frameOf(fin|textData, []byte(message))))(t)
}

// next reads one frame. Frames of servers are whole, not masked, and use no reserved bit: any other is an error.
func (k *rawSocket) next() (opcode byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(k.in, head[:]); err != nil {
		return 0, nil, err
	}

	n := uint64(head[1])
	switch {
	case head[0]&0xf0 != fin || head[1]&masked != 0:
		return 0, nil, fmt.Errorf("a frame that begins with %x", head)
	case n == 126:
		var long uint16
		err = binary.Read(k.in, binary.BigEndian, &long)
		n = uint64(long)
	case n == 127:
		err = binary.Read(k.in, binary.BigEndian, &n)
	}

	// Only a frame whose length was read has a payload.
	if err == nil {
		payload = make([]byte, n)
		_, err = io.ReadFull(k.in, payload)
	}

	return head[0] & 0xf, payload, err
}

// message reads the next message of the protocol that is not a ping.
func (k *rawSocket) message(t testing.TB) string {
	t.Helper()
	for {
		if m := k.anyMessage(t); m != pingMessage {
			return m
		}
	}
}

const pingMessage = `{"type":"ping"}`

// anyMessage reads the next message of the protocol, which may be a ping.
func (k *rawSocket) anyMessage(t testing.TB) string {
	t.Helper()
	opcode, payload, err := k.next()
	if err != nil || opcode != textData || !json.Valid(payload) {
		t.Fatalf("no message, but %x %.200q %v", opcode, payload, err)
	}
	return string(payload)
}

// wantMessage fails unless this is the next message that is not a ping.
func (k *rawSocket) wantMessage(t testing.TB, want string) {
	t.Helper()
	if got := k.message(t); got != want {
		t.Fatalf("%.500s came, want %.500s", got, want)
	}
}

// wantFrame fails unless a frame with this opcode and payload is next.
func (k *rawSocket) wantFrame(t testing.TB, opcode byte, want string) {
	t.Helper()
	if got, payload, err := k.next(); err != nil || got != opcode || string(payload) != want {
		t.Fatalf("%x %q %v came, want %x %q", got, payload, err, opcode, want)
	}
}

// wantClose reads up to the close frame and returns its reason. It fails if an operation is completed before that
// frame, if the code is another, or if anything follows.
func (k *rawSocket) wantClose(t testing.TB, code int) (reason string) {
	t.Helper()
	for {
		opcode, payload, err := k.next()
		switch {
		case err != nil:
			t.Fatalf("the connection ends without a close frame: %v", err)
		case opcode == textData && bytes.Contains(payload, []byte(`"complete"`)):
			t.Fatalf("%s before the close", payload)
		case opcode != closing:
			continue
		case len(payload) < 2 || int(binary.BigEndian.Uint16(payload)) != code:
			t.Fatalf("closed with %x %q, want %d", payload[:min(2, len(payload))], payload[min(2, len(payload)):], code)
		}

		k.frame(fin|closing, string(payload[:2]))
		if tcp, ok := k.conn.(*net.TCPConn); ok {
			// After a broken frame the server cannot find where the next begins: it waits until we stop writing.
			_ = tcp.CloseWrite()
		}

		k.wantEnd(t)
		return string(payload[2:])
	}
}

// wantEnd fails unless the server ends the connection without sending anything more.
func (k *rawSocket) wantEnd(t testing.TB) {
	t.Helper()
	var timeout net.Error
	if rest, err := io.ReadAll(k.in); len(rest) > 0 || errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatalf("after the close came %q, %v", rest, err)
	}
}

// onSQLite serves a site on SQLite, for tests to which the kind of database does not matter.
func onSQLite(t testing.TB) *testsite.Site {
	t.Helper()
	return testsite.SQLite(t)
}

// beside opens a second server for the same site, with its own settings for sockets.
func beside(t testing.TB, s *testsite.Site, settings server.SocketSettings) (*testsite.Site, *server.Server) {
	t.Helper()
	return s.Beside(t, func(api *server.Server) { api.Sockets = settings })
}
