package server

import (
	"encoding/binary"
	"encoding/json"
)

// Opcodes and bits of a WebSocket frame. Source: RFC 6455 §5.2.
const (
	frameMore     = 0x0
	frameText     = 0x1
	frameBinary   = 0x2
	frameClose    = 0x8
	framePing     = 0x9
	framePong     = 0xa
	frameFinal    = 0x80
	frameReserved = 0x70
	framePacked   = 0x40 // the reserved bit of permessage-deflate, RFC 7692
	frameMasked   = 0x80 // of the second byte
)

// appendFrame adds one whole, unmasked frame, whose payload is the parts in turn.
func appendFrame(b []byte, opcode byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b = append(b, frameFinal|opcode)
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

// closeFrame tells why a socket closes. The reason is at most 123 bytes long.
func closeFrame(code int, reason string) []byte {
	status := binary.BigEndian.AppendUint16(nil, uint16(code))
	return appendFrame(nil, frameClose, status, []byte(reason))
}

// appendJSONString adds s as JSON.
func appendJSONString(b []byte, s string) []byte {
	return append(b, toJSON(s)...)
}

// toJSON writes what can always be written.
func toJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("server: something that is no JSON: " + err.Error())
	}
	return b
}
