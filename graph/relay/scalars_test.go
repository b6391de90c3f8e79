package relay

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"ensemble/consultation/refusal"
)

// scalarCase is something that reads a scalar, and what it makes of a value; nil when it refuses it.
type scalarCase struct {
	name string
	read func(any) (any, error)
	in   any
	want any
}

// scalarCases lists texts, ids, numbers and moments, in the forms that variables and literals bring them.
func scalarCases() []scalarCase {
	moment := func(v any) (any, error) { return UnmarshalDateTime(v) }
	text := func(v any) (any, error) { return UnmarshalString(v) }
	id := func(v any) (any, error) { return UnmarshalID(v) }
	number := func(v any) (any, error) { return UnmarshalInt(v) }

	return []scalarCase{
		{"text", text, "l’été \U0001F600", "l’été \U0001F600"},
		{"empty text", text, "", ""},
		{"text with NUL", text, "a\x00", nil},
		{"broken text", text, "a\xff", nil},
		{"half a surrogate", text, "a\xed\xa0\x80", nil},
		{"a number as text", text, json.Number("5"), nil},
		{"nothing as text", text, nil, nil},
		{"a list as text", text, []any{"x"}, nil},

		{"id", id, "user_1", "user_1"},
		{"a number as id", id, json.Number("5"), "5"},
		{"a literal number as id", id, int64(5), "5"},
		{"a fraction as id", id, 1.5, nil},
		{"id with NUL", id, "user_\x00", nil},

		{"number", number, json.Number("-7"), -7},
		{"literal number", number, int64(7), 7},
		{"default number", number, 7, 7},
		{"largest number", number, int64(1<<31 - 1), 1<<31 - 1},
		{"smallest number", number, json.Number("-2147483648"), -1 << 31},
		{"large number", number, int64(1 << 31), nil},
		{"large number in a variable", number, json.Number("2147483648"), nil},
		{"fraction", number, json.Number("1.0"), nil},
		{"number as text", number, "7", nil},
		{"truth as number", number, true, nil},

		{"moment", moment, "2026-03-01T09:30:00+02:00", time.Date(2026, 3, 1, 7, 30, 0, 0, time.UTC)},
		{"moment to the nanosecond", moment, "2026-03-01T09:30:00.123456789Z",
			time.Date(2026, 3, 1, 9, 30, 0, 123_456_000, time.UTC)},
		{"first moment", moment, "0001-01-01T00:00:00Z", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"before it", moment, "0001-01-01T00:00:00+00:01", nil},
		{"last moment", moment, "9999-12-31T23:59:59.999999999Z",
			time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)},
		{"after it", moment, "9999-12-31T23:59:59-00:01", nil},
		{"small letters", moment, "2026-03-01t09:30:00z", time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)},
		{"one digit", moment, "2026-03-01T09:30:00.5Z", time.Date(2026, 3, 1, 9, 30, 0, 500_000_000, time.UTC)},
		{"a point without digits", moment, "2026-03-01T09:30:00.Z", nil},
		{"a comma for the point", moment, "2026-03-01T09:30:00,5Z", nil},
		{"a leap second", moment, "2026-06-30T23:59:60Z", nil},
		{"the hour after the last", moment, "2026-03-01T24:00:00Z", nil},
		{"an offset of a day", moment, "2026-03-01T09:30:00+24:00", nil},
		{"an offset without minutes", moment, "2026-03-01T09:30:00+02", nil},
		{"no day", moment, "2026-02-30T09:30:00Z", nil},
		{"a blank for the T", moment, "2026-03-01 09:30:00Z", nil},
		{"day", moment, "2026-03-01", nil},
		{"moment without zone", moment, "2026-03-01T09:30:00", nil},
		{"number as moment", moment, int64(0), nil},
		{"no moment", moment, nil, nil},
	}
}

// Each scalar is read as what it means, or refused as bad input.
func TestScalars(t *testing.T) {
	for _, c := range scalarCases() {
		got, err := c.read(c.in)

		if c.want == nil {
			if refusal.CodeOf(err) != refusal.BadUserInput {
				t.Errorf("%s: %v, %v", c.name, got, err)
			}
			continue
		}

		if err != nil || got != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

// A moment is written in UTC, whatever its zone.
func TestDateTimeIsWrittenInUTC(t *testing.T) {
	for nanoseconds, want := range map[int]string{
		1_000: `"2026-03-01T08:30:00.000001Z"`, 500_000_000: `"2026-03-01T08:30:00.500000Z"`, 0: `"2026-03-01T08:30:00.000000Z"`,
	} {
		var b bytes.Buffer
		MarshalDateTime(time.Date(2026, 3, 1, 9, 30, 0, nanoseconds, time.FixedZone("Paris", 3600))).MarshalGQL(&b)
		if b.String() != want {
			t.Errorf("%s, want %s", b.String(), want)
		}
	}
}
