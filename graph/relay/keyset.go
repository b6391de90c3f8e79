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

// Order is how a list is sorted: all columns in one direction, the last of them unique, none of them
// null. So a row's values are its place, and rows with equal keys still have an order.
type Order[T any] struct {
	Name    string // of the kind of list and the order: part of the list's name, see Order.list
	Columns []Column[T]
	Desc    bool
}

// Column is one sort key.
type Column[T any] struct {
	Name  string // in SQL
	Value func(T) any
	Parse func(json.RawMessage) (any, error) // what Value gives, back from a cursor
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

// Number returns a column of integers.
func Number[T any](name string, value func(T) int) Column[T] {
	return Column[T]{name, func(row T) any { return value(row) }, func(raw json.RawMessage) (any, error) {
		n, err := parse[int](raw)
		if err == nil && (n.(int) > math.MaxInt32 || n.(int) < math.MinInt32) {
			err = errors.New("number out of range")
		}
		return n, err
	}}
}

// Moment returns a column of times, compared to the microsecond.
func Moment[T any](name string, value func(T) time.Time) Column[T] {
	return Column[T]{name, func(row T) any { return value(row).UTC() }, func(raw json.RawMessage) (any, error) {
		t, err := parse[time.Time](raw)
		if err == nil {
			t = t.(time.Time).UTC()
		}
		return t, err
	}}
}

func parse[V any](raw json.RawMessage) (any, error) {
	var v V
	err := json.Unmarshal(raw, &v)
	return v, err
}

// As returns the order under another name, for a list beside the one that it was made for.
func (o Order[T]) As(name string) Order[T] {
	o.Name = name
	return o
}

// list names the list of a parent, under a filter and in this order, inside cursors: those of another one are refused.
// It is a hash, so that cursors stay short; who forges one gets a place, and nothing they could not ask for.
func (o Order[T]) list(parent string, filter any) string {
	raw, err := json.Marshal([]any{o.Name, parent, filter})
	if err != nil {
		panic("relay: a filter that is no JSON: " + err.Error())
	}
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// cursor writes the place of row in a list.
func (o Order[T]) cursor(list string, row T) string {
	values := make([]any, len(o.Columns))
	for i, c := range o.Columns {
		values[i] = c.Value(row)
	}
	return encode(list, values)
}

// encode writes a place: base64url of the JSON array [list, values…].
func encode(list string, values []any) string {
	raw, err := json.Marshal(append([]any{list}, values...))
	if err != nil {
		panic("relay: a sort key that is no JSON: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

var errCursor = errors.New("not a cursor of this list and order")

// place reads a cursor of a list: one value per column. It accepts one spelling per place.
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

	// One place has one spelling.
	if encode(list, values) != cursor {
		return nil, errCursor
	}

	return values, nil
}
