package crowd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Opcodes of RFC 6455.
const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// masked is the bit that every frame of a client has. Our key is zero, which changes nothing.
const masked = 0x80

// frames handles what is complete in data and returns the rest.
func (c *crowd) frames(s *subscriber, data []byte) ([]byte, error) {
	if s.stage == upgrading {
		head, after, found := bytes.Cut(data, []byte("\r\n\r\n"))
		if !found {
			return data, nil
		}
		if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) {
			return nil, fmt.Errorf("no WebSocket: %s", data)
		}

		s.stage, data = greeting, after
		if err := c.say(s, opText, []byte(greetingOf(s.token))); err != nil {
			return nil, err
		}
	}

	for {
		opcode, payload, size := frame(data)
		if size == 0 {
			return data, nil
		}

		if err := c.hear(s, opcode, payload, size); err != nil {
			return nil, err
		}
		data = data[size:]
	}
}

// frame reads the first frame of data; its size is 0 when it is not complete.
func frame(data []byte) (opcode byte, payload []byte, size int) {
	if len(data) < 2 {
		return 0, nil, 0
	}

	head, n := 2, int(data[1])
	switch n {
	case 126:
		head = 4
	case 127:
		head = 10
	}

	if len(data) < head {
		return 0, nil, 0
	}

	switch n {
	case 126:
		n = int(binary.BigEndian.Uint16(data[2:]))
	case 127:
		n = int(binary.BigEndian.Uint64(data[2:]))
	}

	if len(data) < head+n {
		return 0, nil, 0
	}

	return data[0], data[head : head+n], head + n
}

// hear handles one frame of the server. Servers send no fragments here.
func (c *crowd) hear(s *subscriber, first byte, payload []byte, size int) error {
	const last = 0x80

	switch first {
	case last | opText:
		return c.message(s, payload, size)
	case last | opPing:
		return c.say(s, opPong, payload)
	case last | opPong:
		return nil
	case last | opClose:
		if len(payload) < 2 {
			return errors.New("the server closed the socket")
		}

		return fmt.Errorf("the server closed the socket: %d %s", binary.BigEndian.Uint16(payload), payload[2:])
	}
	return fmt.Errorf("a frame that begins with %#x", first)
}

// say writes one frame.
func (c *crowd) say(s *subscriber, opcode byte, payload []byte) error {
	out := make([]byte, 0, len(payload)+14)
	out = append(out, 0x80|opcode)
	switch n := len(payload); {
	case n < 126:
		out = append(out, masked|byte(n))
	default:
		out = binary.BigEndian.AppendUint16(append(out, masked|126), uint16(n))
	}

	out = append(out, 0, 0, 0, 0)
	return c.write(s, append(out, payload...))
}
