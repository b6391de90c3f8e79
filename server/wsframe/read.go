package wsframe

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// Violation is what a client did against RFC 6455, or its reader, and the code that its socket is closed with for it.
type Violation struct {
	Code   int
	Reason string // for the client, at most 123 bytes
}

// Error implements error.
func (v *Violation) Error() string { return fmt.Sprintf("websocket: %d %s", v.Code, v.Reason) }

// broken returns the violation that has no code of its own.
func broken(reason string) error { return &Violation{websocket.CloseProtocolError, reason} }

// errTooBig names the limit as docs/limits.md does.
var errTooBig = &Violation{websocket.CloseMessageTooBig,
	fmt.Sprintf("bodySize: more than a message may have, or than %d times what was compressed", maxRatio)}

// Frame is one frame of a client, unmasked; or a whole message, whose fragments have been put together. The payload of a
// message may be compressed.
type Frame struct {
	Opcode  byte
	Payload []byte

	final  bool // no fragment of the same message follows
	packed bool // the first reserved bit: compressed
}

// IsControl reports whether f is a control frame: a ping, a pong or a close.
func (f Frame) IsControl() bool { return f.Opcode&0x8 != 0 }

// IsPacked reports whether the payload of a message is compressed.
func (f Frame) IsPacked() bool { return f.packed }

// ReadMessage reads one message, or one control frame that comes before it. Each frame, also a control frame between two
// fragments of the message, goes to begins as soon as its length is known, and to came once it is there; their errors
// end the reading. A payload has at most limit bytes; when deflate was agreed, it may be compressed, see Unpacked.
// Errors: a *Violation, with what to say to the client; otherwise what reading failed with, which is io.EOF only when
// nothing came.
func ReadMessage(
	r *bufio.Reader, limit int, deflate bool, begins func(f Frame, length int) error, came func(Frame) error,
) (m Frame, err error) {
	if m, err = readFrame(r, limit, deflate, begins); err != nil {
		return m, err
	}
	if m.Opcode == More {
		return m, broken("Nothing to continue")
	}
	if err := came(m); err != nil || m.IsControl() {
		return m, err
	}

	for !m.final {
		f, err := readFrame(r, limit-len(m.Payload), deflate, begins)
		switch {
		case err != nil:
			return m, err
		case !f.IsControl() && (f.Opcode != More || f.packed):
			return m, broken("A message is not over")
		}

		if err := came(f); err != nil {
			return m, err
		}
		if !f.IsControl() {
			m.Payload, m.final = append(m.Payload, f.Payload...), f.final
		}
	}

	return m, nil
}

// Unpacked returns the payload of a message, uncompressed, of at most limit bytes. With an error it returns what was
// uncompressed until then. Errors: a *Violation.
func (f Frame) Unpacked(limit int) ([]byte, error) {
	if !f.packed {
		return f.Payload, nil
	}
	return inflate(f.Payload, limit)
}

// readFrame reads one frame. Its payload has at most limit bytes, unless it is a control frame, which has its own
// limit.
func readFrame(r *bufio.Reader, limit int, deflate bool, begins func(Frame, int) error) (f Frame, err error) {
	var head [14]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return f, err
	}
	f.final, f.packed, f.Opcode = head[0]&bitFinal != 0, head[0]&bitPacked != 0, head[0]&0xf
	length := uint64(head[1] & 0x7f)

	// If the first two bytes break a rule already, do not wait for the others.
	switch {
	case head[0]&bitsUnused != 0, f.packed && (!deflate || f.IsControl()):
		return f, broken("Reserved bits are set")
	case head[1]&bitMasked == 0:
		return f, broken("Frames of clients are masked")
	case f.IsControl() && (!f.final || length > 125):
		return f, broken("Control frames are short and whole")
	case f.Opcode > Pong || f.Opcode > Binary && f.Opcode < Close:
		return f, broken("Unknown opcode")
	}

	if length, err = readLength(r, length); err != nil {
		return f, err
	}
	if length > uint64(limit) && !f.IsControl() {
		return f, errTooBig
	}
	if err := begins(f, int(length)); err != nil { // #nosec G115 -- within the limits
		return f, err
	}

	if _, err := io.ReadFull(r, head[:4]); err != nil {
		return f, err
	}
	f.Payload, err = io.ReadAll(io.LimitReader(r, int64(length))) // memory is for what came, not for what was announced
	if err != nil || uint64(len(f.Payload)) < length {
		return f, errors.Join(err, io.ErrUnexpectedEOF)
	}
	unmask(f.Payload, [4]byte(head[:4]))
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

// unmask undoes, in place, what clients do to each payload.
func unmask(b []byte, key [4]byte) {
	for i := range b {
		b[i] ^= key[i&3]
	}
}

// CloseStatus reads the payload of a close frame and returns what is answered: the same code without the reason, or
// nothing when there was none. Errors: a *Violation.
func CloseStatus(payload []byte) ([]byte, error) {
	switch {
	case len(payload) == 0:
		return nil, nil
	case len(payload) == 1 || !mayClose(int(binary.BigEndian.Uint16(payload))):
		return nil, broken("Not a close code")
	case !utf8.Valid(payload[2:]):
		return nil, &Violation{websocket.CloseInvalidFramePayloadData, "Not UTF-8"}
	}
	return payload[:2], nil
}

// mayClose reports whether a client may close with a code. Source: RFC 6455 §7.4, and IANA's registry up to 1014.
func mayClose(code int) bool {
	switch {
	case code >= 3000 && code < 5000:
		return true
	case code == 1004, code == websocket.CloseNoStatusReceived, code == websocket.CloseAbnormalClosure:
		return false
	}
	return code >= websocket.CloseNormalClosure && code <= 1014
}
