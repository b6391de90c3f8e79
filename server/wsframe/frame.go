package wsframe

import "encoding/binary"

// Opcodes of a frame: what it is. Those from Close on are control frames, which may come between the fragments of a
// message. Source: RFC 6455 §5.2.
const (
	More   = 0x0 // a message goes on
	Text   = 0x1
	Binary = 0x2
	Close  = 0x8
	Ping   = 0x9
	Pong   = 0xa
)

// Bits beside the opcode in the first byte of a frame, but for the last. Source: RFC 6455 §5.2.
const (
	bitFinal   = 0x80
	bitPacked  = 0x40 // the reserved bit of permessage-deflate, RFC 7692
	bitsUnused = 0x30 // the other two
	bitMasked  = 0x80 // of the second byte
)

// Append adds one whole, unmasked frame to b, whose payload is the parts in turn.
func Append(b []byte, opcode byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}

	b = append(b, bitFinal|opcode)
	switch {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}

	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// Closing returns the frame that says why a socket closes. The reason is at most 123 bytes long.
func Closing(code int, reason string) []byte {
	status := binary.BigEndian.AppendUint16(nil, uint16(code))
	return Append(nil, Close, status, []byte(reason))
}
