package server_test

import (
	"encoding/binary"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"testing"
)

// endings are the codes that a socket may be closed with for what its client sends.
var endings = []uint16{1002, 1007, 1009, 4400, 4401, 4403, 4409, 4429, 4508}

// survive sends bytes after a handshake and reads what comes back: whole frames, messages that are JSON, at most one
// close frame, and nothing after it. echoes says that the bytes may hold a close frame, whose code the server sends
// back.
func survive(t *testing.T, k *rawSocket, sent []byte, echoes bool) {
	t.Helper()
	k.write(sent)
	if tcp, ok := k.conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}

	for closed := false; ; {
		opcode, payload, err := k.next()
		switch {
		case err != nil && strings.Contains(err.Error(), "a frame that begins"), err == nil && closed:
			t.Fatalf("%x %q %v came", opcode, payload, err)
		case err != nil:
			return
		case opcode == textData && !json.Valid(payload):
			t.Fatalf("%q came", payload)
		case opcode == closing:
			if code := append(payload, 0, 0); !echoes && !slices.Contains(endings, binary.BigEndian.Uint16(code)) {
				t.Fatalf("closed with %q", payload)
			}
			closed = true
		}
	}
}

// FuzzSocketBytes sends any bytes at all.
func FuzzSocketBytes(f *testing.F) {
	hello := frameOf(fin|textData, []byte(start))

	for _, seed := range [][]byte{
		nil, hello, hello[:3], append(slices.Clone(hello), frameOf(fin|textData, []byte(watchNothing))...),
		frameOf(fin|closing, []byte{3, 0xe8}), fragments(watchNothing, 7), frameOf(fin|pinging, []byte("x")),
		{fin | textData, masked | 127, 0x7f, 0xff}, frameOf(rsv1|fin|textData, nil), make([]byte, 300),
	} {
		f.Add(seed)
	}

	s := onSQLite(f)
	f.Fuzz(func(t *testing.T, sent []byte) { survive(t, dialRaw(t, s, transportWS), sent, true) })
}

// FuzzSocketMessage sends any message, before and after connection_init.
func FuzzSocketMessage(f *testing.F) {
	for _, seed := range []string{
		start, watchNothing, `{"id":"1","type":"complete"}`, `{"type":"ping","payload":{"a":1}}`,
		`{"type":"connection_init","payload":{"authorization":"Bearer x"}}`,
		simple("é\\u0000", `subscription { commentEvents(subject: "x") { id } }`),
		`{"id":"1","type":"subscribe","payload":{"query":"",` +
			`"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}}`,
		`[]`, `null`, ``, "\xff",
		`{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","variables":{"x":1e400}}}`,
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}

	s := onSQLite(f)
	f.Fuzz(func(t *testing.T, message string, greet bool) {
		sent := frameOf(fin|textData, []byte(message))
		if greet {
			sent = append(frameOf(fin|textData, []byte(start)), sent...)
		}
		survive(t, dialRaw(t, s, transportWS), sent, false)
	})
}

// FuzzSocketPacked sends any bytes at all to sockets that compress: as frames, and as the inside of a compressed
// message.
func FuzzSocketPacked(f *testing.F) {
	hello := frameOf(fin|rsv1|textData, deflated(start))

	for _, seed := range [][]byte{
		nil, hello, hello[:9], frameOf(fin|textData, []byte(start)), frameOf(rsv1|textData, deflated(start)),
		frameOf(fin|rsv1|pinging, nil),
		deflated(start), deflated(strings.Repeat(" ", 1<<21)), {0x01, 0, 0, 0xff, 0xff}, {0x06}, {0xff},
	} {
		f.Add(seed)
	}

	s, header := packing(f)
	f.Fuzz(func(t *testing.T, sent []byte) {
		survive(t, dialRaw(t, s, transportWS, header), sent, true)
		survive(t, dialRaw(t, s, transportWS, header), frameOf(fin|rsv1|textData, sent), true)
	})
}
