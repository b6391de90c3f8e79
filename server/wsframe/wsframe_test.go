package wsframe_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"ensemble/server/wsframe"
)

const limit = 1 << 16

// fromClient returns a frame as clients send it: masked, with the given first byte.
func fromClient(first byte, payload string) []byte {
	b := []byte{first}

	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}

	mask := []byte{1, 2, 3, 4}
	b = append(b, mask...)
	for i := range len(payload) {
		b = append(b, payload[i]^mask[i%4])
	}

	return b
}

// read reads one message of what a client sent, uncompressed. controls are the payloads of the control frames that came
// before its end.
func read(sent []byte, deflate bool) (m wsframe.Frame, controls []string, err error) {
	m, err = wsframe.ReadMessage(bufio.NewReader(bytes.NewReader(sent)), limit, deflate, begins, func(f wsframe.Frame) error {
		if f.IsControl() {
			controls = append(controls, string(f.Payload))
		}
		return nil
	})
	if err == nil {
		m.Payload, err = m.Unpacked(limit)
	}
	return m, controls, err
}

// inflated returns what a client reads when it is sent this compressed frame of ours.
func inflated(t *testing.T, frame []byte) string {
	t.Helper()

	// The payload begins behind the length, which has 1, 3 or 9 bytes.
	start := 2
	switch frame[1] {
	case 126:
		start = 4
	case 127:
		start = 10
	}

	packed := strings.TrimSuffix(string(frame[start:]), "\x00\x00\xff\xff")
	m, _, err := read(fromClient(frame[0], packed), true)
	if err != nil {
		t.Fatal(err)
	}
	return string(m.Payload)
}

// A frame of a server has its length in the shortest form, and the payload of all its parts.
func TestAppend(t *testing.T) {
	for n, head := range map[int]string{
		0: "\x81\x00", 125: "\x81\x7d", 126: "\x81\x7e\x00\x7e", 65535: "\x81\x7e\xff\xff",
		65536: "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00",
	} {
		payload := strings.Repeat("x", n)
		got := wsframe.Append([]byte("before"), wsframe.Text, []byte(payload[:n/3]), nil, []byte(payload[n/3:]))
		if string(got) != "before"+head+payload {
			t.Errorf("%d bytes begin with %x", n, got[:min(len(got), 20)])
		}
	}

	if got := wsframe.Closing(4403, "Forbidden"); string(got) != "\x88\x0b\x11\x33Forbidden" {
		t.Errorf("a close frame is %q", got)
	}
}

// A message is read whole, whether it came in one frame or in fragments with a ping between them.
func TestReadMessage(t *testing.T) {
	parts := bytes.Join([][]byte{
		fromClient(wsframe.Text, "en "), fromClient(0x80|wsframe.Ping, "there?"),
		fromClient(0x80|wsframe.More, "morceaux"),
	}, nil)
	long := strings.Repeat("y", limit)

	for name, c := range map[string]struct {
		sent           []byte
		opcode         byte
		want, controls string
	}{
		"empty":             {fromClient(0x80|wsframe.Text, ""), wsframe.Text, "", ""},
		"whole":             {fromClient(0x80|wsframe.Text, "é"), wsframe.Text, "é", ""},
		"long":              {fromClient(0x80|wsframe.Binary, long), wsframe.Binary, long, ""},
		"in fragments":      {parts, wsframe.Text, "en morceaux", "there?"},
		"a ping before one": {fromClient(0x80|wsframe.Ping, "ping"), wsframe.Ping, "ping", "ping"},
	} {
		m, controls, err := read(c.sent, false)
		if err != nil || m.Opcode != c.opcode || string(m.Payload) != c.want || strings.Join(controls, " ") != c.controls {
			t.Errorf("%s: %x %.40q, controls %q, %v", name, m.Opcode, m.Payload, controls, err)
		}
	}
}

// What breaks the protocol is refused with the code that it names; what is cut short is an error without a code.
func TestReadMessageRefused(t *testing.T) {
	full := fromClient(wsframe.Text, strings.Repeat("x", limit))

	for name, c := range map[string]struct {
		sent []byte
		code int // 0: it is not whole
	}{
		"not masked":              {[]byte{0x80 | wsframe.Text, 1, 'x'}, 1002},
		"a reserved bit":          {fromClient(0xa0|wsframe.Text, ""), 1002},
		"compressed, unasked":     {fromClient(0xc0|wsframe.Text, ""), 1002},
		"no opcode":               {fromClient(0x83, ""), 1002},
		"a long ping":             {fromClient(0x80|wsframe.Ping, strings.Repeat("x", 126)), 1002},
		"nothing to continue":     {fromClient(0x80|wsframe.More, "x"), 1002},
		"text within text":        {append(fromClient(wsframe.Text, "a"), fromClient(0x80|wsframe.Text, "b")...), 1002},
		"too large":               {fromClient(0x80|wsframe.Text, strings.Repeat("x", limit+1)), 1009},
		"too large, in fragments": {append(full, fromClient(0x80|wsframe.More, "x")...), 1009},
		"cut":                     {fromClient(0x80|wsframe.Text, "whole")[:8], 0},
		"nothing":                 {nil, 0},
	} {
		_, _, err := read(c.sent, false)
		v, ok := errors.AsType[*wsframe.Violation](err)
		if err == nil || ok != (c.code != 0) || ok && v.Code != c.code {
			t.Errorf("%s: %v, want %d", name, err, c.code)
		}
	}
}

// Parts that are compressed once, and parts that are not, are one message to whoever reads it.
func TestDeflate(t *testing.T) {
	body := strings.Repeat("Bonjour à toutes et à tous. ", 1000)
	packed := wsframe.Deflate([]byte(body))
	if len(packed) > len(body)/10 {
		t.Errorf("%d bytes of %d are left", len(packed), len(body))
	}

	for _, head := range []string{"", `{"id":"1","payload":`} {
		frame := wsframe.AppendPacked(nil, []byte(head), packed, []byte("}"))
		if got := inflated(t, frame); got != head+body+"}" {
			t.Errorf("it reads %.60q", got)
		}
	}
}

// What does not inflate, or becomes too large, is refused.
func TestInflateRefused(t *testing.T) {
	bomb := strings.TrimSuffix(string(wsframe.Deflate(make([]byte, 1<<24))), "\x00\x00\xff\xff")
	for name, c := range map[string]struct {
		sent string
		code int
	}{
		"a bomb":             {bomb, 1009},
		"a block of no kind": {"\x06", 1007},
		"no block":           {"", 1007},
	} {
		_, _, err := read(fromClient(0xc0|wsframe.Text, c.sent), true)
		if v, ok := errors.AsType[*wsframe.Violation](err); !ok || v.Code != c.code {
			t.Errorf("%s: %v, want %d", name, err, c.code)
		}
	}
}

// A message may become a hundred times as long as what was sent, and 64 KiB longer.
func TestInflateRatio(t *testing.T) {
	const limit = 1 << 20
	noise := make([]byte, 10<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)

	for name, c := range map[string]struct {
		message []byte
		wanted  bool
	}{
		"little, of much the same":     {make([]byte, 64<<10), true},
		"fifty times as long":          {append(noise, make([]byte, 500<<10)...), true},
		"more than a hundred times":    {make([]byte, 128<<10), false},
		"more than a message may have": {append(noise, make([]byte, 1<<20)...), false},
	} {
		sent := strings.TrimSuffix(string(wsframe.Deflate(c.message)), "\x00\x00\xff\xff")
		r := bufio.NewReader(bytes.NewReader(fromClient(0xc0|wsframe.Text, sent)))
		m, err := wsframe.ReadMessage(r, limit, true, begins, func(wsframe.Frame) error { return nil })
		if err != nil || !m.IsPacked() {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := m.Unpacked(limit)
		if (err == nil) != c.wanted || c.wanted && !bytes.Equal(got, c.message) {
			t.Errorf("%s: %d bytes of %d: %v", name, len(got), len(sent), err)
		}
	}
}

// A handshake offers compression when it names the extension, and asks for no window smaller than ours.
func TestOffersDeflate(t *testing.T) {
	for offer, want := range map[string]bool{
		"": false, "permessage-deflate": true, "permessage-deflate; client_max_window_bits": true,
		"x-other, permessage-deflate":                   true,
		"permessage-deflate; Server_Max_Window_Bits=10": false, "permessage-deflated": false,
	} {
		r := &http.Request{Header: http.Header{"Sec-Websocket-Extensions": {offer}}}
		if got := wsframe.OffersDeflate(r); got != want {
			t.Errorf("%q: %t", offer, got)
		}
	}
}

// A close frame is answered with its own code; one whose code or reason is not allowed is a violation.
func TestCloseStatus(t *testing.T) {
	code := func(n uint16, reason string) []byte { return append(binary.BigEndian.AppendUint16(nil, n), reason...) }

	for _, c := range []struct {
		payload []byte
		want    string
		code    int // of the violation, 0 for none
	}{
		{nil, "", 0}, {code(1000, "bye"), "\x03\xe8", 0}, {code(4999, ""), "\x13\x87", 0},
		{[]byte("x"), "", 1002}, {code(1005, ""), "", 1002}, {code(5000, ""), "", 1002}, {code(1000, "\xc3"), "", 1007},
	} {
		got, err := wsframe.CloseStatus(c.payload)
		v, refused := errors.AsType[*wsframe.Violation](err)
		if string(got) != c.want || refused != (c.code != 0) || refused && v.Code != c.code {
			t.Errorf("%q: %q, %v", c.payload, got, err)
		}
	}
}

// FuzzReadMessage reads any bytes at all: that never panics, never returns more than the limit, and names a valid code
// for what is no frame.
func FuzzReadMessage(f *testing.F) {
	for _, seed := range [][]byte{
		nil, fromClient(0x80|wsframe.Text, "x"), fromClient(wsframe.Text, "x"), fromClient(0xc0|wsframe.Text, "\x06"),
		{0x81, 0xff, 0x7f, 0xff},
		append(fromClient(wsframe.Text, "a"), fromClient(0x80|wsframe.More, "b")...),
		fromClient(0x80|wsframe.Close, "\x03\xe8"),
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}

	f.Fuzz(func(t *testing.T, sent []byte, deflate bool) {
		m, _, err := read(sent, deflate)

		v, ok := errors.AsType[*wsframe.Violation](err)
		if ok && (v.Code < 1002 || v.Code > 1009 || len(v.Reason) > 123) {
			t.Errorf("%x: %v", sent, v)
		}
		if err == nil && len(m.Payload) > limit {
			t.Errorf("%x: %d bytes", sent, len(m.Payload))
		}
	})
}

// begins lets every frame begin.
func begins(wsframe.Frame, int) error { return nil }

// The length of a frame is known, and can be refused, before its payload is read.
func TestFramesBegin(t *testing.T) {
	announced := []byte{bitsOfText, 0x80 | 126, 0x27, 0x10, 1, 2, 3, 4} // 10,000 bytes follow, which never come
	refused := errors.New("not paid")
	_, err := wsframe.ReadMessage(bufio.NewReader(bytes.NewReader(announced)), 1<<20, false,
		func(f wsframe.Frame, length int) error {
			if f.Opcode != wsframe.Text || length != 10_000 {
				t.Errorf("opcode %d, %d bytes", f.Opcode, length)
			}
			return refused
		}, func(wsframe.Frame) error { return errors.New("it has come") })
	if !errors.Is(err, refused) {
		t.Errorf("%v", err)
	}
}

// bitsOfText begin a text message of one frame.
const bitsOfText = 0x80 | wsframe.Text
