package server

import (
	stdjson "encoding/json"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// toJSON writes what can always be written as JSON.
func toJSON(v any) []byte {
	b, err := stdjson.Marshal(v)
	if err != nil {
		panic("server: something that is no JSON: " + err.Error())
	}
	return b
}

// appendJSONString adds s to b as JSON.
func appendJSONString(b []byte, s string) []byte {
	return append(b, toJSON(s)...)
}

// maxLevels is how many lists and objects of what is decoded may be in each other. Decoding takes a stack that is as
// deep, and so does whoever walks over what was decoded.
const maxLevels = 100

// decode reads one JSON value into v, or returns why it cannot. Names count letter for letter and come once in an object;
// numbers stay as they are written. What a program in between understands of two equal names, or of names that differ
// only in their case, may be something else (RFC 8259, section 4).
func decode[T string | []byte](text T, v any) *rejection {
	switch levels, values := shape(text); {
	case levels > maxLevels:
		return tooDeep()
	case values > maxValues:
		return tooMany()
	}

	err := json.Unmarshal([]byte(text), v, asWritten)
	switch _, otherwise := errors.AsType[*json.SemanticError](err); {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName):
		return &rejection{outcome: unreadable, message: "A name comes twice in one object of the JSON."}
	case otherwise:
		return &rejection{outcome: malformed, message: "This is not the JSON of a GraphQL request."}
	default:
		return &rejection{outcome: unreadable, message: "This is not JSON, or half of a surrogate pair stands alone in it."}
	}
}

// asWritten keeps numbers where any value may stand as text: they may be longer than what a number of Go holds.
var asWritten = json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
	if d.PeekKind() != jsontext.KindNumber {
		return errors.ErrUnsupported
	}
	n, err := d.ReadValue()
	*v = stdjson.Number(n)
	return err
}))

// maxValues is how many values all of what is decoded may have: decoded, each takes up to half a kilobyte. The largest
// input of ours has some 2,000.
const maxValues = 5_000

// shape returns how many lists and objects of a JSON value are in each other, at most, and how many values it has, more or
// less: an empty list counts as one.
func shape[T string | []byte](s T) (levels, values int) {
	depth, quoted := 0, false
	values = 1
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++ // what follows ends no text
		case quoted:
		case c == '[', c == '{':
			values++
			depth++
			levels = max(levels, depth)
		case c == ',':
			values++
		case c == ']', c == '}':
			depth--
		}
	}
	return levels, values
}
