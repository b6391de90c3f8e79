package server_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"ensemble/server"
)

// The cases follow the families of the Autobahn test suite. What the suite does with an echo server is done here with a
// ping of the protocol, which is answered with what it brings along, or, where that may not be so long, with a query
// that has a long comment.

// echoed returns a ping with this text inside, and its answer.
func echoed(inside string) (message, answer string) {
	return `{"type":"ping","payload":{"a":"` + inside + `"}}`, `{"type":"pong","payload":{"a":"` + inside + `"}}`
}

// commented returns a query with this comment in it, and its answer.
func commented(comment string) (message, answer string) {
	return `{"id":"1","type":"subscribe","payload":{"query":"{ #` + comment + `\n __typename }"}}`,
		`{"id":"1","type":"next","payload":{"data":{"__typename":"Query"},"extensions":{"cost":1}}}`
}

// ofSize returns a message of n bytes, and its answer. Those that are too long for a ping are hard to compress.
func ofSize(n int) (message, answer string) {
	if n <= 4<<10 {
		least, _ := echoed("")
		return echoed(strings.Repeat("*", n-len(least)))
	}

	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	least, _ := commented("")
	comment, random := make([]byte, n-len(least)), rand.New(rand.NewPCG(1, 2))
	for i := range comment {
		comment[i] = letters[random.IntN(len(letters))]
	}
	return commented(string(comment))
}

// wantEchoOf fails unless the answer to a message of ofSize is next.
func (k *rawSocket) wantEchoOf(t testing.TB, answer string) {
	t.Helper()
	k.wantMessage(t, answer)
	if strings.HasPrefix(answer, `{"id"`) {
		k.wantMessage(t, `{"id":"1","type":"complete"}`)
	}
}

// wantEcho fails unless the socket still answers.
func (k *rawSocket) wantEcho(t testing.TB) {
	t.Helper()
	message, answer := echoed("still here")
	k.say(t, message)
	k.wantMessage(t, answer)
}

// fragments returns the frames of a message that is cut into parts of at most n bytes.
func fragments(message string, n int) []byte {
	var b []byte
	first := byte(textData)
	for len(message) > n {
		b = append(b, frameOf(first, []byte(message[:n]))...)
		message, first = message[n:], more
	}
	return append(b, frameOf(fin|first, []byte(message))...)
}

// chopped sends bytes, n at a time.
func (k *rawSocket) chopped(b []byte, n int) {
	for len(b) > 0 {
		k.write(b[:min(n, len(b))])
		b = b[min(n, len(b)):]
	}
}

// Families 1, 9 and 10: frames of many sizes, messages in fragments, and bytes that arrive in any portions.
func TestFramingSizes(t *testing.T) {
	s, _ := beside(t, onSQLite(t), server.SocketSettings{Messages: 1000})
	k := greeted(t, s)
	for _, n := range []int{125, 126, 127, 128, 65535, 65536, 1<<20 - 1, 1 << 20} {
		message, answer := ofSize(n)
		k.say(t, message)
		k.wantEchoOf(t, answer)

		for _, part := range []int{1 << 16, 1 << 12, 64} {
			if n/part < 20_000 {
				k.write(fragments(message, part))
				k.wantEchoOf(t, answer)
			}
		}
	}

	// One byte at a time, and three.
	message, answer := ofSize(997)
	k.chopped(frameOf(fin|textData, []byte(message)), 1)
	k.wantMessage(t, answer)
	k.chopped(fragments(message, 1), 3)
	k.wantMessage(t, answer)

	// The end of one message and the beginning of the next come together.
	two := append(frameOf(fin|textData, []byte(message)), frameOf(fin|textData, []byte(message))...)
	k.chopped(two, len(two)*2/3)
	k.wantMessage(t, answer)
	k.wantMessage(t, answer)
}

// Family 9: a message that is too large is refused with the code for that, as soon as its length is known.
func TestFramingLimits(t *testing.T) {
	s := onSQLite(t)
	large, _ := ofSize(1<<20 + 1)
	length := func(n uint64) string {
		return string(append(binary.BigEndian.AppendUint64([]byte{fin | textData, masked | 127}, n), 1, 2, 3, 4))
	}
	overflow := strings.Replace(length(1<<63-1), string([]byte{fin | textData}), string([]byte{fin | more}), 1)

	for name, sent := range map[string]string{
		"one byte too many":     string(frameOf(fin|textData, []byte(large))),
		"in fragments":          string(fragments(large, 1<<16)),
		"its length":            length(1<<20 + 1),
		"a large length":        length(1<<63 - 1),
		"an impossible length":  length(1 << 63),
		"all bits":              length(1<<64 - 1),
		"lengths that overflow": string(frameOf(textData, []byte("x"))) + overflow,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := greeted(t, s)
			k.write([]byte(sent))
			k.wantClose(t, 1009)
		})
	}
}

// Family 2: a ping is answered with its data, and a pong that nobody asked for does no harm.
func TestFramingPings(t *testing.T) {
	s := onSQLite(t)
	k := greeted(t, s)
	for _, data := range []string{"", "Hello", "\x00\xff\xfe\xfd\xfc\xfb\x00\xff", strings.Repeat("\xfe", 125)} {
		k.frame(fin|pinging, data)
		k.wantFrame(t, ponging, data)

		k.chopped(frameOf(fin|pinging, []byte(data)), 1)
		k.wantFrame(t, ponging, data)
		k.frame(fin|ponging, data) // that nobody asked for
	}

	for i := range 10 {
		k.frame(fin|pinging, fmt.Sprint(i))
	}
	for i := range 10 {
		k.wantFrame(t, ponging, fmt.Sprint(i))
	}

	k.wantEcho(t)
}

// brokenFrames lists what no client may send, by what is wrong with it.
func brokenFrames(message string) map[string][]byte {
	bad := map[string][]byte{
		"a long ping":                     frameOf(fin|pinging, make([]byte, 126)),
		"a long pong":                     frameOf(fin|ponging, make([]byte, 126)),
		"a long close":                    frameOf(fin|closing, append([]byte{0x03, 0xe8}, make([]byte, 124)...)),
		"a ping in parts":                 append(frameOf(pinging, []byte("a")), frameOf(fin|more, []byte("b"))...),
		"a pong in parts":                 append(frameOf(ponging, []byte("a")), frameOf(fin|more, []byte("b"))...),
		"a close in parts":                frameOf(closing, []byte{0x03, 0xe8}),
		"a continuation of nothing":       frameOf(fin|more, []byte(message)),
		"an open continuation of nothing": frameOf(more, []byte(message)),
		"text within text": append(frameOf(textData, []byte("{")),
			frameOf(fin|textData, []byte(message))...),
		"binary within text": append(frameOf(textData, []byte("{")),
			frameOf(fin|binaryData, []byte(message))...),
		"one part too many":  append(fragments(message, 7), frameOf(fin|more, nil)...),
		"not masked":         append([]byte{fin | textData, byte(len(message))}, message...),
		"a ping not masked":  {fin | pinging, 0},
		"a close not masked": {fin | closing, 0},
	}

	for _, reserved := range []byte{rsv3, rsv2, rsv2 | rsv3, rsv1, rsv1 | rsv3, rsv1 | rsv2, rsv1 | rsv2 | rsv3} {
		for _, opcode := range []byte{textData, binaryData, pinging, ponging, closing} {
			bad[fmt.Sprintf("reserved bits %x on %x", reserved, opcode)] = frameOf(fin|reserved|opcode, nil)
		}
		within := append(frameOf(textData, []byte("{")), frameOf(fin|reserved|more, nil)...)
		bad[fmt.Sprintf("reserved bits %x within a message", reserved)] = within
	}

	for _, opcode := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		bad[fmt.Sprintf("opcode %d", opcode)] = frameOf(fin|opcode, nil)
		bad[fmt.Sprintf("opcode %d with data", opcode)] = frameOf(fin|opcode, []byte(message))
	}

	return bad
}

// Families 3, 4, 5 and masking: frames that may not be sent end the socket, alone and between good ones.
func TestFramingBroken(t *testing.T) {
	s := onSQLite(t)
	message, _ := echoed("x")

	for name, broken := range brokenFrames(message) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, where := range []string{"alone", "behind", "with", "chopped"} {
				k := greeted(t, s)
				switch where {
				case "behind":
					k.wantEcho(t)
					k.write(broken)
				case "with":
					k.write(append(frameOf(fin|textData, []byte(message)), broken...))
				case "chopped":
					k.chopped(broken, 1)
				default:
					k.write(broken)
				}
				k.wantClose(t, 1002)
			}
		})
	}
}

// Family 5: a message may come in fragments, also empty ones, with control frames between them.
func TestFramingFragments(t *testing.T) {
	s := onSQLite(t)
	k := greeted(t, s)
	message, answer := echoed("en plusieurs morceaux, é 🎉")

	k.write(fragments(message, 1))
	k.wantMessage(t, answer)
	k.write(append(
		append(frameOf(textData, nil), frameOf(more, nil)...),
		append(frameOf(more, []byte(message)), frameOf(fin|more, nil)...)...,
	))
	k.wantMessage(t, answer)

	for round := range 3 {
		for i, part := range []string{message[:5], message[5:9], message[9:]} {
			first := [3]byte{textData, more, fin | more}[i]
			k.frame(first, part)

			if i < 2 {
				k.frame(fin|ponging, "x")
				for n := range round {
					k.frame(fin|pinging, fmt.Sprint("within ", i, n))
				}
				for n := range round {
					k.wantFrame(t, ponging, fmt.Sprint("within ", i, n)) // before the message is whole
				}
			}
		}
		k.wantMessage(t, answer)
	}

	k.frame(textData, "{")
	k.frame(fin|closing, "\x03\xe8bye")
	k.wantFrame(t, closing, "\x03\xe8")
	k.wantEnd(t)
}

// A ping between the fragments of a message does not count for the size of the message.
func TestFramingPingWithinLargest(t *testing.T) {
	k := greeted(t, onSQLite(t))
	message, answer := ofSize(1 << 20)
	k.frame(textData, message)
	k.frame(fin|pinging, "within")
	k.wantFrame(t, ponging, "within")
	k.frame(fin|more, "")
	k.wantEchoOf(t, answer)
}

// Family 6: UTF-8 is read whole or cut into fragments anywhere. What is not UTF-8 is refused.
func TestFramingUTF8(t *testing.T) {
	s := onSQLite(t)
	k := greeted(t, s)

	for _, good := range []string{
		"Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\u0080", "\u07ff", "\u0800", "\ud7ff\ue000\ufffd", "\ufffe\uffff",
		"\U00010000", "\U0010ffff", "🎉",
	} {
		message, answer := echoed(good)
		for _, part := range []int{1, 2, 3, 1000} {
			k.write(fragments(message, part))
			k.wantMessage(t, answer)
		}
	}

	for _, bad := range []string{
		"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited", "\x80", "\xbf", "\xc0 ", "\xc3",
		"\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xed\xa0\x80\xed\xb0\x80", "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x8e", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xfe", "\xff", "\xfe\xfe\xff\xff",
	} {
		t.Run(fmt.Sprintf("%x", bad), func(t *testing.T) {
			t.Parallel()
			message, _ := echoed(bad)
			for _, part := range []int{1, 1000} {
				k := greeted(t, s)
				k.write(fragments(message, part))
				k.wantClose(t, 1007)
			}
		})
	}
}

// Family 7: the server closes with the code that the client closes with, unless that is not allowed. It does nothing of
// what comes after.
func TestFramingClose(t *testing.T) {
	s := onSQLite(t)
	code := func(n uint16, reason string) string { return string(binary.BigEndian.AppendUint16(nil, n)) + reason }
	ends := map[string]struct{ sent, answer string }{
		"without a code":          {"", ""},
		"with a reason":           {code(1000, "Hello World!"), code(1000, "")},
		"with the longest reason": {code(1000, strings.Repeat("*", 123)), code(1000, "")},
		"with half a rune":        {code(1000, "\xc3"), code(1007, "Not UTF-8")},
	}

	for _, n := range []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4400, 4999} {
		ends[fmt.Sprint("with ", n)] = struct{ sent, answer string }{code(n, ""), code(n, "")}
	}
	for _, n := range []uint16{0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		ends[fmt.Sprint("with the bad ", n)] = struct{ sent, answer string }{code(n, ""),
			code(1002, "Not a close code")}
	}

	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := greeted(t, s)
			message, _ := echoed("too late")
			k.write(frameOf(fin|closing, []byte(end.sent)))
			k.write(append(frameOf(fin|pinging, nil), frameOf(fin|textData, []byte(message))...))
			k.wantFrame(t, closing, end.answer)
			k.wantEnd(t)
		})
	}

	k := greeted(t, s)
	k.frame(fin|closing, "x") // half a code is none
	if opcode, _, err := k.next(); err != nil || opcode != closing {
		t.Errorf("%x %v came", opcode, err)
	}
	k.wantEnd(t)
}

// A handshake that is none is answered as HTTP. Compression is not agreed, and frames that come too early are not read.
func TestFramingHandshake(t *testing.T) {
	s := onSQLite(t)
	const upgrade = " /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Content-Length: 0\r\n"
	const version, key = "Sec-WebSocket-Version: 13\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

	for name, c := range map[string]struct {
		request string
		status  int
	}{
		"no key":          {"GET" + upgrade + version, 400},
		"a short key":     {"GET" + upgrade + version + "Sec-WebSocket-Key: eA==\r\n", 400},
		"another version": {"GET" + upgrade + "Sec-WebSocket-Version: 8\r\n" + key, 400},
		"another method":  {"POST" + upgrade + version + key, 405},
	} {
		k := send(t, s, c.request+"\r\n")
		if response, err := http.ReadResponse(k.in, nil); err != nil || response.StatusCode != c.status {
			t.Errorf("%s: %v %v", name, response, err)
		}
	}

	_, response := shakeHands(t, s, transportWS, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
	if got := response.Header.Get("Sec-Websocket-Extensions"); got != "" {
		t.Errorf("%q is agreed", got)
	}

	k := send(t, s, "GET"+upgrade+version+key+"\r\n"+string(frameOf(fin|textData, []byte(start))))
	k.wantEnd(t)
}
