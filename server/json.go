package server

import (
	"encoding/json"
	"io"
	"strings"
)

// toJSON writes what can always be written as JSON.
func toJSON(v any) []byte {
	b, err := json.Marshal(v)
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

// decode reads one JSON value, numbers as they are written; an absent one leaves v as it is. It reports false for what
// is no JSON, or too deep.
func decode(s string, v any) bool {
	if s == "" {
		return true
	}
	if levels(s) > maxLevels {
		return false
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if d.Decode(v) != nil {
		return false
	}
	_, err := d.Token()
	return err == io.EOF
}

// levels returns how many lists and objects of a JSON value are in each other, at most.
func levels[T string | []byte](s T) (most int) {
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++ // what follows ends no text
		case quoted:
		case c == '[', c == '{':
			depth++
			most = max(most, depth)
		case c == ']', c == '}':
			depth--
		}
	}
	return most
}
