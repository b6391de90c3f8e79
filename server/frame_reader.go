package server

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// We read frames ourselves: a reader that waits for the next frame keeps a buffer and a goroutine for each idle socket,
// and gorilla/websocket, which shakes hands for us, cannot be asked whether it is between two messages.

// violation is what a client did against RFC 6455, as its close code.
type violation struct {
	code   int
	reason string
}

func (v *violation) Error() string { return fmt.Sprintf("websocket: %d %s", v.code, v.reason) }

func broken(reason string) error { return &violation{websocket.CloseProtocolError, reason} }

var errTooBig = &violation{websocket.CloseMessageTooBig, "Message too big"}

// frameReaders are lent to sockets while something comes in.
var frameReaders = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

// frame is one frame of a client, unmasked.
type frame struct {
	final   bool
	packed  bool // the first reserved bit: compressed
	opcode  byte
	payload []byte
}

func (f frame) isControl() bool { return f.opcode&0x8 != 0 }

// readFrame reads one frame, whose payload has at most so many bytes unless it is a control frame, and which may be
// compressed or not.
func readFrame(r *bufio.Reader, limit int, packed bool) (f frame, err error) {
	var head [14]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return f, err
	}
	f.final, f.packed, f.opcode = head[0]&frameFinal != 0, head[0]&framePacked != 0, head[0]&0xf
	length := uint64(head[1] & 0x7f)
	switch {
	case head[0]&(frameReserved&^framePacked) != 0, f.packed && (!packed || f.isControl()):
		return f, broken("Reserved bits are set")
	case head[1]&frameMasked == 0:
		return f, broken("Frames of clients are masked")
	case f.isControl() && (!f.final || length > 125):
		return f, broken("Control frames are short and whole")
	case f.opcode > framePong || f.opcode > frameBinary && f.opcode < frameClose:
		return f, broken("Unknown opcode")
	}
	if length, err = readLength(r, length); err != nil {
		return f, err
	}
	if length > uint64(limit) && !f.isControl() {
		return f, errTooBig
	}
	if _, err := io.ReadFull(r, head[:4]); err != nil {
		return f, err
	}
	f.payload, err = io.ReadAll(io.LimitReader(r, int64(length))) // memory is for what came, not for what was announced
	if err != nil || uint64(len(f.payload)) < length {
		return f, errors.Join(err, io.ErrUnexpectedEOF)
	}
	unmask(f.payload, [4]byte(head[:4]))
	return f, nil
}

// readLength reads the rest of a length that does not fit into seven bits.
func readLength(r *bufio.Reader, short uint64) (uint64, error) {
	var long [8]byte
	switch short {
	case 126:
		_, err := io.ReadFull(r, long[6:])
		return binary.BigEndian.Uint64(long[:]), err
	case 127:
		_, err := io.ReadFull(r, long[:])
		return binary.BigEndian.Uint64(long[:]), err
	}
	return short, nil
}

func unmask(b []byte, key [4]byte) {
	for i := range b {
		b[i] ^= key[i&3]
	}
}

// readMessage reads one message, or one control frame that comes before it. Control frames within the message go to
// control.
func readMessage(r *bufio.Reader, limit int, packed bool, control func(frame) error) (m frame, err error) {
	if m, err = readFrame(r, limit, packed); err != nil || m.isControl() {
		return m, err
	}
	if m.opcode == frameMore {
		return m, broken("Nothing to continue")
	}
	for !m.final {
		f, err := readFrame(r, limit-len(m.payload), packed)
		switch {
		case err != nil:
			return m, err
		case f.isControl():
			if err := control(f); err != nil {
				return m, err
			}
		case f.opcode != frameMore || f.packed:
			return m, broken("A message is not over")
		default:
			m.payload, m.final = append(m.payload, f.payload...), f.final
		}
	}
	if m.packed {
		m.payload, err = inflate(m.payload, limit)
	}
	return m, err
}

// closeStatus reads the payload of a close frame, and returns what is answered: the same.
func closeStatus(payload []byte) ([]byte, error) {
	switch {
	case len(payload) == 0:
		return nil, nil
	case len(payload) == 1 || !mayClose(int(binary.BigEndian.Uint16(payload))):
		return nil, broken("Not a close code")
	case !utf8.Valid(payload[2:]):
		return nil, &violation{websocket.CloseInvalidFramePayloadData, "Not UTF-8"}
	}
	return payload[:2], nil
}

// mayClose says whether a client may close with a code. Source: RFC 6455 §7.4, and IANA's registry up to 1014.
func mayClose(code int) bool {
	switch {
	case code >= 3000 && code < 5000:
		return true
	case code == 1004, code == websocket.CloseNoStatusReceived, code == websocket.CloseAbnormalClosure:
		return false
	}
	return code >= websocket.CloseNormalClosure && code <= 1014
}
