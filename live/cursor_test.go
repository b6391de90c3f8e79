package live

import (
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"
)

// A cursor is read as it was written.
func TestCursorRoundTrips(t *testing.T) {
	const topic = "commitment_068j2q5m3tq7p9v0k4c1d8g2rw"

	for _, c := range []Cursor{
		{Topic: topic},
		{Topic: topic, Seq: 1, Nonce: 1},
		{Topic: topic, Seq: 300, Nonce: math.MaxUint64},
		{Topic: "x", Seq: math.MaxInt64, Nonce: 1 << 63},
		{Topic: strings.Repeat("t", maxTopicBytes), Seq: 1, Nonce: 7},
	} {
		got, err := ParseCursor(c.String())
		if err != nil || got != c {
			t.Errorf("ParseCursor(%q) = %v, %v, want %v", c.String(), got, err, c)
		}
	}
}

// What is no cursor is refused, and nothing of it is read.
func TestParseCursorRefuses(t *testing.T) {
	good := Cursor{Topic: "process_1", Seq: 5, Nonce: 9}.String()
	raw := func(b string) string { return base64.RawURLEncoding.EncodeToString([]byte(b)) }

	for name, s := range map[string]string{
		"empty":                 "",
		"not base64":            "%%%",
		"padded":                good + "=",
		"line break":            good[:4] + "\n" + good[4:],
		"cut":                   good[:8],
		"another layout":        raw("\x02\x05\x00\x00\x00\x00\x00\x00\x00\x09process_1"),
		"no topic":              Cursor{Seq: 5, Nonce: 9}.String(),
		"long topic":            Cursor{Topic: strings.Repeat("t", maxTopicBytes+1), Seq: 5, Nonce: 9}.String(),
		"number without nonce":  Cursor{Topic: "process_1", Seq: 5}.String(),
		"nonce without number":  Cursor{Topic: "process_1", Nonce: 9}.String(),
		"negative number":       Cursor{Topic: "process_1", Seq: -1, Nonce: 9}.String(),
		"number in spare bytes": raw("\x01\x85\x00\x00\x00\x00\x00\x00\x00\x00\x09process_1"),
		"megabyte":              strings.Repeat("A", 1<<20),
	} {
		if c, err := ParseCursor(s); !errors.Is(err, ErrCursor) || c != (Cursor{}) {
			t.Errorf("%s: ParseCursor = %v, %v, want ErrCursor", name, c, err)
		}
	}
}

// FuzzParseCursor reads any text at all: a cursor that is read is valid, and is written as it was read.
func FuzzParseCursor(f *testing.F) {
	f.Add(Cursor{Topic: "process_1", Seq: 5, Nonce: 9}.String())
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCursor(s)
		if err == nil && (c.String() != s || !c.valid()) {
			t.Errorf("%q is read as %v, which is written %q", s, c, c)
		}
	})
}
