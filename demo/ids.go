package demo

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"ensemble/consultation/change"
)

// maxInMillisecond is the greatest count that fits beside the time in a UUIDv7: 12 bits.
const maxInMillisecond = 1<<12 - 1

// ids makes ids of the form of change.NewID. Their time is that of the content, and each is greater than the last
// (RFC 9562, section 6.2, method 1). Their random part comes from a seed, so that the same story has the same ids each
// time.
type ids struct {
	random       *rand.Rand
	milliseconds int64
	count        uint64
}

func newIDs() *ids { return &ids{random: rand.New(rand.NewPCG(seed, 1))} } // #nosec G404 -- the sample never changes

// next returns an id of a node of this kind, made at this time.
func (i *ids) next(kind string, at time.Time) string {
	if now := at.UnixMilli(); now > i.milliseconds {
		i.milliseconds, i.count = now, 0
	} else if i.count++; i.count > maxInMillisecond {
		i.milliseconds, i.count = i.milliseconds+1, 0
	}

	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(i.milliseconds)<<16|0x7000|i.count) // version 7
	binary.BigEndian.PutUint64(id[8:], 1<<63|i.random.Uint64()>>2)                // variant 2

	return change.IDFrom(kind, id)
}
