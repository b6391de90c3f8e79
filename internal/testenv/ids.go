package testenv

import (
	"encoding/base32"
	"encoding/binary"
	"sync/atomic"
	"time"
)

// uuid7 is the first half of each id: the millisecond 2023-06-07T09:00:00Z, version 7, and no random bits.
const uuid7 = 0x0188_9515_9680_7000

// uuidVariant has the two bits with which the second half of each UUID begins. Source: RFC 9562, section 4.1.
const uuidVariant = 1 << 63

// idEncoding writes a UUID as the 26 characters of an id, so that text and bytes have the same order.
var idEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewIDs returns a source of ids. They have the form of the program's, <kind>_<UUIDv7 in 26 characters of lower-case
// base32hex>, but are the same in every run, and each is greater than the last, whatever its kind. Safe for concurrent
// use.
func NewIDs() func(kind string) string {
	var last atomic.Uint64
	return func(kind string) string {
		var id [16]byte
		binary.BigEndian.PutUint64(id[:8], uuid7)
		binary.BigEndian.PutUint64(id[8:], uuidVariant|last.Add(1))
		return kind + "_" + idEncoding.EncodeToString(id[:])
	}
}

// IDAt returns an id of a kind such as a client makes it at a moment.
func IDAt(kind string, at time.Time) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|0x7000)
	binary.BigEndian.PutUint64(id[8:], uuidVariant)
	return kind + "_" + idEncoding.EncodeToString(id[:])
}
