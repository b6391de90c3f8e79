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
// accents, ligatures spelt out, words separated by one space and nothing else. The result holds only letters,
// numbers, the marks of scripts that need them and spaces, so neither "%" nor "_" can reach a LIKE pattern; it is
// "" for a text of punctuation or emoji. SQLite and PostgreSQL disagree on case and accents, so neither is asked:
// the column holds Fold(text) and the pattern Fold(query). Fold(Fold(s)) is Fold(s).
func Fold(s string) string {
	s = strings.ToLower(norm.NFKD.String(s))
	s = letterForms.Replace(strings.Map(foldRune, s))
	return strings.Join(strings.Fields(norm.NFC.String(s)), " ")
}

// foldRune keeps what words are made of, drops accents and what shows nothing, and separates at the rest. Only the
// accents of the Latin, Greek and Cyrillic scripts go: in Devanagari or Thai the same class of marks holds the vowels.
func foldRune(r rune) rune {
	switch {
	case '\u0300' <= r && r <= '\u036F', ignorable(r):
		return -1
	case unicode.In(r, unicode.L, unicode.N, unicode.M):
		return r
	}
	return ' '
}
