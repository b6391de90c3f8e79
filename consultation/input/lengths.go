// Package input checks what people write: lines and prose, languages, and official texts in several of them.
package input

import (
	"errors"

	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
)

// Lengths in Unicode code points. Source: docs/decisions/0004; titles and bodies of official texts are bounded
// so that a page stays a page.
const (
	maxTitle  = 200
	maxBody   = 20_000
	MaxReason = 5_000
	MaxName   = 80
)

// Line returns the cleaned form of a one-line input of 1 to limit code points. Errors: BAD_USER_INPUT on the field.
func Line(field, s string, limit int) (string, error) {
	s, err := clean.Line(s)
	return Bounded(field, s, err, 1, limit)
}

// Prose returns the cleaned form of an input of several lines, of least to limit code points. Errors: BAD_USER_INPUT on
// the field.
func Prose(field, s string, least, limit int) (string, error) {
	s, err := clean.Text(s)
	return Bounded(field, s, err, least, limit)
}

// Bounded returns a cleaned input of least to limit code points; err is what the cleaning said. Errors: BAD_USER_INPUT
// on the field.
func Bounded(field, s string, err error, least, limit int) (string, error) {
	switch n := clean.Length(s); {
	case errors.Is(err, clean.ErrInvalidUTF8):
		return "", refusal.BadInput(field, "This is not valid UTF-8.")
	case err != nil:
		return "", refusal.BadInput(field, "Control characters are not allowed.")
	case n < least:
		return "", refusal.BadInput(field, "This must not be empty.")
	case n > limit:
		return "", refusal.BadInput(field, "This has %d characters; at most %d are allowed.", n, limit)
	}
	return s, nil
}
