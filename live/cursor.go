package live

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// ErrCursor means that a cursor is not one of ours, or belongs to another topic.
var ErrCursor = errors.New("live: not a cursor of this topic")

// maxTopicBytes bounds the topic in a cursor; a node ID has about 40.
const maxTopicBytes = 100

// cursorLayout is the first byte of an encoded cursor. A new layout gets a new number.
const cursorLayout = 1

// Cursor is a place in a topic, right after the event with this number and nonce.
// Seq 0, with nonce 0, is the place before the first event.
type Cursor struct {
	Topic string
	Seq   int64
	Nonce uint64
}

// String encodes c for clients: URL-safe, about 65 characters for a node ID, opaque to them. It is not signed:
// whoever makes one up only harms their own position, and a wrong nonce is answered with a Reset.
func (c Cursor) String() string {
	b := make([]byte, 0, 1+binary.MaxVarintLen64+8+len(c.Topic))
	b = append(b, cursorLayout)
	b = binary.AppendUvarint(b, uint64(c.Seq))
	b = binary.BigEndian.AppendUint64(b, c.Nonce)
	return base64.RawURLEncoding.EncodeToString(append(b, c.Topic...))
}

// ParseCursor reads what String wrote, or returns ErrCursor. It accepts one spelling per cursor.
func ParseCursor(s string) (Cursor, error) {
	c, ok := decodeCursor(s)
	if !ok || !c.valid() || c.String() != s {
		return Cursor{}, ErrCursor
	}
	return c, nil
}

// valid reports whether c can be the place of an event, or the one before the first.
func (c Cursor) valid() bool {
	named := c.Topic != "" && len(c.Topic) <= maxTopicBytes
	return named && c.Seq >= 0 && (c.Seq == 0) == (c.Nonce == 0)
}

// decodeCursor reads any spelling of a cursor (with line breaks, long numbers, spare bits). ParseCursor refuses all but
// one.
func decodeCursor(s string) (Cursor, bool) {
	if len(s) > base64.RawURLEncoding.EncodedLen(1+binary.MaxVarintLen64+8+maxTopicBytes) {
		return Cursor{}, false
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) == 0 || b[0] != cursorLayout {
		return Cursor{}, false
	}

	seq, n := binary.Uvarint(b[1:])
	if n <= 0 || len(b) < 1+n+8 {
		return Cursor{}, false
	}

	b = b[1+n:]
	return Cursor{Topic: string(b[8:]), Seq: int64(seq), Nonce: binary.BigEndian.Uint64(b)}, true
}
