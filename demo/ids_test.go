package demo

import (
	"encoding/base32"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"ensemble/consultation/change"
)

// idsTellTimes checks that the time in an id is that of its row, and that ids are in the order of time.
func (all everything) idsTellTimes(t *testing.T) {
	var last time.Time
	for _, e := range all.events {
		same(t, e.ID, timeOf(t, e.ID), e.At.Truncate(time.Millisecond))
		if e.At.Before(last) {
			t.Errorf("%s is before what came before it", e.ID)
		}
		last = e.At
	}

	for _, m := range all.comments {
		same(t, m.ID, timeOf(t, m.ID), m.CreatedAt.Truncate(time.Millisecond))
	}
}

// timeOf returns the time in an id.
func timeOf(t *testing.T, id string) time.Time {
	t.Helper()
	kind, text, _ := strings.Cut(id, "_")
	raw, err := base32.HexEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(text))

	if known, ok := change.KindOf(id); err != nil || !ok || known != kind || raw[6]>>4 != 7 || raw[8]>>6 != 2 {
		t.Fatalf("%s is no id: %v", id, err)
	}

	return time.UnixMilli(int64(binary.BigEndian.Uint64(raw) >> 16)).UTC()
}

// More ids than fit in a millisecond are still in the order in which they were made.
func TestIDsInOneMillisecond(t *testing.T) {
	ids, last := newIDs(), ""
	for range 3 * maxInMillisecond {
		id := ids.next("event", now)
		if id <= last {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
	}
}
