package relay

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"
)

// Order is how a list is sorted: by all columns in one direction. None of them is ever null, and the last is unique. So
// the values of a row say its place, and rows with equal keys are in a fixed order, too.
type Order[T any] struct {
	Name    string // of the kind of list and of this order; part of the list's name in cursors, see Order.list
	Columns []Column[T]
	Desc    bool
}

// Column is one sort key.
type Column[T any] struct {
	Name  string                             // in SQL
	Value func(T) any                        // returns the value of a row
	Parse func(json.RawMessage) (any, error) // reads such a value from a cursor
}

// Text returns a column of strings, sorted by byte (PostgreSQL's collation "C", SQLite's BINARY).
func Text[T any](name string, value func(T) string) Column[T] {
	return Column[T]{name, func(row T) any { return value(row) }, func(raw json.RawMessage) (any, error) {
		s, err := parse[string](raw)
		if err == nil && strings.ContainsRune(s.(string), 0) {
			err = errors.New("text with a NUL, which PostgreSQL cannot compare")
		}
		return s, err
	}}
}

// Number returns a column of integers of 32 bits.
func Number[T any](name string, value func(T) int) Column[T] {
	return Column[T]{name, func(row T) any { return value(row) }, func(raw json.RawMessage) (any, error) {
		n, err := parse[int](raw)
		if err == nil && (n.(int) > math.MaxInt32 || n.(int) < math.MinInt32) {
			err = errors.New("number out of range")
		}
		return n, err
	}}
}

// Moment returns a column of times. Databases store them to the microsecond.
func Moment[T any](name string, value func(T) time.Time) Column[T] {
	return Column[T]{name, func(row T) any { return value(row).UTC() }, func(raw json.RawMessage) (any, error) {
		t, err := parse[time.Time](raw)
		if err == nil {
			t = t.(time.Time).UTC()
		}
		return t, err
	}}
}

// parse reads a value of type V.
func parse[V any](raw json.RawMessage) (any, error) {
	var v V
	err := json.Unmarshal(raw, &v)
	return v, err
}

// As returns the order under another name, for another list than the one that it was made for: cursors of one are then
// refused by the other.
func (o Order[T]) As(name string) Order[T] {
	o.Name = name
	return o
}

// list returns the name that a list has in its cursors: that of the list of a parent, under a filter, in this order. A
// cursor with the name of another list is refused. The name is a hash of 6 bytes, so that cursors stay short. It
// protects nothing: whoever forges a cursor begins at a place in a list that they may read anyway.
func (o Order[T]) list(parent string, filter any) string {
	raw, err := json.Marshal([]any{o.Name, parent, filter})
	if err != nil {
		panic("relay: a filter that is no JSON: " + err.Error())
	}

	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// cursor returns the cursor of row in a list.
func (o Order[T]) cursor(list string, row T) string {
	values := make([]any, len(o.Columns))
	for i, c := range o.Columns {
		values[i] = c.Value(row)
	}
	return encode(list, values)
}

// encode returns the cursor of a place: base64url of the JSON array [list, values…].
func encode(list string, values []any) string {
	raw, err := json.Marshal(append([]any{list}, values...))
	if err != nil {
		panic("relay: a sort key that is no JSON: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

var errCursor = errors.New("not a cursor of this list and order")

// place reads a cursor of a list and returns one value for each column. It accepts only what encode writes for the
// place. Errors: errCursor.
func (o Order[T]) place(list, cursor string) ([]any, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return nil, errCursor
	}

	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil || len(parts) != len(o.Columns)+1 {
		return nil, errCursor
	}

	if name, err := parse[string](parts[0]); err != nil || name != list {
		return nil, errCursor
	}

	values := make([]any, len(o.Columns))
	for i, c := range o.Columns {
		if values[i], err = c.Parse(parts[i+1]); err != nil {
			return nil, errCursor
		}
	}

	// JSON and base64url allow other ways to write the same values: they are no cursors of ours.
	if encode(list, values) != cursor {
		return nil, errCursor
	}

	return values, nil
}
