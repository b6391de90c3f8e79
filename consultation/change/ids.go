package change

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"

	"github.com/google/uuid"
)

// encoding is base32hex in lower case: it writes 16 bytes as 26 characters, which sort as the bytes do.
var encoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewID makes the id of a new node: kind, "_" and a UUIDv7, so that ids sort by age.
func NewID(kind string) string {
	id := uuid.Must(uuid.NewV7()) // fails only without randomness, when crypto/rand has stopped the program
	return IDFrom(kind, id)
}

// IDFrom makes an id of a UUID that is known already, for content that is imported or made up: such an id sorts by the
// age of the content.
func IDFrom(kind string, id uuid.UUID) string { return kind + "_" + encoding.EncodeToString(id[:]) }

// KindOf returns the kind of node that an id names. ok is false when the string has not the form of an id.
func KindOf(id string) (kind string, ok bool) {
	kind, rest, ok := strings.Cut(id, "_")
	if !ok || kind == "" || len(rest) != 26 {
		return "", false
	}
	_, err := encoding.DecodeString(rest)
	return kind, err == nil
}

// newNonce returns 64 random bits, never 0.
func newNonce() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return max(binary.LittleEndian.Uint64(b[:]), 1)
}

// Node is an entity with an id.
type Node interface{ NodeID() string }

// IDs returns the ids of rows, in the order of the rows.
func IDs[T Node](rows []T) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = row.NodeID()
	}
	return out
}
