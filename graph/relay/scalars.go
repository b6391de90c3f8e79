package relay

import (
	"encoding/json"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"ensemble/consultation/refusal"
)

// Scalars refuse values that no field can use, so that these reach neither rules nor SQL. Errors: BAD_USER_INPUT
// without a field, since scalars do not know which input they read; package graph adds it.

// MarshalString writes a string.
func MarshalString(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalString reads a string that databases can hold: PostgreSQL takes neither NUL nor broken UTF-8.
func UnmarshalString(v any) (string, error) {
	s, ok := v.(string)
	switch {
	case !ok:
		return "", refusal.BadInput("", "This is not a string.")
	case !utf8.ValidString(s):
		return "", refusal.BadInput("", "This is not valid UTF-8.")
	case strings.ContainsRune(s, 0):
		return "", refusal.BadInput("", "Control characters are not allowed.")
	}
	return s, nil
}

// MarshalID writes an id.
func MarshalID(s string) graphql.Marshaler { return graphql.MarshalID(s) }

// UnmarshalID reads an id, under the same conditions as a string. It takes numbers, too, as GraphQL wants, although no
// id of ours is one.
func UnmarshalID(v any) (string, error) {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10), nil
	case json.Number:
		return v.String(), nil
	}
	return UnmarshalString(v)
}

// MarshalInt writes a number.
func MarshalInt(n int) graphql.Marshaler { return graphql.MarshalInt(n) }

// UnmarshalInt reads an integer of 32 bits, the only ones in GraphQL.
func UnmarshalInt(v any) (int, error) {
	switch v := v.(type) {
	case int: // a default of our schema
		return v, nil
	case int64:
		if v >= math.MinInt32 && v <= math.MaxInt32 {
			return int(v), nil
		}
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 32); err == nil {
			return int(n), nil
		}
	}

	return 0, refusal.BadInput("", "This is not a whole number of 32 bits.")
}

// moment is RFC 3339 with all the digits that we keep: texts of moments sort as the moments do.
const moment = "2006-01-02T15:04:05.000000Z07:00"

// MarshalDateTime writes a moment as RFC 3339, in UTC, with microseconds.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(t.UTC().Format(moment)))
	})
}

// rfc3339 matches how moments may be written, with capital letters; Go's parser also takes a comma for the point, and
// offsets of a hundred hours.
// Source: https://www.rfc-editor.org/rfc/rfc3339#section-5.6
var rfc3339 = regexp.MustCompile(
	`^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// UnmarshalDateTime reads a moment as RFC 3339, in letters of either case, and cuts it to the microsecond, as databases
// store it. It refuses leap seconds, which Go does not know, and moments outside of the years 1 to 9999 in UTC: RFC 3339
// could not write them again.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, _ := v.(string) // what is no string is read as "", which is no moment
	s = strings.ToUpper(s)
	t, err := time.Parse(time.RFC3339Nano, s)
	t = t.UTC().Truncate(time.Microsecond)

	if err != nil || !rfc3339.MatchString(s) || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, refusal.BadInput("", "This is not a moment: write it as 2026-03-01T09:30:00Z.")
	}
	return t, nil
}
