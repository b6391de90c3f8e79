// Package input checks what people write: names, lines and prose, languages, and official texts in several of them.
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

// maxBytes is how many bytes are read for each code point that is allowed. A syllable of Hangul in three letters, which
// cleaning joins, has nine; the rest is for blanks at the ends.
const maxBytes = 10

// Far reports whether s is so far beyond limit code points that it is refused as it is: to clean, fold or compare it
// would be work that its sender decides on.
func Far(s string, limit int) bool { return len(s) > maxBytes*limit }

// Name returns the cleaned form of a name of 1 to limit code points, which has letters or digits: dots, dashes or emoji
// alone are none. Errors: BAD_USER_INPUT on the field.
func Name(field, s string, limit int) (string, error) {
	s, err := bounded(field, s, clean.Name, 1, limit)
	if err == nil && clean.Fold(s) == "" {
		return "", refusal.BadInput(field, "Use letters or digits: signs alone are no name.")
	}
	return s, err
}

// Line returns the cleaned form of a one-line input of 1 to limit code points. Errors: BAD_USER_INPUT on the field.
func Line(field, s string, limit int) (string, error) {
	return bounded(field, s, clean.Line, 1, limit)
}

// Prose returns the cleaned form of an input of several lines, of least to limit code points. Errors: BAD_USER_INPUT on
// the field.
func Prose(field, s string, least, limit int) (string, error) {
	return bounded(field, s, clean.Text, least, limit)
}

// bounded cleans an input, unless it is far too long, and returns it when it has least to limit code points then.
// Errors: BAD_USER_INPUT on the field.
func bounded(field, s string, cleaned func(string) (string, error), least, limit int) (string, error) {
	if Far(s, limit) {
		return "", tooLong(field, s, limit)
	}

	s, err := cleaned(s)
	switch n := clean.Length(s); {
	case errors.Is(err, clean.ErrInvalidUTF8):
		return "", refusal.BadInput(field, "This is not valid UTF-8.")
	case errors.Is(err, clean.ErrMixedScripts):
		return "", refusal.BadInput(field, "A word of a name has letters of one script.")
	case errors.Is(err, clean.ErrMarks):
		return "", refusal.BadInput(field, "A letter of a name has two accents at most.")
	case err != nil:
		return "", refusal.BadInput(field, "Control characters are not allowed.")
	case n < least:
		return "", refusal.BadInput(field, "This must not be empty.")
	case n > limit:
		return "", tooLong(field, s, limit)
	}
	return s, nil
}

func tooLong(field, s string, limit int) error {
	return refusal.BadInput(field, "This has %d characters; at most %d are allowed.", clean.Length(s), limit)
}
