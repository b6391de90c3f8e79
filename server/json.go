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

// decode reads one JSON value, numbers as they are written; an absent one leaves v as it is.
func decode(s string, v any) bool {
	if s == "" {
		return true
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if d.Decode(v) != nil {
		return false
	}
	_, err := d.Token()
	return err == io.EOF
}
