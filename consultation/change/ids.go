package change

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"

	"github.com/google/uuid"
)

// encoding is base32hex in lower case: 26 characters that sort as the bytes do.
var encoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewID makes the id of a new node: kind, "_" and a UUIDv7, so that ids sort by age.
func NewID(kind string) string {
	id := uuid.Must(uuid.NewV7()) // fails only without randomness, when crypto/rand has stopped the program
	return IDFrom(kind, id)
}

// IDFrom writes an id whose UUID is known: imported or made-up content keeps its own age.
func IDFrom(kind string, id uuid.UUID) string { return kind + "_" + encoding.EncodeToString(id[:]) }

// KindOf says what kind of node an id names; false when it is not the form of an id.
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

func IDs[T Node](rows []T) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = row.NodeID()
	}
	return out
}
