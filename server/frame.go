package server

import (
	"encoding/binary"
	"encoding/json"
)

// Opcodes and bits of a WebSocket frame. Source: RFC 6455 §5.2.
const (
	frameText   = 0x1
	frameClose  = 0x8
	frameFinal  = 0x80
	frameHeader = 10 // bytes at most, from a server
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
	quoted, err := json.Marshal(s)
	if err != nil {
		panic("server: a string that is no JSON: " + err.Error())
	}
	return append(b, quoted...)
}
