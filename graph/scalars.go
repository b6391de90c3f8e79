package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"ensemble/consultation/refusal"
	"ensemble/graph/relay"
	"ensemble/graph/variables"
)

// Variables returns what reads the variables of operations on a schema.
func Variables(schema *ast.Schema) variables.Reader {
	return variables.Reader{Schema: schema, Scalars: scalars, MaxItems: maxItems}
}

// scalars read the values of variables, and of literals. They return strings, numbers and booleans: gqlgen has relay
// make of them what resolvers take.
var scalars = variables.Scalars{
	"Boolean":     boolean,
	"Int":         integer,
	"Float":       float,
	"String":      text,
	"ID":          short(id, maxWord),
	"DateTime":    short(moment, maxWord),
	"Language":    short(text, maxWord),
	"Cursor":      short(text, maxCursor),
	"EventCursor": short(text, maxCursor),
}

// What may be long is read again by each field that it is given to.
const (
	maxWord   = 200   // bytes of an id, a moment or a language
	maxCursor = 4_000 // bytes of a cursor, which has what its list is sorted by: a name, for example
)

// short reads what read does, unless it is longer than so many bytes.
func short(read func(any) (any, error), most int) func(any) (any, error) {
	return func(given any) (any, error) {
		length := 0
		switch given := given.(type) {
		case string:
			length = len(given)
		case json.Number:
			length = len(given)
		}
		if length > most {
			return nil, refusal.BadInput("", "This has %d bytes; at most %d are allowed.", length, most)
		}
		return read(given)
	}
}

func boolean(given any) (any, error) {
	if b, ok := given.(bool); ok {
		return b, nil
	}
	return nil, refusal.BadInput("", "This is not true or false.")
}

func text(given any) (any, error) { return relay.UnmarshalString(given) }

// integer reads a whole number of 32 bits, however it is written: 5, 5.0 or 5e0.
func integer(given any) (any, error) {
	if n, ok := number(given); ok && n == math.Trunc(n) && n >= math.MinInt32 && n <= math.MaxInt32 {
		return int64(n), nil
	}
	return nil, refusal.BadInput("", "This is not a whole number of 32 bits.")
}

func float(given any) (any, error) {
	if n, ok := number(given); ok {
		return n, nil
	}
	return nil, refusal.BadInput("", "This is not a number.")
}

// number returns a number of JSON, of a document or of the schema.
func number(given any) (float64, bool) {
	switch given := given.(type) {
	case json.Number:
		n, err := given.Float64()
		return n, err == nil
	case int64:
		return float64(given), true
	case float64:
		return given, true
	}
	return 0, false
}

// id reads an id. It takes whole numbers, too, as GraphQL wants, although no id of ours is one.
func id(given any) (any, error) {
	n, isNumber := number(given)
	if !isNumber {
		return relay.UnmarshalString(given)
	}

	switch {
	case n != math.Trunc(n):
		return nil, refusal.BadInput("", "This is not an id.")
	case math.Abs(n) < 1<<53: // however it is written: 5, 5.0 or 5e0
		return strconv.FormatInt(int64(n), 10), nil
	default:
		return fmt.Sprint(given), nil
	}
}

func moment(given any) (any, error) {
	if _, err := relay.UnmarshalDateTime(given); err != nil {
		return nil, err
	}
	return given, nil
}
