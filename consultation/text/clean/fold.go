package clean

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letterForms spells letters the way people search for them, where neither the decomposition of Unicode nor its lower
// case does.
var letterForms = strings.NewReplacer("œ", "oe", "æ", "ae", "ß", "ss", "ø", "o", "ł", "l",
	"đ", "d", "ð", "d", "þ", "th", "ı", "i", "ς", "σ")

// Fold returns the form under which s is searched and under which two nicknames are the same: lower case, without
// accents, ligatures spelt out, words separated by one space and nothing else. The result has only letters, numbers,
// the marks of scripts that need them, and spaces, so neither "%" nor "_" can reach a LIKE pattern; it is "" for a text
// of punctuation or emoji. SQLite and PostgreSQL disagree on case and accents, so neither is asked: the column has
// Fold(text), and the pattern Fold(query). Fold(Fold(s)) is Fold(s).
func Fold(s string) string {
	s = strings.ToLower(norm.NFKD.String(s))
	s = letterForms.Replace(strings.Map(foldRune, s))
	return strings.Join(strings.Fields(norm.NFC.String(s)), " ")
}

// foldRune returns the letters, numbers and marks that words are made of, drops accents and characters that are not
// visible, and makes spaces of all others. Only the accents of the Latin, Greek and Cyrillic scripts are dropped: in
// Devanagari or Thai the vowels are marks of the same class.
func foldRune(r rune) rune {
	switch {
	case '\u0300' <= r && r <= '\u036F', ignorable(r):
		return -1
	case unicode.In(r, unicode.L, unicode.N, unicode.M):
		return r
	}
	return ' '
}
